"""What a backup consists of, and whether it is whole.

    manifest.json            what it is, and the digest of every file below
    state/<table>.jsonl.gz   rows of the state, a JSON object a line
    catalog.jsonl.gz         which Iceberg tables there are
    objects.jsonl.gz         path, size and digest of every object of the lake
    lake/…                   the objects themselves, unless they are only named

It is written last: a backup without a manifest is none.
"""

import gzip
import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

from forgelake.model.errors import StopError, UsageError
from forgelake.storage.faults import NoSuchObjectError
from forgelake.storage.objects import Storage

MANIFEST: Final = "manifest.json"
CATALOG: Final = "catalog.jsonl.gz"
OBJECTS: Final = "objects.jsonl.gz"
FORMAT: Final = 1


@dataclass(frozen=True, slots=True)
class Saved:
    """A file of a backup, or an object of the lake; ``sha256`` is empty where the bytes were not read."""

    path: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup says of itself.

    Attributes:
        format: of the backup.
        forgelake: the version that made it.
        state_version: the version of the state's tables.
        taken_at: the instant of its rows.
        storage: where the lake's objects were, as a URI; the tables' own files name each other by it.
        objects: how many there are.
        object_bytes: how many bytes these have.
        copied: whether they are in the backup.
        files: everything else that is in it.
    """

    format: int
    forgelake: str
    state_version: str
    taken_at: datetime
    storage: str
    objects: int
    object_bytes: int
    copied: bool
    files: tuple[Saved, ...]

    def to_json(self) -> bytes:
        """As it is written."""
        return json.dumps(asdict(self), default=datetime.isoformat, indent=1).encode() + b"\n"


def put_rows(target: Storage, path: str, rows: Iterable[object]) -> Saved:
    """Write rows as gzipped JSON lines."""
    lines = b"".join(json.dumps(row, separators=(",", ":")).encode() + b"\n" for row in rows)
    data = gzip.compress(lines, mtime=0)
    target.put(path, data)
    return Saved(path, len(data), hashlib.sha256(data).hexdigest())


def get_rows(source: Storage, saved: Saved) -> Iterator[Any]:
    """Read rows.

    Raises:
        StopError: they are not those that were written.
    """
    data = checked(source.get(saved.path), saved)
    yield from map(json.loads, gzip.decompress(data).splitlines())


def checked(data: bytes, saved: Saved) -> bytes:
    """Bytes that are those of the manifest.

    Raises:
        StopError: they are not.
    """
    if hashlib.sha256(data).hexdigest() != saved.sha256:
        message = f"{saved.path} is damaged: its digest is not that of the manifest; take another backup"
        raise StopError(message)
    return data


def read_manifest(source: Storage) -> Manifest:
    """The manifest of a backup.

    Raises:
        UsageError: there is none, or a newer forgelake wrote it.
    """
    try:
        told: dict[str, Any] = json.loads(source.get(MANIFEST))
    except NoSuchObjectError:
        message = f"there is no {MANIFEST} in {source.place.shown}: it is no backup, or one that was not finished"
        raise UsageError(message) from None
    if told.get("format") != FORMAT:
        message = f"the backup has the form {told.get('format')}, this forgelake reads {FORMAT}; install the newer one"
        raise UsageError(message)
    told["taken_at"] = datetime.fromisoformat(told["taken_at"])
    told["files"] = tuple(Saved(**one) for one in told["files"])
    return Manifest(**told)
