"""Coverage: what the ledger says of a period, slice by slice."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from forgelake.model.coverage import Coverage, Gap
from forgelake.model.hours import Hour, hours_between
from forgelake.model.slices import SliceStatus
from forgelake.state.ledger_rows import LedgerRow

NOT_COLLECTED = "not collected"


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
    def received(self) -> bool:
        """Whether its rows are in the lake."""
        return self.status is SliceStatus.RECEIVED


def hourly(rows: Iterable[LedgerRow], first: Hour, last: Hour) -> list[HourCoverage]:
    """Every hour from first to last, both included, with what the ledger has on it."""
    by_hour: dict[datetime, list[LedgerRow]] = {}
    for row in rows:
        by_hour.setdefault(row.start, []).append(row)
    return [_of_hour(hour, by_hour.get(hour.start, [])) for hour in hours_between(first, last)]


def summary(hours: list[HourCoverage]) -> Coverage:
    """The coverage of some hours."""
    received = [hour for hour in hours if hour.received]
    origins = sorted({origin for hour in received for origin in hour.origins})
    return Coverage(
        expected=len(hours),
        received=len(received),
        unit="hour",
        gaps=tuple(_gaps(hours)),
        sources=tuple(origins),
        rejected=sum(hour.rejected for hour in hours),
    )


def _of_hour(hour: Hour, rows: list[LedgerRow]) -> HourCoverage:
    received = [row for row in rows if row.status is SliceStatus.RECEIVED]
    rejected, repaired = sum(row.rejected for row in rows), sum(row.repaired for row in rows)
    if not received:
        named = len(rows) > 1
        reasons = sorted({f"{row.origin}: {row.reason}" if named else row.reason or str(row.status) for row in rows})
        status = min((row.status for row in rows), key=_HOPE.index, default=None)
        return HourCoverage(hour, status, "; ".join(reasons) or NOT_COLLECTED, rejected=rejected)
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


def _gaps(hours: list[HourCoverage]) -> Iterable[Gap]:
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
