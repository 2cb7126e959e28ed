"""A body on its way to disk, and what is known of it once it is there."""

import hashlib
import tempfile
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TypeAlias

from forgelake.model.errors import StopError

Progress: TypeAlias = Callable[[int], None]
"""Told the number of bytes that the file holds so far; less than before when a transfer had to start anew."""


@dataclass(frozen=True, slots=True)
class Download:
    """A body as received.

    Attributes:
        path: the file it is in; the caller moves or removes it.
        size: number of bytes.
        sha256: hexadecimal digest of the bytes.
        url: where it was asked for, without credentials.
        etag: the server's version mark, if it gave one.
        last_modified: when the server says that it changed (UTC), if it says so.
        received_at: when the last byte arrived (UTC).
    """

    path: Path
    size: int
    sha256: str
    url: str
    etag: str | None
    last_modified: datetime | None
    received_at: datetime


class PartFile:
    """A growing file and the digest of what is in it."""

    def __init__(self, path: Path, progress: Progress | None) -> None:
        self.path = path
        self.size = 0
        self._digest = hashlib.sha256()
        self._progress = progress

    @property
    def sha256(self) -> str:
        """Hexadecimal digest of the bytes so far."""
        return self._digest.hexdigest()

    def append(self, chunk: bytes) -> None:
        """Add bytes at the end."""
        with _disk_faults_stop_the_run(self.path), self.path.open("ab") as file:
            file.write(chunk)
        self._digest.update(chunk)
        self.size += len(chunk)
        if self._progress is not None:
            self._progress(self.size)

    def clear(self) -> None:
        """Begin anew with an empty file."""
        with _disk_faults_stop_the_run(self.path):
            self.path.write_bytes(b"")
        self._digest = hashlib.sha256()
        self.size = 0


@contextmanager
def part_file(folder: Path, progress: Progress | None = None) -> Generator[PartFile]:
    """A new file in the folder, which is made if it is missing; the file is removed when the block fails.

    Raises:
        StopError: the folder cannot be written; no further download could be either.
    """
    with _disk_faults_stop_the_run(folder):
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder, suffix=".part", delete=False) as made:
            part = PartFile(Path(made.name), progress)
    try:
        yield part
    except BaseException:
        part.path.unlink(missing_ok=True)
        raise


@contextmanager
def _disk_faults_stop_the_run(path: Path) -> Generator[None]:
    try:
        yield
    except OSError as error:
        message = f"writing {path} failed: {error.strerror or error}; make room or name another folder"
        raise StopError(message) from error
