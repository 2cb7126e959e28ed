"""AWS as far as moto knows it, over real HTTP, in a process of its own.

moto neither locks its tables nor copies them cheaply: two requests at once could both pass one condition, and a
transaction copies the whole table once for each of its items. So requests are answered one at a time, and a copy
shares the items, which moto replaces and never changes when they are put or deleted.
"""

import copy
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections import defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.servers.s3 import free_ports

REGION = "eu-central-1"
READY_WITHIN_SECONDS = 60.0
ENVIRONMENT = {"AWS_ACCESS_KEY_ID": "forgelake-test", "AWS_SECRET_ACCESS_KEY": "never-printed", "AWS_REGION": REGION}
"""What AWS's own client reads; moto takes any credentials."""


class Aws:
    """The server; use it as a context manager. Tests keep apart by names."""

    def __init__(self, folder: Path) -> None:
        self._log = folder / "moto.log"
        self.port = free_ports(1)[0]
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def endpoint(self) -> str:
        """The server's URL."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def environ(self) -> dict[str, str]:
        """What makes any client of AWS ask this server."""
        return {
            **ENVIRONMENT,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_MAX_ATTEMPTS": "1",
        }

    def client(self, service: str) -> Any:
        """AWS's own client for one of the services."""
        import boto3  # noqa: PLC0415 - comes with the extra aws

        return boto3.client(
            service,
            endpoint_url=self.endpoint,
            region_name=REGION,
            aws_access_key_id=ENVIRONMENT["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=ENVIRONMENT["AWS_SECRET_ACCESS_KEY"],
        )

    def state_url(self, table: str) -> str:
        """The setting that keeps the state in a table of this server."""
        return f"dynamodb://{table}?region={REGION}&endpoint={self.endpoint}"

    def __enter__(self) -> Self:
        command = [sys.executable, "-m", "tests.servers.aws", str(self.port)]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                command, stdout=log, stderr=subprocess.STDOUT, cwd=Path(__file__).parents[2]
            )
        deadline = time.monotonic() + READY_WITHIN_SECONDS
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                message = f"moto did not start:\n{self._log.read_text(errors='replace')[-3000:]}"
                raise RuntimeError(message)
            time.sleep(0.05)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.endpoint}/moto-api/", timeout=2):  # noqa: S310 - our own http server
                return True
        except (urllib.error.URLError, OSError):
            return False


def _one_at_a_time(application: Callable[..., Iterable[bytes]]) -> Callable[..., Iterable[bytes]]:
    lock = threading.Lock()

    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        with lock:
            return list(application(environ, start_response))

    return answer


def _copied(table: Any, _memo: dict[int, Any]) -> Any:
    twin = copy.copy(table)
    twin.items = defaultdict(table.items.default_factory)
    for partition, items in table.items.items():
        twin.items[partition] = copy.copy(items)
    return twin


def _serve(port: int) -> None:
    # Deferred: the tests that start this process need none of it.
    from moto.dynamodb.models.table import Table  # noqa: PLC0415
    from moto.server import DomainDispatcherApplication, MotoRequestHandler, create_backend_app  # noqa: PLC0415
    from werkzeug.serving import run_simple  # noqa: PLC0415

    class Handler(MotoRequestHandler):
        protocol_version = "HTTP/1.1"  # connections stay open

        def log_request(self, *_arguments: object) -> None:
            pass

    Table.__deepcopy__ = _copied
    application = _one_at_a_time(DomainDispatcherApplication(create_backend_app))
    run_simple("127.0.0.1", port, application, threaded=True, request_handler=Handler)


if __name__ == "__main__":
    _serve(int(sys.argv[1]))
