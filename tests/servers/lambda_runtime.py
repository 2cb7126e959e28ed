"""AWS Lambda's Runtime API, and functions that run behind it as they do there: in AWS's own runtime client."""

import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from tests.servers.listening import Handler, Listening

_API: Final = "/2018-06-01/runtime"
ANSWERS_WITHIN_SECONDS: Final = 100.0


class FunctionError(Exception):
    """The function raised, or ended; the message is what Lambda is told."""


@dataclass
class _Call:
    event: object
    seconds: float
    id: str = field(default_factory=lambda: str(uuid.uuid4()))


class Runtime(Listening):
    """The Runtime API of one sandbox."""

    def __init__(self) -> None:
        super().__init__(_Answer)
        self.calls: queue.Queue[_Call] = queue.Queue()
        self.results: queue.Queue[tuple[str, bytes]] = queue.Queue()
        self.asked = threading.Event()


class _Answer(Handler):
    def answer(self) -> None:
        runtime = self.owner
        assert isinstance(runtime, Runtime)
        if self.path == f"{_API}/invocation/next":
            self._next(runtime)
            return
        content = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        runtime.results.put((self.path.rpartition("/")[2], content))
        self._send(202, {}, b"{}")

    def _next(self, runtime: Runtime) -> None:
        runtime.asked.set()
        call = runtime.calls.get()
        headers = {
            "Lambda-Runtime-Aws-Request-Id": call.id,
            "Lambda-Runtime-Deadline-Ms": str(int((time.time() + call.seconds) * 1000)),
            "Lambda-Runtime-Invoked-Function-Arn": "arn:aws:lambda:eu-central-1:123456789012:function:test",
            "Content-Type": "application/json",
        }
        self._send(200, headers, json.dumps(call.event).encode())

    def _send(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        self.send_response_only(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


class Function:
    """A function in a sandbox of its own; use it as a context manager."""

    def __init__(self, handler: str, environ: Mapping[str, str], folder: Path) -> None:
        self._handler = handler
        self._environ = environ
        self._log = folder / f"{handler}.log"
        self._folder = folder

    @property
    def log(self) -> str:
        """What the function wrote."""
        return self._log.read_text(errors="replace")

    @property
    def pid(self) -> int:
        """The process of the sandbox."""
        return self._process.pid

    def begun(self) -> bool:
        """Wait until the sandbox asks for its first call; False if that takes too long."""
        return self._runtime.asked.wait(ANSWERS_WITHIN_SECONDS)

    def call(self, event: object, seconds: float = 900) -> Any:
        """Call the function; ``seconds`` is its timeout, which only the function looks at.

        Raises:
            FunctionError: it raised, or its process ended.
        """
        call = _Call(event, seconds)
        self._runtime.calls.put(call)
        ends = time.monotonic() + ANSWERS_WITHIN_SECONDS
        while time.monotonic() < ends:
            try:
                kind, content = self._runtime.results.get(timeout=0.2)
            except queue.Empty:
                if self._process.poll() is not None:
                    break
            else:
                if kind == "response":
                    return json.loads(content)
                raise FunctionError(content.decode())
        raise FunctionError(self.log[-3000:])

    def __enter__(self) -> Self:
        self._runtime = Runtime()
        self._runtime.__enter__()
        environ = {
            "PATH": "/usr/bin:/bin",
            "PYTHONPATH": ":".join(path for path in sys.path if path),
            "AWS_LAMBDA_RUNTIME_API": self._runtime.url.removeprefix("http://"),
            "AWS_LAMBDA_FUNCTION_NAME": "test",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "1024",
            **self._environ,
        }
        command = [sys.executable, "-m", "awslambdaric", self._handler]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                command, env=environ, cwd=self._folder, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
            )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        # With what it started, such as the process that draws.
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._runtime.__exit__(kind, error, traceback)
