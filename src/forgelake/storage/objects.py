"""Objects under one URI: landing's bytes and the lake's control files.

obstore does the work, because it has conditional puts on both kinds of storage and streams in bounded memory. An
object appears whole or not at all: a local file is written beside its name and renamed, a bucket does the same itself.
"""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

import obstore
from obstore.exceptions import AlreadyExistsError

from forgelake.storage.faults import NoSuchObjectError, told_as_ours
from forgelake.storage.paths import checked_path, checked_prefix
from forgelake.storage.place import Place, S3Options, place

PART_BYTES = 8 * 1024 * 1024
"""Size of a multipart upload's parts, and of the pieces in which a download is read."""
PARTS_AT_ONCE = 3


@dataclass(frozen=True, slots=True)
class ObjectInfo:
    """An object's path, size in bytes and time of its last change (UTC)."""

    path: str
    size: int
    modified: datetime


@dataclass(frozen=True, slots=True)
class Storage:
    """Objects under one URI; safe to share between threads.

    All methods raise ``UsageError`` for a path that cannot name an object, ``ConfigurationError`` when the storage
    refuses access or its bucket does not exist, ``RetryError`` when it cannot be reached and ``StopError`` when the
    disk is full.
    """

    place: Place

    @classmethod
    def open(cls, uri: str, options: S3Options | None = None) -> Self:
        """Open ``file:///folder``, ``/folder`` or ``s3://bucket/prefix``; a bucket is not contacted yet.

        Raises:
            ConfigurationError: the URI is none of these, or the folder cannot be made.
        """
        return cls(place(uri, options))

    def put(self, path: str, content: bytes) -> None:
        """Write an object; readers see the old one or the new one, never a mixture."""
        with told_as_ours(self.place, checked_path(path), "writing"):
            obstore.put(self.place.store, path, content)

    def put_file(self, path: str, local: Path, media_type: str = "") -> None:
        """Write an object from a local file in bounded memory.

        Args:
            path, local: where to, and from where.
            media_type: what a bucket says that it is; a folder keeps no such thing.

        Raises:
            OSError: the local file cannot be opened.
        """
        with local.open("rb") as content, told_as_ours(self.place, checked_path(path), "writing"):
            told: obstore.Attributes = {"Content-Type": media_type} if media_type and self.place.is_bucket else {}
            limits = {"chunk_size": PART_BYTES, "max_concurrency": PARTS_AT_ONCE}
            obstore.put(self.place.store, path, content, attributes=told or None, **limits)

    def create(self, path: str, content: bytes) -> bool:
        """Write an object unless there is one: True if it was written; of several writers one wins.

        A bucket's answer can get lost on the way and the request be sent again: after False, a caller that must know
        whether the object is its own compares the content.
        """
        with told_as_ours(self.place, checked_path(path), "creating"):
            try:
                obstore.put(self.place.store, path, content, mode="create", use_multipart=False)
            except AlreadyExistsError:
                return False
        return True

    def get(self, path: str) -> bytes:
        """An object's bytes.

        Raises:
            NoSuchObjectError: there is none.
        """
        with told_as_ours(self.place, checked_path(path), "reading"):
            return bytes(obstore.get(self.place.store, path).bytes())

    def open_chunks(self, path: str, chunk_bytes: int = PART_BYTES) -> Iterator[bytes]:
        """An object's bytes in pieces of about that size; the object is opened at once, not at the first piece.

        Raises:
            NoSuchObjectError: there is none.
        """
        with told_as_ours(self.place, checked_path(path), "reading"):
            found = obstore.get(self.place.store, path)
        return self._chunks(found, path, chunk_bytes)

    def download(self, path: str, local: Path) -> None:
        """Copy an object to a local file, which appears whole or not at all.

        Raises:
            NoSuchObjectError: there is none.
            OSError: the local file cannot be written.
        """
        chunks = self.open_chunks(path)
        local.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=local.parent, prefix=f".{local.name}.", delete=False) as part:
            try:
                part.writelines(chunks)
                part.close()
                Path(part.name).replace(local)
            except BaseException:
                Path(part.name).unlink(missing_ok=True)
                raise

    def exists(self, path: str) -> bool:
        """Whether there is an object of that path."""
        try:
            self.size(path)
        except NoSuchObjectError:
            return False
        return True

    def size(self, path: str) -> int:
        """An object's size in bytes.

        Raises:
            NoSuchObjectError: there is none.
        """
        with told_as_ours(self.place, checked_path(path), "reading"):
            return obstore.head(self.place.store, path)["size"]

    def list(self, prefix: str = "") -> Iterator[ObjectInfo]:
        """All objects below a folder, in no order; nothing if there is no such folder."""
        folder = checked_prefix(prefix)
        with told_as_ours(self.place, folder, "listing"):
            for page in obstore.list(self.place.store, folder or None):
                for meta in page:
                    yield ObjectInfo(meta["path"], meta["size"], meta["last_modified"].astimezone(UTC))

    def delete(self, path: str) -> None:
        """Remove an object; it is no fault if there is none."""
        try:
            with told_as_ours(self.place, checked_path(path), "deleting"):
                obstore.delete(self.place.store, path)
        except NoSuchObjectError:
            return

    def uri(self, path: str) -> str:
        """What DuckDB or pyiceberg open the object by: an absolute local path or an ``s3://`` URI."""
        return f"{self.place.root}/{checked_path(path)}"

    def path(self, uri: str) -> str:
        """The object's path, from what ``uri`` gave for it."""
        return uri.removeprefix("file://").removeprefix(self.place.root.removeprefix("file://")).lstrip("/")

    def _chunks(self, found: "obstore.GetResult", path: str, chunk_bytes: int) -> Iterator[bytes]:
        with told_as_ours(self.place, path, "reading"):
            yield from found.stream(min_chunk_size=chunk_bytes)
