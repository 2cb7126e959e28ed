"""Coverage of what is collected once a day: of every tracked subject, each day since it is tracked.

What GitHub still tells later is no gap if it was asked in time: traffic is shown for 14 days, stars for as long as they
are held, as far as the newest weeks reach.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

from forgelake.model.coverage import Coverage, Gap
from forgelake.model.period import Period, midnight
from forgelake.model.slices import SliceStatus
from forgelake.model.traffic import WINDOW_DAYS
from forgelake.query.coverage import NOT_COLLECTED
from forgelake.sources.github import SOURCE
from forgelake.sources.github.pieces import parsed
from forgelake.state.tracked import TrackedRow, ever_called

STILL_TOLD: Final = {"traffic_days": timedelta(days=WINDOW_DAYS), "star_days": timedelta(days=200)}
"""For how long after a day GitHub still tells what a table has of it; others hold what was so on the day itself."""

Told: TypeAlias = Mapping[str, Mapping[date, tuple[str, str]]]
"""Status and reason of slices, by subject and day."""

_DAY: Final = timedelta(days=1)
_RECEIVED: Final = (SliceStatus.RECEIVED, SliceStatus.EMPTY)


@dataclass(frozen=True, slots=True)
class DayCoverage:
    """One expected slice: a subject's day.

    Attributes:
        start, end: the day (UTC).
        names: what a person calls the subject, and what it was called before.
        received: whether its rows are in the lake, or what it would have told came later.
        reason: why there is no data, empty if there is.
    """

    start: datetime
    end: datetime
    names: tuple[str, ...]
    received: bool
    reason: str


def about(tracked: Collection[TrackedRow], kind: str, names: Collection[str] = ()) -> list[TrackedRow]:
    """The subjects of a kind; with names, those of which any kind knows one of them."""
    # A repository may have got its name before traffic, say, was collected of it.
    named = ever_called(tracked, names)
    return [row for row in tracked if row.kind == kind and (not names or row.subject in named)]


def told(slices: pa.Table, kind: str, period: Period, late: timedelta) -> Told:
    """What the ledger says of the slices of a kind that tell of the days of a period, by subject and day.

    Args:
        late: for how long after a day what is asked for is still told.
    """
    start = slices["start"]
    within = pc.and_(pc.greater_equal(start, period.start - _DAY), pc.less(start, period.end + late))
    own = pc.and_(pc.equal(slices["source"], SOURCE), pc.starts_with(slices["name"], f"{kind}/"))
    chosen = slices.filter(pc.and_(own, within)).select(["name", "status", "reason"])
    found: dict[str, dict[date, tuple[str, str]]] = defaultdict(dict)
    for row in chosen.to_pylist():
        if (name := parsed(row["name"])) is not None:
            found[name.subject][name.day] = (row["status"], row["reason"] or row["status"])
    return found


def daily(
    tracked: Iterable[TrackedRow], slices: Told, period: Period, now: datetime, late: timedelta
) -> list[DayCoverage]:
    """The days of a period that ought to have been collected, in order; today only once it has been asked for.

    Args:
        slices, late: see ``told``.
    """
    today, found = now.astimezone(UTC).date(), list[DayCoverage]()
    for row in tracked:
        days = slices.get(row.subject, {})
        first = max(row.since.date(), period.days[0])
        last = min(period.days[1], today if today in days else today - _DAY)
        if row.until is not None:
            last = min(last, row.until.date() - _DAY)
        received = sorted(day for day, (status, _) in days.items() if status in _RECEIVED)
        found += _expected(row.names, first, last, days, received, late)
    return sorted(found, key=lambda day: (day.start, day.names))


def summary(days: Sequence[DayCoverage], unit: str) -> Coverage:
    """The coverage of some days."""
    received = [day for day in days if day.received]
    return Coverage(len(days), len(received), unit, tuple(_gaps(days)), (SOURCE,) if received else ())


def _expected(
    names: tuple[str, ...],
    first: date,
    last: date,
    days: Mapping[date, tuple[str, str]],
    received: Sequence[date],
    late: timedelta,
) -> Iterator[DayCoverage]:
    day, later = first, list(received)
    while day <= last:
        while later and later[0] < day:
            later.pop(0)
        here = bool(later) and later[0] <= day + late
        start = midnight(day)
        reason = "" if here else days.get(day, ("", NOT_COLLECTED))[1]
        yield DayCoverage(start, start + _DAY, names, here, reason)
        day += _DAY


def _gaps(days: Iterable[DayCoverage]) -> list[Gap]:
    """Neighbouring days of a subject with the same reason, joined; then subjects with the same gap."""
    runs: dict[tuple[str, str], list[list[datetime]]] = defaultdict(list)
    for day in days:
        if day.received:
            continue
        spans = runs[day.names[0], day.reason]
        if spans and spans[-1][1] == day.start:
            spans[-1][1] = day.end
        else:
            spans.append([day.start, day.end])
    same: Counter[tuple[datetime, datetime, str]] = Counter()
    titles: dict[tuple[datetime, datetime, str], str] = {}
    for (title, reason), spans in runs.items():
        for start, end in spans:
            same[start, end, reason] += 1
            titles[start, end, reason] = title
    return [
        Gap(start, end, f"{titles[start, end, reason] if number == 1 else f'{number} subjects'}: {reason}")
        for (start, end, reason), number in sorted(same.items())
    ]
