"""A fake of AWS's services over real HTTP (moto), as a process of its own, and clients for it.

What it does not do: it runs no function, and its Glue takes a commit whatever version of the table it was made from.
"""

import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import boto3

from tests.servers.s3 import free_ports

REGION: Final = "eu-central-1"
READY_WITHIN_SECONDS: Final = 60.0
_READY: Final = "/moto-api/"


class Aws:
    """The services; use it as a context manager."""

    def __init__(self, folder: Path) -> None:
        self._log = folder / "moto.log"
        (self._port,) = free_ports(1)

    @property
    def url(self) -> str:
        """The endpoint of all services."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def environ(self) -> dict[str, str]:
        """What makes any client of AWS ask this one."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "a-secret-that-must-never-be-printed",
            "AWS_MAX_ATTEMPTS": "1",
        }

    def client(self, service: str) -> Any:
        """A client for one of the services."""
        given = self.environ
        return boto3.client(
            service,
            endpoint_url=self.url,
            region_name=REGION,
            aws_access_key_id=given["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=given["AWS_SECRET_ACCESS_KEY"],
        )

    def __enter__(self) -> Self:
        command = [sys.executable, "-m", "moto.server", "--host", "127.0.0.1", "--port", str(self._port)]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)
        deadline = time.monotonic() + READY_WITHIN_SECONDS
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self._stop()
                message = f"moto did not start:\n{self._log.read_text(errors='replace')[-3000:]}"
                raise RuntimeError(message)
            time.sleep(0.1)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._stop()

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(self.url + _READY, timeout=2) as answer:  # noqa: S310 - our own http server
                return bool(answer.status == 200)
        except OSError:
            return False

    def _stop(self) -> None:
        self._process.kill()
        self._process.wait()
