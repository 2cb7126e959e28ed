"""A poll's bytes into landing, and what it says into the ledger.

Bytes come first, then the gap that the poll reveals, then the poll itself, then its ETag. A crash in between leaves
bytes that the ledger does not know; the next run finds them and goes through the same steps, which end the same way.
"""

import hashlib
import zlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final

from forgelake.lake.landing import REFUSED, object_path
from forgelake.model.coverage import Gap
from forgelake.model.period import midnight
from forgelake.model.slices import Receipt, SliceKey, SliceStatus
from forgelake.pipelines.context import Context
from forgelake.sources.github import SOURCE
from forgelake.sources.github.loss import Seen, lost
from forgelake.sources.github.pages import BadPageError, Mark, marks, packed, unpacked
from forgelake.sources.github.poll import Poll
from forgelake.sources.github.timelines import MOST_EVENTS, PAGE_EVENTS, slug
from forgelake.state.ledger_rows import LedgerRow
from forgelake.storage.faults import NoSuchObjectError
from forgelake.transport.urls import shown

PARTIAL: Final = "-partial"
"""The end of the name of a poll that broke off: it brings events, but says nothing about what was lost."""

MOST_KNOWN: Final = 10 * MOST_EVENTS
"""Events that are remembered where poll after poll breaks off."""

_LOOKED_BACK: Final = 20


@dataclass(slots=True)
class Memory:
    """What is remembered of a timeline: its last whole poll, and the events of that and of broken off ones after it."""

    seen: Seen | None = None
    known: set[Mark] = field(default_factory=set)

    def brings(self, poll: Poll) -> int | None:
        """How many events of a poll are new; None if there is no reason to keep it."""
        new = len(set(poll.marks) - self.known)
        completes = poll.whole and (self.seen is None or len(self.known) > len(self.seen.marks))
        return new if poll.pages and (new or completes) else None

    def take(self, poll: Poll) -> None:
        """Remember a poll."""
        if poll.whole:
            self.seen = Seen(poll.asked_at, frozenset(poll.marks))
            self.known = set(poll.marks)
        else:
            self.known = (self.known if len(self.known) < MOST_KNOWN else set()) | set(poll.marks)


def land(context: Context, origin: str, url: str, poll: Poll) -> Receipt:
    """Keep a poll's pages as received."""
    name = f"{poll.asked_at:%Y-%m-%dT%H%M%S.%fZ}{'' if poll.whole else PARTIAL}"
    etag = poll.first.etag if poll.first else None
    data = packed(poll.pages)
    sha256 = hashlib.sha256(data).hexdigest()
    key = SliceKey(SOURCE, name, origin)
    path = object_path(key, poll.asked_at, sha256, origin_slug=slug(origin))
    # Not all clocks tell two readings apart, and a slice must not be without length.
    end = max(poll.received_at, poll.asked_at + timedelta(microseconds=1))
    receipt = Receipt(key, poll.asked_at, end, path, shown(url), etag, sha256, len(data), poll.received_at)
    context.landing.land_bytes(receipt, data)
    return receipt


def record(context: Context, receipt: Receipt, poll: Poll, memory: Memory, now: datetime) -> Gap | None:
    """Tell the ledger of a landed poll; returns what was lost before it, if anything was."""
    late = memory.seen is not None and poll.asked_at <= memory.seen.at
    gap = lost(memory.seen, poll) if memory.seen and poll.whole and not late else None
    if gap is not None:
        key = SliceKey(SOURCE, f"{receipt.key.name}-gap", receipt.key.origin)
        context.state.ledger.asked(key, gap.start, gap.end, SliceStatus.MISSING, gap.reason, now)
    context.state.ledger.landed(receipt, now)
    if not late:
        memory.take(poll)
    return gap


def refuse(context: Context, origin: str, poll: Poll, now: datetime) -> str:
    """Set a body aside that is no page, and tell the ledger; returns the reason."""
    body = poll.bad_body or b""
    key = SliceKey(SOURCE, f"{poll.asked_at:%Y-%m-%dT%H%M%S.%fZ}-refused", origin)
    digest = hashlib.sha256(body).hexdigest()
    path = object_path(key, poll.asked_at, digest, origin_slug=slug(origin), area=REFUSED).removesuffix(".json.gz")
    context.storage.put(path, body)
    reason = f"{poll.stopped_by}; kept as {path}"
    end = max(poll.received_at, poll.asked_at + timedelta(microseconds=1))
    context.state.ledger.asked(key, poll.asked_at, end, SliceStatus.REFUSED, reason, now)
    return reason


def remembered(context: Context, origin: str) -> Memory:
    """What earlier runs left of a timeline."""
    memory = Memory()
    for row in context.state.ledger.latest(SOURCE, origin, limit=_LOOKED_BACK):
        held = marks_of(context, row)
        if row.name.endswith(PARTIAL):
            memory.known |= set(held)
            continue
        if not held and row.last_event is not None:
            # Retention has removed the bytes; the time of the newest event still tells how far it came.
            held = (Mark("", row.last_event.isoformat()),)
        return Memory(Seen(row.start, frozenset(held)), memory.known | set(held))
    return memory


def marks_of(context: Context, row: LedgerRow | Receipt) -> tuple[Mark, ...]:
    """The events that a landed poll holds; none if its bytes are gone."""
    if row.path is None:
        return ()
    try:
        pages = unpacked(context.storage.get(row.path))
        return tuple(mark for page in pages for mark in marks(page))
    except (NoSuchObjectError, BadPageError, zlib.error):
        return ()


def unrecorded(context: Context, origins: Collection[str], today: date) -> Iterator[Receipt]:
    """Polls of some timelines that landed without the ledger having been told, in order."""
    known = context.state.ledger.period(SOURCE)
    first = min(known[1].date() if known else today, today) - timedelta(days=1)
    last = max(known[1].date() if known else today, today) + timedelta(days=1)
    rows = context.state.ledger.rows(SOURCE, midnight(first), midnight(last))
    paths = {row.path for row in rows if row.path is not None}
    found = context.landing.receipts(SOURCE, first, today, paths)
    yield from sorted((one for one in found if one.key.origin in origins), key=lambda one: one.start)


def recorded_late(context: Context, receipt: Receipt, memory: Memory, now: datetime) -> Gap | None:
    """Go on where a crash stopped: tell the ledger of bytes that it does not know."""
    held = marks_of(context, receipt)
    whole = not receipt.key.name.endswith(PARTIAL)
    # Whether there was a further page is not in the bytes; a page that is not full was the last one.
    exhausted = len(held) < MOST_EVENTS and len(held) % PAGE_EVENTS != 0
    poll = Poll(receipt.start, receipt.received_at, marks=list(held), exhausted=exhausted, whole=whole)
    return record(context, receipt, poll, memory, now)
