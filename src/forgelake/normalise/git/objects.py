"""``git cat-file --batch``: for each object a line ``id SP type SP size``, its bytes, and the end of a line."""

from collections.abc import Iterable, Iterator
from typing import Final

_FIELDS: Final = 3


def objects(chunks: Iterable[bytes], most_bytes: int) -> Iterator[tuple[str, bytes]]:
    """Id and first bytes of each blob; what is not there, or is something else, is left out.

    Args:
        chunks: what git prints, in pieces of any size.
        most_bytes: how much is kept of each.
    """
    said = _Pieces(chunks)
    while line := said.line():
        fields = line.decode("utf-8", errors="replace").split()
        if len(fields) == _FIELDS and fields[2].isdecimal():
            size = int(fields[2])
            data = said.taken(size, most_bytes)
            said.taken(1, 0)
            if fields[1] == "blob":
                yield fields[0], data


class _Pieces:
    """Reads on over the ends of pieces."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = iter(chunks)
        self._piece = b""
        self._at = 0

    def line(self) -> bytes:
        """Up to the next end of a line, and with it; nothing at the end."""
        parts = list[bytes]()
        while self._more():
            end = self._piece.find(b"\n", self._at) + 1
            parts.append(self._piece[self._at : end or None])
            self._at = end or len(self._piece)
            if end:
                break
        return b"".join(parts)

    def taken(self, size: int, most: int) -> bytes:
        """The first of the next so many bytes, which are gone then."""
        parts, kept = list[bytes](), 0
        while size and self._more():
            step = min(size, len(self._piece) - self._at)
            parts.append(self._piece[self._at : self._at + min(step, most - kept)])
            kept += len(parts[-1])
            self._at += step
            size -= step
        return b"".join(parts)

    def _more(self) -> bool:
        if self._at == len(self._piece):
            self._piece, self._at = next(self._chunks, b""), 0
        return bool(self._piece)
