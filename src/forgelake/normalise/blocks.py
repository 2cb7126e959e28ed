"""Cutting inflated text into blocks that end where an object ends.

Lines are the usual border. Hours of 2012 have no newline at all: objects stand back to back and the
border is ``}{``. Saved API answers may be UTF-16 or carry a byte order mark.
"""

import codecs
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain

import numpy as np

LARGEST_OBJECT = 1 << 25
"""Bytes without any border after which a block is cut all the same; no event comes near it."""

WITHOUT_NEWLINE = 1 << 20
"""Bytes without a newline after which the text is taken to have none: ``}{`` may also stand in a string."""

_NEWLINE = ord("\n")
_UTF16 = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}


@dataclass(frozen=True, slots=True)
class Block:
    """A stretch of text.

    Attributes:
        text: its bytes, UTF-8 unless damaged.
        position: where it begins in the slice's text, in bytes; of UTF-16, in bytes of its UTF-8 form.
        last: whether nothing follows.
    """

    text: bytes | memoryview
    position: int
    last: bool = False

    @property
    def end(self) -> int:
        """Where it ends, in the same bytes as ``position``."""
        return self.position + len(self.text)


def blocks(pieces: Iterable[bytes]) -> Iterator[Block]:
    """Join pieces and cut them again at borders between objects.

    Only the line that two pieces share is copied; the rest of a piece is passed on as it lies.
    """
    position, unmarked = _unmarked(pieces)
    rest = b""
    for piece in unmarked:
        start = piece.find(b"\n") + 1
        if not start:
            rest += piece
            if len(rest) < WITHOUT_NEWLINE:
                continue
            cut = rest.rfind(b"}{") + 1
            if cut or len(rest) > LARGEST_OBJECT:
                cut = cut or len(rest)
                yield Block(rest[:cut], position)
                position += cut
                rest = rest[cut:]
            continue
        cut = piece.rfind(b"\n") + 1
        yield Block(rest + piece[:start], position)
        position += len(rest) + start
        if cut > start:
            text = memoryview(piece)[start:cut]
            yield Block(text, position)
            position += len(text)
        rest = piece[cut:]
    yield Block(rest, position, last=True)


class LineNumbers:
    """In which line a position lies, found by reading the text again: nearly no slice ever asks."""

    def __init__(self, read: Callable[[], Iterator[Block]]) -> None:
        """Take how the blocks of the text are read from its beginning."""
        self._read = read
        self._position = sys.maxsize

    def at(self, position: int) -> int:
        """The line of a position, from 1; fastest in ascending order."""
        if position < self._position:
            self._restart()
        while not self._block.last and position > self._block.end:
            self._count_to(self._block.end)
            self._block = next(self._blocks)
        self._count_to(position)
        return self._line

    def _restart(self) -> None:
        self._blocks = self._read()
        self._block = next(self._blocks)
        self._position, self._line = self._block.position, 1

    def _count_to(self, position: int) -> None:
        start = self._block.position
        text = np.frombuffer(self._block.text, np.uint8)[self._position - start : max(0, position - start)]
        self._line += int(np.count_nonzero(text == _NEWLINE))
        self._position = position


def _unmarked(pieces: Iterable[bytes]) -> tuple[int, Iterator[bytes]]:
    """How many bytes a UTF-8 byte order mark takes, and the text after the mark as UTF-8."""
    iterator = iter(pieces)
    head = b""
    while len(head) < len(codecs.BOM_UTF8) and (piece := next(iterator, None)) is not None:
        head += piece
    encoding = _UTF16.get(head[:2])
    if encoding is not None:
        return 0, _as_utf8(chain([head[2:]], iterator), encoding)
    mark = len(codecs.BOM_UTF8) if head.startswith(codecs.BOM_UTF8) else 0
    return mark, chain([head[mark:]], iterator)


def _as_utf8(pieces: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    """UTF-16 as UTF-8; what is damaged in it stays damaged, so that it is noticed."""
    decoder = codecs.getincrementaldecoder(encoding)(errors="surrogatepass")
    for piece in pieces:
        yield decoder.decode(piece).encode(errors="surrogatepass")
    torn, _ = decoder.getstate()
    yield torn and b"\xff"
