"""Coverage: what the ledger says of a period, slice by slice."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

from forgelake.model.coverage import Coverage, Gap
from forgelake.model.hours import FIRST_HOUR, Hour, hours_between
from forgelake.model.period import Period
from forgelake.model.slices import SliceStatus
from forgelake.state.ledger_rows import LedgerRow

NOT_COLLECTED = "not collected"
HOUR = "hour"
"""What a slice of the archive is."""
NAMED_IN_UTC_SINCE = datetime(2015, 1, 1, tzinfo=UTC)
"""Hours of 2012 to 2014 are named in Pacific time; the events in them say so (created_at with -07:00 or -08:00)."""

MOST_OFF = timedelta(hours=9)
"""How far before its events a slice may be named, with an hour to spare."""


@dataclass(frozen=True, slots=True)
class HeldCopy:
    """What coverage needs of a row of the ledger; see there."""

    start: datetime
    end: datetime
    origin: str
    status: SliceStatus
    reason: str | None
    events: int
    rejected: int
    repaired: int
    first_event: datetime | None
    last_event: datetime | None


Held: TypeAlias = HeldCopy | LedgerRow


@dataclass(frozen=True, slots=True)
class HourCoverage:
    """One expected slice.

    Attributes:
        hour: the archive hour.
        status: of its best copy; None if no origin was ever asked.
        reason: why there is no data, empty if there is.
        origins: the origins whose copies were received.
        events: distinct events, of the copy that has most.
        rejected, repaired: input not read and values left out, over all copies.
        first_event, last_event: the span of what was received (``created_at``, UTC).
    """

    hour: Hour
    status: SliceStatus | None
    reason: str
    origins: tuple[str, ...] = ()
    events: int = 0
    rejected: int = 0
    repaired: int = 0
    first_event: datetime | None = None
    last_event: datetime | None = None

    @property
    def start(self) -> datetime:
        """The hour's first instant."""
        return self.hour.start

    @property
    def end(self) -> datetime:
        """The first instant after the hour."""
        return self.hour.end

    @property
    def received(self) -> bool:
        """Whether its rows are in the lake."""
        return self.status is SliceStatus.RECEIVED


def hourly(rows: Iterable[Held], first: Hour, last: Hour) -> list[HourCoverage]:
    """Every hour from first to last, both included, with what the ledger has on it."""
    by_hour: dict[datetime, list[Held]] = {}
    for row in rows:
        by_hour.setdefault(row.start, []).append(row)
    return [_of_hour(hour, by_hour.get(hour.start, [])) for hour in hours_between(first, last)]


def between(rows: Sequence[Held], period: Period, now: datetime) -> list[HourCoverage]:
    """Every hour that a period reaches into and that ought to exist, by the UTC hour of its events.

    None is expected before the archive begins, and none that is not over, unless the ledger has it.

    Args:
        rows: of slices that are named from ``MOST_OFF`` before the period to its end, by start.
    """
    rows = _by_events(rows)
    over = max([Hour.containing(now).start, *(row.end for row in rows if row.status is SliceStatus.RECEIVED)])
    start, end = max(period.start, FIRST_HOUR.start), min(period.end, over)
    return hourly(rows, Hour.containing(start), Hour.containing(end - timedelta(microseconds=1))) if start < end else []


def _by_events(rows: Sequence[Held]) -> list[Held]:
    """Rows under the hour of their events where names are off; one without events is off like the one before it."""
    moved: list[Held] = []
    offs = (_off(row) for row in rows)
    off = next((found for found in offs if found is not None), timedelta(0))
    for row in rows:
        if row.start >= NAMED_IN_UTC_SINCE:
            moved.append(row)
            continue
        found = _off(row)
        off = off if found is None else found
        moved.append(replace(row, start=row.start + off, end=row.end + off) if off else row)
    return moved


def _off(row: Held) -> timedelta | None:
    """How long after its name a slice's events are; None where it has none to tell by."""
    if row.start >= NAMED_IN_UTC_SINCE or row.first_event is None or row.last_event is None:
        return None
    if row.first_event < row.end and row.last_event >= row.start:
        return timedelta(0)
    middle = row.first_event + (row.last_event - row.first_event) / 2
    return Hour.containing(middle).start - row.start


def summary(hours: Sequence[HourCoverage]) -> Coverage:
    """The coverage of some hours."""
    received = [hour for hour in hours if hour.received]
    origins = sorted({origin for hour in received for origin in hour.origins})
    return Coverage(
        expected=len(hours),
        received=len(received),
        unit=HOUR,
        gaps=tuple(_gaps(hours)),
        sources=tuple(origins),
        rejected=sum(hour.rejected for hour in hours),
    )


def _of_hour(hour: Hour, rows: list[Held]) -> HourCoverage:
    if not rows:
        # This and the next are most hours of long periods, so they have to be quick.
        return HourCoverage(hour, None, NOT_COLLECTED)
    if len(rows) == 1 and (row := rows[0]).status is SliceStatus.RECEIVED:
        counts = row.events, row.rejected, row.repaired
        return HourCoverage(hour, row.status, "", (row.origin,), *counts, row.first_event, row.last_event)
    received = [row for row in rows if row.status is SliceStatus.RECEIVED]
    rejected, repaired = sum(row.rejected for row in rows), sum(row.repaired for row in rows)
    if not received:
        named = len(rows) > 1
        reasons = sorted({f"{row.origin}: {row.reason}" if named else row.reason or str(row.status) for row in rows})
        status = min((row.status for row in rows), key=_HOPE.index)
        return HourCoverage(hour, status, "; ".join(reasons), rejected=rejected)
    return HourCoverage(
        hour,
        SliceStatus.RECEIVED,
        "",
        origins=tuple(row.origin for row in received),
        events=max(row.events for row in received),
        rejected=rejected,
        repaired=repaired,
        first_event=min((row.first_event for row in received if row.first_event), default=None),
        last_event=max((row.last_event for row in received if row.last_event), default=None),
    )


_HOPE = (
    SliceStatus.RECEIVED,
    SliceStatus.LANDED,
    SliceStatus.FAILED,
    SliceStatus.AWAITED,
    SliceStatus.EMPTY,
    SliceStatus.REFUSED,
    SliceStatus.MISSING,
)
"""Of several copies, the one that says most about what can still be had speaks for the hour."""


def _gaps(hours: Sequence[HourCoverage]) -> Iterable[Gap]:
    open_gap: Gap | None = None
    for hour in hours:
        if open_gap and (hour.received or hour.reason != open_gap.reason or hour.hour.start != open_gap.end):
            yield open_gap
            open_gap = None
        if not hour.received:
            start = open_gap.start if open_gap else hour.hour.start
            open_gap = Gap(start, hour.hour.end, hour.reason)
    if open_gap:
        yield open_gap
