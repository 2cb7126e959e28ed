"""Finding the JSON objects in text that is not clean lines of JSON.

Objects may stand back to back, span lines, sit in an array or in a wrapper, or be torn. Nothing that
can be read is given up: after a torn object the scan goes on at the next place where an event begins.
The text is decoded as Latin-1 so that positions in it are byte positions.
"""

import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from forgelake.normalise.blocks import LARGEST_OBJECT

_NOISE = re.compile(r"[ \t\r\n,\[\]]*")
_START = re.compile(r'\{\s*"(?:id|type|actor|repo|repository|payload|public|created_at|org|url|actor_attributes)"\s*:')
_NULS = re.compile(r"\0+")
_LONGEST_START = 64
_LONGEST_TOKEN = 16  # a pair of \uXXXX, cut off before its last digit, is noticed this far from the end
_LONGEST_INTEGER = 40
_DEEP_ENOUGH = 20  # objects that nest too deeply, each found at some cost, before what is around them is given up
_NO_NUMBER = 0.5  # no field takes a fraction, so this is refused wherever it is used

NOT_AN_EVENT = "not an event: no type, created_at and payload"


def _integer(digits: str) -> float:
    return int(digits) if len(digits) <= _LONGEST_INTEGER else _NO_NUMBER


def _float(digits: str) -> float:
    value = float(digits)
    return value if math.isfinite(value) else _NO_NUMBER


# Numbers that no type can hold cost the field that they stand in, not the event.
DECODER = json.JSONDecoder(parse_int=_integer, parse_float=_float, parse_constant=lambda _: _NO_NUMBER)


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of text: an event's object if ``reason`` is empty, else something unreadable."""

    start: int
    end: int
    reason: str = ""


class Unfinished(Exception):  # noqa: N818 - not an error: the object may go on in the next block
    """An object that the end of the text cuts off."""

    def __init__(self, start: int) -> None:
        super().__init__(start)
        self.start = start


def looks_like_event(value: object) -> bool:
    """Whether a decoded value has what every event of every era has."""
    return (
        isinstance(value, dict)
        and isinstance(value.get("type"), str)
        and isinstance(value.get("created_at"), str)
        and not value.keys().isdisjoint(("payload", "actor", "repo", "repository"))
    )


def list_items(value: object) -> list[Any]:
    """What the lists in a wrapper such as ``{"value": […]}`` hold."""
    if not isinstance(value, dict):
        return []
    return [item for inner in value.values() if isinstance(inner, list) for item in inner]


def scan(text: bytes, *, final: bool) -> Iterator[Span]:
    """The spans of a text in order, white space and array punctuation left out.

    Raises:
        Unfinished: an object is cut off by the end of the text and ``final`` is false; all spans
            before it have been yielded.
    """
    latin = text.decode("latin-1")
    position = _skip(latin, 0)
    while position < len(latin):
        span = _read(latin, position, final=final)
        if span.reason and span.reason != NOT_AN_EVENT:
            span = Span(position, _next_event(latin, span.end, final=final), span.reason)
        yield _trimmed(latin, span)
        position = _skip(latin, span.end)


def _skip(latin: str, position: int) -> int:
    found = _NOISE.match(latin, position)
    return found.end() if found else position


def _read(latin: str, position: int, *, final: bool) -> Span:
    """The object at a position; on failure the span ends where looking for the next one may begin."""
    if latin[position] != "{":
        nuls = _NULS.match(latin, position)
        if nuls:
            return Span(position, nuls.end(), f"{nuls.end() - position} NUL bytes")
        return Span(position, position + 1, "not JSON")
    try:
        value, end = DECODER.raw_decode(latin, position)
    except json.JSONDecodeError as error:
        if not final and _cut_off(latin, position, error):
            raise Unfinished(position) from None
        return Span(position, position + 1, f"torn: {error.msg}")
    except RecursionError:
        return Span(position, position + 1, "nested too deeply")
    if looks_like_event(value) or any(map(looks_like_event, list_items(value))):
        return Span(position, end)
    return Span(position, end, NOT_AN_EVENT)


def _cut_off(latin: str, start: int, error: json.JSONDecodeError) -> bool:
    """Whether decoding may have failed only because the text ends; what is too large is not waited for."""
    if len(latin) - start > LARGEST_OBJECT:
        return False
    # An unterminated string is reported at its start; with a newline in it, it would not be called so.
    return error.msg.startswith("Unterminated string") or len(latin) - error.pos <= _LONGEST_TOKEN


def _next_event(latin: str, position: int, *, final: bool) -> int:
    """Where the next event or line of an object begins at or after a position, or the end of the text."""
    line = latin.find("\n{", position)
    limit = line + 1 if line >= 0 else len(latin)
    too_deep = 0
    for found in _START.finditer(latin, position, limit):
        try:
            value, _ = DECODER.raw_decode(latin, found.start())
        except json.JSONDecodeError as error:
            if not final and _cut_off(latin, found.start(), error):
                return found.start()
        except RecursionError:
            too_deep += 1
            if too_deep == _DEEP_ENOUGH:
                return limit
        else:
            if looks_like_event(value):
                return found.start()
    return limit if final or limit < len(latin) else _cut_beginning(latin, position)


def _cut_beginning(latin: str, position: int) -> int:
    """Where too little may be left of an event's beginning for it to be found, or the end of the text."""
    cut = latin.rfind("{", max(position, len(latin) - _LONGEST_START))
    return len(latin) if cut < 0 else cut


def _trimmed(latin: str, span: Span) -> Span:
    kept = latin[span.start : span.end].rstrip(" \t\r\n,[]") if span.reason else latin[span.start : span.end]
    return Span(span.start, span.start + len(kept), span.reason)
