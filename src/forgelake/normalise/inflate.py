"""Inflating a gzip file that may be damaged, in bounded memory.

isal reads the file as a whole, at several times the speed of zlib. If it meets damage, zlib reads the file again,
member by member and byte by byte around the damage, so that everything before it is kept; after it the next member
is looked for.
"""

import gzip
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from isal import igzip, isal_zlib

_DAMAGES: tuple[type[Exception], ...] = (vars(isal_zlib)["IsalError"], gzip.BadGzipFile, EOFError)
"""What isal raises for damage; its stub calls the first an instance."""

MAGIC = b"\x1f\x8b\x08"
READ_BYTES = 1 << 18
# Pieces of this size stay in the processor's cache until they have been decoded.
OUTPUT_BYTES = 1 << 19
KEPT_BYTES = 1 << 16

_GZIP = 31  # zlib's window bits for "gzip header and trailer"
_LARGEST_HEADER = 1 << 17  # An extra field and a name may stand before the data.
_TRUNCATED = "the gzip data is truncated"


@dataclass(frozen=True, slots=True)
class Damage:
    """A stretch of the compressed file that yields nothing.

    Attributes:
        reason: what is wrong.
        after: bytes of inflated text before it.
        length: its length in compressed bytes.
        sample: its first bytes.
    """

    reason: str
    after: int
    length: int
    sample: bytes


def inflate(path: Path, on_damage: Callable[[Damage], None]) -> Iterator[bytes]:
    """The inflated text of a gzip file, in pieces of at most ``OUTPUT_BYTES``.

    Members that follow each other are joined. Damage is reported, not raised.
    """
    produced = 0
    with igzip.IGzipFile(path) as whole:
        try:
            while piece := whole.read(OUTPUT_BYTES):
                produced += len(piece)
                yield piece
        except _DAMAGES:
            pass
        else:
            return
    for piece in _salvaged(path, on_damage):
        if len(piece) > produced:
            yield piece[produced:]
        produced -= min(produced, len(piece))


def _salvaged(path: Path, on_damage: Callable[[Damage], None]) -> Iterator[bytes]:
    """All that can be had of a damaged file, from its beginning."""
    size = path.stat().st_size
    with path.open("rb") as file:
        start = produced = 0
        while start < size:
            member = _Member(file, start, size)
            for piece in member.pieces():
                produced += len(piece)
                yield piece
            end, following = member.end, member.following
            if following > end or member.reason:
                file.seek(end)
                sample = file.read(min(KEPT_BYTES, following - end))
                if member.reason or sample.strip(b"\0"):
                    reason = member.reason or "bytes after the end of the gzip data"
                    on_damage(Damage(reason, produced, following - end, sample))
            start = following


class _Member:
    """One gzip member, complete once all its pieces have been taken.

    Attributes:
        end: where it stopped being readable; its start, if nothing came of it.
        reason: why, if not because it was at its end.
        following: where the next member begins, or the end of the file.
    """

    def __init__(self, file: BinaryIO, start: int, size: int) -> None:
        self.end = start
        self.reason = ""
        self.following = size
        self._file = file
        self._start = start
        self._size = size

    def pieces(self) -> Iterator[bytes]:
        """All that can be had of the member."""
        produced = 0
        for piece in self._inflated():
            produced += len(piece)
            yield piece
        if self.reason:
            # What was taken for the rest of a damaged member may have been the next one.
            self.following = _next_member(self._file, self._start + 1, self._size)
        else:
            self.following = _next_member(self._file, self.end, self._size)
        self.end = min(self.end if produced or not self.reason else self._start, self.following)

    def _inflated(self) -> Iterator[bytes]:
        """The member up to its end or its damage."""
        self._file.seek(self._start)
        inflater = zlib.decompressobj(_GZIP)
        while not inflater.eof:
            chunk = inflater.unconsumed_tail or self._file.read(READ_BYTES)
            before = inflater.copy()
            try:
                piece = inflater.decompress(chunk, OUTPUT_BYTES)
            except zlib.error as error:
                piece, consumed = _until_damage(before, chunk)
                self.reason = f"the gzip data is damaged: {str(error).rpartition(': ')[2]}"
                self.end = self._file.tell() - len(chunk) + consumed
                yield piece
                return
            if piece:
                yield piece
            elif not chunk:
                self.reason, self.end = _TRUNCATED, self._file.tell()
                return
        self.end = self._file.tell() - len(inflater.unused_data)


def _until_damage(inflater: "zlib._Decompress", chunk: bytes) -> tuple[bytes, int]:
    """Feed byte by byte: all that can be inflated, and how many bytes that took."""
    pieces = []
    for consumed in range(len(chunk)):
        try:
            pieces.append(inflater.decompress(chunk[consumed : consumed + 1]))
        except zlib.error:
            return b"".join(pieces), consumed
    return b"".join(pieces), len(chunk)


def _next_member(file: BinaryIO, position: int, size: int) -> int:
    """Where the next readable member begins at or after ``position``; ``size`` if there is none."""
    file.seek(position)
    tail = b""
    while chunk := file.read(READ_BYTES):
        window = tail + chunk
        base = file.tell() - len(window)
        found = window.find(MAGIC)
        while found >= 0:
            if _inflates(file, base + found):
                return base + found
            file.seek(base + len(window))
            found = window.find(MAGIC, found + 1)
        tail = window[-(len(MAGIC) - 1) :]
    return size


def _inflates(file: BinaryIO, position: int) -> bool:
    """Whether a member begins there: three bytes alone turn up by chance in compressed data."""
    file.seek(position)
    inflater = zlib.decompressobj(_GZIP)
    try:
        return bool(inflater.decompress(file.read(_LARGEST_HEADER), 4096)) or inflater.eof
    except zlib.error:
        return False
