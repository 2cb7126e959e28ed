"""The fast path: whole blocks of well-formed lines, decoded at once.

It either takes a block entirely or refuses it by raising; the careful path then reads the same block.
"""

import msgspec
import pyarrow as pa

from forgelake.normalise.blocks import Block
from forgelake.normalise.eras import MODERN_SINCE, TRIMMED_SINCE, adapt
from forgelake.normalise.wire import EVENTS, FULL, SKELETONS, TRIMMED, Event

REFUSALS = (
    msgspec.DecodeError,
    UnicodeDecodeError,
    RecursionError,
    pa.ArrowInvalid,
    pa.ArrowTypeError,
    ValueError,
    OverflowError,
)
"""What the fast path raises for a block that needs care."""


def decode(block: Block) -> list[Event]:
    """All events of a block, in the form used since 2015.

    Raises:
        REFUSALS: something in the block is not a well-formed event.
    """
    # Objects back to back on one line are taken as well.
    events = EVENTS.decode_lines(block.text)
    era = _only_era(events)
    if era == TRIMMED:
        for event in events:
            event.era = TRIMMED
    if era:
        return events
    older = [number for number, event in enumerate(events) if not settle(event)]
    if older:
        skeletons = SKELETONS.decode_lines(block.text)
        for number in older:
            adapt(events[number], skeletons[number])
    return events


def _only_era(events: list[Event]) -> str | None:
    """The era of all events where they plainly have the same one since 2015; told without a call for each."""
    times = [event.created_at or "" for event in events]
    earliest, latest = min(times, default=""), max(times, default="")
    if earliest < MODERN_SINCE or earliest < TRIMMED_SINCE <= latest:
        return None
    others = [
        event
        for event in events
        if type(event.id) is not str
        or event.type is None
        or event.payload is None
        or event.repository is not None
        or type(event.actor) is str
    ]
    if others:
        return None
    return FULL if latest < TRIMMED_SINCE else TRIMMED


def settle(event: Event, *, known: bool = False) -> bool:
    """Set the era of an event of the form used since 2015; false if it has an older form.

    ``known`` is whether the object is known to have an event's keys, even if nothing stands behind them.

    Raises:
        ValueError: it has no type or no time, or nothing else that an event has.
    """
    created_at = event.created_at
    if created_at is None or event.type is None:
        message = "no type or no created_at"
        raise ValueError(message)
    if event.repo is None and event.actor is None and event.payload is None and event.repository is None and not known:
        message = "no payload, actor or repository"
        raise ValueError(message)
    if (
        created_at < MODERN_SINCE
        or created_at[4:5] != "-"
        or event.id is None
        or event.repository is not None
        or type(event.actor) is str
    ):
        return False
    event.era = TRIMMED if created_at >= TRIMMED_SINCE else FULL
    return True
