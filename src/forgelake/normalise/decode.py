"""The fast path: whole blocks of well-formed lines, decoded at once.

It either takes a block entirely or refuses it by raising; the careful path then reads the same block.
"""

import msgspec
import pyarrow as pa

from forgelake.normalise.blocks import Block
from forgelake.normalise.eras import FULL, MODERN_SINCE, TRIMMED, TRIMMED_SINCE, adapt
from forgelake.normalise.wire import EVENTS, SKELETONS, Event

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
    text = block.text
    if not block.in_lines:
        # A raw newline inside a string is refused by the decoder, so this cannot cut a string in two.
        text = bytes(text).replace(b"}{", b"}\n{")
    events = EVENTS.decode_lines(text)
    older = [number for number, event in enumerate(events) if not settle(event)]
    if older:
        skeletons = SKELETONS.decode_lines(text)
        for number in older:
            adapt(events[number], skeletons[number])
    return events


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
