"""Forgelake's commands as real processes.

Importing everything takes seconds, so a nursery imports it once and every command is a fork of it: a process of its
own, with its own environment, folder and streams, which can be killed like any other.
"""

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

ROOT = Path(__file__).parents[2]
PROGRAM = "from forgelake.cli.main import run; run()"
GIVE_UP_SECONDS = 60.0
_FOREIGN = ("FORGELAKE_", "AWS_", "COV_", "PYTEST_")


def clean_environ(variables: Mapping[str, str]) -> dict[str, str]:
    """The tests' own environment without settings that a person may have, and with the given ones."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_FOREIGN)}
    paths = [str(ROOT / "src"), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {**kept, "PYTHONPATH": os.pathsep.join(paths), "COLUMNS": "200", **variables}


@dataclass(frozen=True)
class Result:
    """How a command ended."""

    code: int
    out: str
    err: str
    data: bytes


def fresh(arguments: list[str], variables: Mapping[str, str], cwd: Path, program: str = PROGRAM) -> Result:
    """Run a command in a new interpreter, as the installed script does."""
    command = [sys.executable, "-c", program, *arguments]
    ended = subprocess.run(command, env=clean_environ(variables), cwd=cwd, capture_output=True, check=False)
    return Result(ended.returncode, ended.stdout.decode(errors="replace"), ended.stderr.decode(), ended.stdout)


def leaves_interrupts(pid: int) -> bool:
    """Whether Ctrl-C, which goes to every process of a terminal, does nothing to this one."""
    masks = re.findall(r"Sig(?:Blk|Ign):\s+([0-9a-f]+)", Path(f"/proc/{pid}/status").read_text())
    return any(int(mask, 16) >> (signal.SIGINT - 1) & 1 for mask in masks)


class Command:
    """A command that was started."""

    def __init__(self, nursery: "Nursery", pid: int, streams: tuple[Path, Path]) -> None:
        self.pid = pid
        self._nursery = nursery
        self._out, self._err = streams
        self._code: int | None = None

    @property
    def running(self) -> bool:
        """Whether it has not ended yet."""
        if self._code is None:
            self._code = self._nursery.ask({"poll": self.pid})
        return self._code is None

    @property
    def told(self) -> str:
        """What it has written to stderr so far."""
        return self._err.read_text(errors="replace")

    def wait_until(self, happened: Callable[[], bool]) -> None:
        """Wait for something that it does while it runs."""
        deadline = time.monotonic() + GIVE_UP_SECONDS
        while not happened():
            assert self.running, self.wait().err
            assert time.monotonic() < deadline, "it did not come to that"
            time.sleep(0.001)

    def kill_when(self, happened: Callable[[], bool]) -> None:
        """End it as a power cut would, at that instant."""
        self.wait_until(happened)
        self.kill()
        self.wait()

    def kill(self) -> None:
        """End it as a power cut would."""
        if self.running:
            os.kill(self.pid, signal.SIGKILL)

    def kill_child(self) -> None:
        """End the process that it started last."""
        os.kill(self.children[-1], signal.SIGKILL)

    @property
    def children(self) -> list[int]:
        """The processes that it started."""
        return [int(pid) for pid in Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()]

    def interrupt(self) -> None:
        """What Ctrl-C does."""
        os.kill(self.pid, signal.SIGINT)

    def wait(self) -> Result:
        """How it ended; the code of one that was killed is negative."""
        if self._code is None:
            self._code = self._nursery.ask({"wait": self.pid})
        assert self._code is not None
        data = self._out.read_bytes()
        return Result(self._code, data.decode(errors="replace"), self._err.read_text(), data)


class Nursery:
    """A process with everything imported, which forks itself for every command; use it as a context manager."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        command = [sys.executable, str(Path(__file__).with_name("nursery.py"))]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        self._process = subprocess.Popen(command, text=True, env=clean_environ({}), cwd=self._folder, **pipes)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._process is not None:
            # The end of its input is the end of it, and of commands that are still running.
            self._process.communicate()

    def start(self, arguments: list[str], variables: Mapping[str, str], cwd: Path) -> Command:
        """Start a command."""
        files = [tempfile.NamedTemporaryFile(dir=self._folder, delete=False) for _ in range(2)]  # noqa: SIM115
        for file in files:
            file.close()
        out, err = (Path(file.name) for file in files)
        environ = clean_environ(variables)
        order = {"arguments": arguments, "environ": environ, "cwd": str(cwd), "out": str(out), "err": str(err)}
        pid = self.ask({"start": order})
        assert pid is not None
        return Command(self, pid, (out, err))

    def run(self, arguments: list[str], variables: Mapping[str, str], cwd: Path) -> Result:
        """Run a command to its end."""
        return self.start(arguments, variables, cwd).wait()

    def ask(self, order: Mapping[str, object]) -> int | None:
        """Have the nursery do something."""
        assert self._process is not None
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        answer: int | None = json.loads(self._process.stdout.readline())
        return answer
