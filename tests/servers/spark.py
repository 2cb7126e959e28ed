"""A real Spark cluster: a master and workers as processes of their own on this machine."""

import importlib.util
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.cli.processes import clean_environ

ADDRESS = "127.0.0.1"
QUICK = f"-XX:VMOptionsFile={Path(__file__).with_name('spark.options')}"
"""JVMs here live for seconds: to compile well and to check jars takes longer. It is one word, as settings need it."""
STARTING_SECONDS = 60.0
_MASTER = re.compile(r"Starting Spark master at (spark://\S+)")
_WORKER = re.compile(r"Registering worker")


def missing() -> str:
    """What of Spark is not on this machine; empty if all is there."""
    if shutil.which("java") is None:
        return "needs Java; on Debian: apt-get install default-jre-headless"
    wheels = ("pyspark", "snowpark_connect_deps_iceberg")
    return next((f"needs the wheel {name}" for name in wheels if importlib.util.find_spec(name) is None), "")


def jars(package: str, pattern: str) -> list[Path]:
    """Jars that came in a wheel."""
    found = importlib.util.find_spec(package)
    folders = found.submodule_search_locations if found else None
    return sorted(path for folder in folders or [] for path in Path(folder).rglob(pattern))


def properties() -> dict[str, str]:
    """What a driver on this machine needs: Iceberg, and no more parts of anything than there are cores."""
    iceberg = jars("snowpark_connect_deps_iceberg", "iceberg-spark-runtime-3.5_2.12-*.jar")
    return {
        "spark.jars": ",".join(map(str, iceberg)),
        "spark.driver.host": ADDRESS,
        "spark.driver.bindAddress": ADDRESS,
        "spark.driver.memory": "1g",
        "spark.executor.memory": "700m",
        "spark.sql.shuffle.partitions": "1",
        "spark.ui.enabled": "false",
        # Rows are few and queries many: compiling each would take longer than running it.
        "spark.sql.codegen.wholeStage": "false",
        "spark.sql.codegen.factoryMode": "NO_CODEGEN",
        "spark.sql.adaptive.enabled": "false",
        "spark.driver.extraJavaOptions": QUICK,
        "spark.executor.extraJavaOptions": QUICK,
    }


@dataclass
class Worker:
    """A worker with its executors, all of which are in one group of processes."""

    process: subprocess.Popen[bytes]

    def kill(self) -> None:
        """End it and its executors as a power cut would."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


@dataclass
class SparkCluster:
    """A master and workers of one core each; use it as a context manager."""

    folder: Path
    number: int = 2
    url: str = ""
    workers: list[Worker] = field(default_factory=list)
    _processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def __enter__(self) -> Self:
        self._start("master", "org.apache.spark.deploy.master.Master", "--host", ADDRESS, "--port", "0")
        self.url = self._told(_MASTER, 1)[0]
        for _ in range(self.number):
            self.add_worker()
        self.wait_for(self.number)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for process in self._processes:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def wait_for(self, number: int) -> None:
        """Until the master has seen so many workers come, since it began."""
        self._told(_WORKER, number)

    def add_worker(self) -> None:
        """Start one more worker."""
        name = f"worker-{len(self._processes)}"
        work = ("--work-dir", str(self.folder / name))
        size = ("--cores", "1", "--memory", "1g", "--host", ADDRESS)
        process = self._start(name, "org.apache.spark.deploy.worker.Worker", *size, *work, self.url)
        self.workers.append(Worker(process))

    def _start(self, name: str, what: str, *arguments: str) -> subprocess.Popen[bytes]:
        home = importlib.util.find_spec("pyspark")
        assert home is not None
        assert home.submodule_search_locations is not None
        spark = Path(home.submodule_search_locations[0])
        own = {
            "SPARK_DAEMON_JAVA_OPTS": QUICK, "SPARK_LAUNCHER_OPTS": QUICK,
            "SPARK_HOME": str(spark), "SPARK_DAEMON_MEMORY": "256m", "SPARK_LOCAL_IP": ADDRESS,
            "PYSPARK_PYTHON": sys.executable, "SPARK_LOCAL_DIRS": str(self.folder),
        }  # fmt: skip
        command = [str(spark / "bin" / "spark-class"), what, "--webui-port", "0", *arguments]
        with (self.folder / f"{name}.log").open("wb") as log:
            process = subprocess.Popen(
                command, env=clean_environ(own), stdout=log, stderr=log, cwd=self.folder, start_new_session=True
            )
        self._processes.append(process)
        return process

    def _told(self, what: re.Pattern[str], times: int) -> list[str]:
        """What the master has said, once it has said it so often."""
        deadline, log = time.monotonic() + STARTING_SECONDS, self.folder / "master.log"
        while time.monotonic() < deadline:
            if len(found := what.findall(log.read_text(errors="replace"))) >= times:
                return found
            assert self._processes[0].poll() is None, log.read_text(errors="replace")
            time.sleep(0.1)
        raise AssertionError(log.read_text(errors="replace"))


def s3_jars() -> list[Path]:
    """What Spark needs to reach S3: Hadoop's part of its own version, and AWS's SDK."""
    names = ("hadoop-aws-*.jar", "aws-java-sdk-core-*.jar", "aws-java-sdk-s3-*.jar", "aws-java-sdk-dynamodb-*.jar")
    return [jar for name in names for jar in jars("bodo_iceberg_connector", name)]
