"""Inflating a gzip file that may be damaged, in bounded memory.

Whole files go through isal. Where that meets damage, the member is read again with zlib, byte by byte
around the damage, so that everything before it is kept; after it the next member is looked for.
"""

import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from isal import isal_zlib

IsalError: type[Exception] = vars(isal_zlib)["IsalError"]
"""Its stub calls the class an instance."""

MAGIC = b"\x1f\x8b\x08"
# Small pieces stay in the cache and in memory that the allocator keeps; 8 MB pieces cost 40 % more.
READ_BYTES = 1 << 18
OUTPUT_BYTES = 1 << 20
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
    """The inflated text of a gzip file, in pieces of at most a few megabytes.

    Members that follow each other are joined. Damage is reported, not raised.
    """
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
        self._produced = 0
        self._broken = False

    def pieces(self) -> Iterator[bytes]:
        """All that can be had of the member."""
        yield from self._inflated()
        if self._broken or self.reason:
            # What was taken for the rest of a damaged member may have been the next one.
            self.following = _next_member(self._file, self._start + 1, self._size)
        if self._broken:
            yield from self._salvaged()
        if not self.reason:
            self.following = _next_member(self._file, self.end, self._size)
        self.end = min(self.end if self._produced or not self.reason else self._start, self.following)

    def _inflated(self) -> Iterator[bytes]:
        """What isal makes of the member, up to its end or its damage."""
        self._file.seek(self._start)
        inflater = isal_zlib.decompressobj(wbits=_GZIP)
        while not inflater.eof:
            chunk = inflater.unconsumed_tail or self._file.read(READ_BYTES)
            try:
                # At the end of the file some output may still be waiting inside.
                piece = inflater.decompress(chunk, OUTPUT_BYTES)
            except IsalError:
                self._broken = True
                return
            self._produced += len(piece)
            if piece:
                yield piece
            elif not chunk:
                self.reason, self.end = _TRUNCATED, self._file.tell()
                return
        self.end = self._file.tell() - len(inflater.unused_data)

    def _salvaged(self) -> Iterator[bytes]:
        """What lies between the last piece and the damage."""
        self._file.seek(self._start)
        inflater = zlib.decompressobj(_GZIP)
        seen = 0
        while not inflater.eof:
            left = self.following - self._file.tell()
            chunk = inflater.unconsumed_tail or self._file.read(min(READ_BYTES, left))
            before = inflater.copy()
            try:
                piece = inflater.decompress(chunk, OUTPUT_BYTES)
            except zlib.error as error:
                piece, consumed = _until_damage(before, chunk)
                self.reason = f"the gzip data is damaged: {str(error).rpartition(': ')[2]}"
                self.end = self._file.tell() - len(chunk) + consumed
                fresh = piece[max(0, self._produced - seen) :]
                self._produced += len(fresh)
                yield fresh
                return
            fresh = piece[max(0, self._produced - seen) :]
            seen += len(piece)
            self._produced = max(self._produced, seen)
            if fresh:
                yield fresh
            if not chunk and not piece:
                self.reason, self.end = _TRUNCATED, self._file.tell()
                return
        # zlib read on where isal stopped: nothing is lost.
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
