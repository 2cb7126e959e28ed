"""Texts in drawings whose reader's fonts are unknown: how wide they may get, what fits, and what XML can hold."""

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

_NOT_IN_XML: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NARROW: Final = frozenset("fijlrtI.,:;'|!()[]/ ")
_BROAD: Final = frozenset("mwMW@%")
_ALMOST: Final = 0.9


@dataclass(frozen=True, slots=True)
class Text:
    """A text and its width in pixels; ``fixed`` if it has to be pressed into that width."""

    words: str
    width: float
    fixed: bool


def legal(text: str) -> str:
    """A text without the characters that XML cannot hold."""
    return _NOT_IN_XML.sub("\N{REPLACEMENT CHARACTER}", text)


def width_of(text: str, size: float) -> float:
    """About how wide a text is in a common font of so many pixels, rather too wide."""
    return size * sum(map(_ems, text))


def fitted(text: str, size: float, most: float) -> Text:
    """A text, cut where it would be wider than ``most`` pixels."""
    words = legal(text)
    while len(words) > 1 and width_of(words, size) > most:
        words = f"{words[:-2]}…"
    width = width_of(words, size)
    return Text(words, round(width, 1), width > most * _ALMOST)


def _ems(sign: str) -> float:
    if sign in _NARROW:
        return 0.38
    if sign in _BROAD:
        return 0.95
    if unicodedata.east_asian_width(sign) in "WF":
        return 1.1
    return 0.72 if sign.isupper() else 0.62
