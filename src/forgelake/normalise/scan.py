"""Finding the JSON objects in text that is not clean lines of JSON.

Objects may stand back to back, span lines, sit in an array or in a wrapper, or be torn. Nothing that
can be read is given up: after a torn object the scan goes on at the next place where an event begins.
The text is decoded as Latin-1 so that positions in it are byte positions.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

_NOISE = re.compile(r"[\s,\[\]]*")
_START = re.compile(r'\{\s*"(?:id|type|actor|repo|repository|payload|public|created_at|org|url|actor_attributes)"\s*:')
_NULS = re.compile(r"\0+")
_DECODER = json.JSONDecoder()

NOT_AN_EVENT = "not an event: no type, created_at and payload"


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


def events_within(value: object) -> list[dict[str, Any]]:
    """The events in a wrapper such as ``{"value": […]}``; none if it is no wrapper."""
    if not isinstance(value, dict):
        return []
    lists = [inner for inner in value.values() if isinstance(inner, list)]
    return [item for inner in lists for item in inner if looks_like_event(item)]


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
        value, end = _DECODER.raw_decode(latin, position)
    except json.JSONDecodeError as error:
        if not final and _cut_off(latin, error):
            raise Unfinished(position) from None
        return Span(position, position + 1, f"torn: {error.msg}")
    except RecursionError:
        return Span(position, position + 1, "nested too deeply")
    if looks_like_event(value) or events_within(value):
        return Span(position, end)
    return Span(position, end, NOT_AN_EVENT)


def _cut_off(latin: str, error: json.JSONDecodeError) -> bool:
    """Whether decoding failed only because the text ends; an unterminated string is reported at its start."""
    if error.msg.startswith("Unterminated string"):
        return "\n" not in latin[error.pos :]
    return not latin[error.pos :].strip()


def _next_event(latin: str, position: int, *, final: bool) -> int:
    """Where the next event or line of an object begins at or after a position, or the end of the text."""
    line = latin.find("\n{", position)
    limit = line + 1 if line >= 0 else len(latin)
    for found in _START.finditer(latin, position, limit):
        try:
            value, _ = _DECODER.raw_decode(latin, found.start())
        except json.JSONDecodeError as error:
            if not final and _cut_off(latin, error):
                return found.start()
        except RecursionError:
            continue
        else:
            if looks_like_event(value):
                return found.start()
    return limit


def _trimmed(latin: str, span: Span) -> Span:
    kept = latin[span.start : span.end].rstrip(" \t\r\n,[]") if span.reason else latin[span.start : span.end]
    return Span(span.start, span.start + len(kept), span.reason)
