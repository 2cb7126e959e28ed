"""Copying objects from one storage to another, some at a time, each read once and checked by its digest."""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, TypeVar

from forgelake.model.errors import StopError
from forgelake.pipelines.backup.manifest import Saved
from forgelake.storage.faults import NoSuchObjectError
from forgelake.storage.objects import Storage

AT_ONCE: Final = 8
_Given = TypeVar("_Given")
_Made = TypeVar("_Made")
UNDER: Final = "lake/"
"""Where objects lie in a backup."""


def save(source: Storage, target: Storage, paths: Iterable[str], scratch: Path) -> Iterator[Saved]:
    """Copy objects into a backup; one that is gone meanwhile was not needed any more."""

    def copy(path: str) -> Saved | None:
        try:
            return _copied(source, path, target, UNDER + path, scratch)
        except NoSuchObjectError:
            return None

    yield from (saved for saved in _at_once(copy, paths) if saved is not None)


def bring_back(source: Storage, target: Storage, objects: Iterable[Saved], scratch: Path) -> Iterator[Saved]:
    """Copy objects out of a backup.

    Raises:
        StopError: one is not what it was.
    """

    def copy(saved: Saved) -> Saved:
        copied = _copied(source, UNDER + saved.path, target, saved.path, scratch, saved.sha256)
        return Saved(saved.path, copied.size, copied.sha256)

    yield from _at_once(copy, objects)


def _at_once(copy: Callable[[_Given], _Made], items: Iterable[_Given]) -> Iterator[_Made]:
    with ThreadPoolExecutor(AT_ONCE) as pool:
        yield from pool.map(copy, items)


def _copied(source: Storage, path: str, target: Storage, to: str, scratch: Path, wanted: str = "") -> Saved:
    digest, size = hashlib.sha256(), 0
    with TemporaryDirectory(dir=scratch, prefix="backup-") as folder:
        file = Path(folder) / "object"
        with file.open("wb") as local:
            for chunk in source.open_chunks(path):
                digest.update(chunk)
                size += local.write(chunk)
        if wanted and digest.hexdigest() != wanted:
            message = f"{path} is damaged: its digest is not that of the backup; take another backup"
            raise StopError(message)
        target.put_file(to, file)
    return Saved(to.removeprefix(UNDER), size, digest.hexdigest())
