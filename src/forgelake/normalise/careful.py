"""The careful path: object by object, for blocks that the fast path refuses.

A bad object costs only itself, a bad value only itself. What is given up is reported with its place,
its reason and its bytes.
"""

import io
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import msgspec
import pyarrow as pa

from forgelake.normalise.blocks import Block
from forgelake.normalise.decode import settle
from forgelake.normalise.eras import adapt
from forgelake.normalise.facets import created, ids, instants
from forgelake.normalise.scan import DECODER, Unfinished, list_items, looks_like_event, scan
from forgelake.normalise.wire import EVENTS, SKELETONS, Event, Item

_PATH = re.compile(r" - at `\$\.?([^`]*)`")
_BLANK = b" \t\r\n"
_TIMES = ("created_at", "closed_at", "merged_at")
_REQUIRED = ("type", "created_at", "")
_LONE = "half a character (a lone surrogate)"


@dataclass(frozen=True, slots=True)
class Rejected:
    """Input given up: a whole object, or (scope ``value``) one value of an event that was kept."""

    scope: str
    reason: str
    position: int
    data: bytes


@dataclass(frozen=True, slots=True)
class _Region:
    """Text that is an object or none, and where it begins."""

    text: bytes
    position: int


class _BadValueError(ValueError):
    """A value that is well-formed JSON but cannot be what its field means."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path


class CarefulReader:
    """Reads refused blocks; an object that a block cuts off is carried into the next one."""

    def __init__(self, reject: Callable[[Rejected], None]) -> None:
        self._reject = reject
        self._carry: list[bytes] = []
        self._start = 0

    @property
    def carries(self) -> bool:
        """Whether an unfinished object waits for the next block."""
        return bool(self._carry)

    def read(self, block: Block) -> list[Event]:
        """The events of a block."""
        events: list[Event] = []
        position = block.position
        for text in io.BytesIO(block.text):
            event = _clean(text)
            if event is not None:
                events += self._settle(final=True)
                events.append(event)
            elif text.strip(_BLANK) or self._carry:
                self._hold(text, position)
            position += len(text)
        return events + self._settle(final=block.last)

    def _hold(self, text: bytes, position: int) -> None:
        if not self._carry:
            self._start = position
        self._carry.append(text)

    def _settle(self, *, final: bool) -> list[Event]:
        """Read what no single line of it could be read as."""
        if not self._carry:
            return []
        text = b"".join(self._carry)
        position = self._start
        self._carry = list[bytes]()
        events: list[Event] = []
        try:
            for span in scan(text, final=final):
                events += self._object(_Region(text[span.start : span.end], position + span.start), span.reason)
        except Unfinished as unfinished:
            start = unfinished.start
            self._hold(text[start:], position + start)
        return events

    def _object(self, region: _Region, reason: str) -> Iterator[Event]:
        data = region.text
        if not data:
            return

        def reject(scope: str, reason: str) -> None:
            self._reject(Rejected(scope, reason, region.position, data))

        if reason:
            reject("object", reason)
            return
        value = DECODER.decode(data.decode(errors="replace"))
        damaged = ["invalid UTF-8"] if _has_invalid_utf8(data) else []
        items = [value] if looks_like_event(value) else list_items(value)
        found = [item for item in items if looks_like_event(item)]
        if len(found) < len(items):
            reject("object", f"{len(items) - len(found)} of {len(items)} listed values are not events")
        for item in found:
            event, notes = _mended(item)
            if event is None:
                reject("object", notes[-1])
                continue
            yield event
            if damaged or notes:
                reject("value", "; ".join(damaged + notes))


def _clean(line: bytes) -> Event | None:
    """The event of a line that has nothing wrong with it."""
    try:
        return _checked(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, ValueError):
        return None


def _checked(data: bytes, *, known: bool = False) -> Event:
    event = EVENTS.decode(data)
    if not settle(event, known=known):
        adapt(event, SKELETONS.decode(data))
    _check_values(event)
    return event


def _check_values(event: Event) -> None:
    """What the types cannot say.

    Raises:
        _BadValueError: with the path of the value.
    """
    try:
        event.id = ids([event.id])[0].as_py()
    except (pa.ArrowInvalid, OverflowError):
        raise _BadValueError(path="id", reason=f'"{event.id}" is not a 64-bit number') from None
    _check_instant("created_at", event.created_at)
    try:
        created([event.created_at])
    except ValueError as error:
        raise _BadValueError(path="created_at", reason=f'"{event.created_at}" is {error}') from None
    if event.payload is None:
        return
    for name in ("issue", "pull_request", "discussion"):
        item = getattr(event.payload, name)
        if isinstance(item, Item):
            for time in _TIMES:
                _check_instant(f"payload.{name}.{time}", getattr(item, time))


def _check_instant(path: str, text: str | None) -> None:
    try:
        instants([text])
    except pa.ArrowInvalid:
        raise _BadValueError(path, f'"{text}" is not an instant') from None


def _mended(item: dict[str, Any]) -> tuple[Event | None, list[str]]:
    """The event of a decoded object, with values left out until the rest can be read; and what was left out."""
    notes: list[str] = []
    while True:
        try:
            return _checked(_encoded(item, notes), known=True), notes
        except _BadValueError as error:
            path, reason = error.path, str(error)
        except msgspec.ValidationError as error:
            found = _PATH.search(str(error))
            path = found[1] if found else ""
            reason = f"{path}: {_PATH.sub('', str(error))}"
        except (ValueError, RecursionError) as error:
            path, reason = "", str(error)
        notes.append(reason)
        if path in _REQUIRED or not _remove(item, path):
            return None, notes


def _encoded(item: dict[str, Any], notes: list[str]) -> bytes:
    text = json.dumps(item, ensure_ascii=False)
    try:
        return text.encode()
    except UnicodeEncodeError:
        # Lone surrogates have no UTF-8 form; they become question marks.
        notes += [note for note in [_LONE] if note not in notes]
        return text.encode(errors="replace")


def _remove(item: dict[str, Any], path: str) -> bool:
    """Delete the value at a path such as ``payload.labels[...].name``; of a list, the whole."""
    *parents, last = path.partition("[")[0].rstrip(".").split(".")
    inner: Any = item
    for name in parents:
        inner = inner.get(name) if isinstance(inner, dict) else None
    return isinstance(inner, dict) and inner.pop(last, None) is not None


def _has_invalid_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return True
    return False
