"""A disk of a few megabytes that can really be full; it needs no root and no mount that others see.

A process in namespaces of its own mounts it in memory, and Linux lets its owner reach it below ``/proc``. With the
process the disk is gone.
"""

import os
import shutil
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Final, Self

_PLACE: Final = "/mnt"
_HOLD: Final = f'mount -t tmpfs -o size="$1" small {_PLACE} && echo mounted && exec cat'


class NoSmallDiskError(Exception):
    """This machine does not let us make one."""


class SmallDisk:
    """The disk; use it as a context manager.

    Attributes:
        path: its root, for any process of the same user.
    """

    path: Path

    def __init__(self, size: int) -> None:
        """Args: bytes that it holds."""
        self._size = size

    def fill(self) -> None:
        """Leave not one byte."""
        with (self.path / "ballast").open("wb") as ballast:
            free = shutil.disk_usage(self.path).free
            os.posix_fallocate(ballast.fileno(), 0, free)

    def make_room(self) -> None:
        """As it was before ``fill``."""
        (self.path / "ballast").unlink()

    def __enter__(self) -> Self:
        command = ["unshare", "--map-root-user", "--mount", "sh", "-c", _HOLD, "sh", str(self._size)]
        try:
            self._holder = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
            )
        except FileNotFoundError as error:
            message = "the command unshare is not installed"
            raise NoSmallDiskError(message) from error
        assert self._holder.stdout is not None
        assert self._holder.stderr is not None
        if self._holder.stdout.readline() != b"mounted\n":
            message = self._holder.stderr.read().decode(errors="replace").strip()
            self.__exit__(None, None, None)
            raise NoSmallDiskError(message)
        self.path = Path(f"/proc/{self._holder.pid}/root{_PLACE}")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._holder.kill()
        self._holder.communicate()
