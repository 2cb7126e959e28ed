"""The coverage calendar: days by hours, each with what became of it; a cell leads to the reason."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby

from forgelake.model.counted import counted
from forgelake.model.coverage import Coverage
from forgelake.model.period import Period
from forgelake.model.slices import SliceStatus
from forgelake.pages.numbers import exact, instant
from forgelake.pages.panel import received
from forgelake.pages.site import Site
from forgelake.query.coverage import HourCoverage, summary

_SIGNS = {"received": "■", "rejects": "◪", "empty": "·", "awaited": "○", "missing": "\u00d7"}
"""What a cell shows, so that it does not depend on colour."""

LEGEND = (
    ("received", "received"),
    ("rejects", "received, with rejects"),
    ("awaited", "not published yet"),
    ("missing", "missing"),
)


@dataclass(frozen=True, slots=True)
class HourCell:
    """An hour: ``state`` is its class, ``words`` what became of it."""

    hour: int
    state: str
    sign: str
    words: str


@dataclass(frozen=True, slots=True)
class DayRow:
    """A day with its hours, None where none was expected; ``href`` leads to the day's page."""

    day: date
    cells: Sequence[HourCell | None]
    received: int
    expected: int
    events: int
    href: str | None


@dataclass(frozen=True, slots=True)
class Calendar:
    """Days, the newest first; ``words`` say how complete they are, and which hours that counts."""

    days: Sequence[DayRow]
    coverage: Coverage
    words: str


def calendar(site: Site, period: Period) -> Calendar:
    """The calendar of a period."""
    hours = site.snapshot.hours(period, site.now)
    by_day = groupby(hours, key=lambda hour: hour.start.date())
    rows = [_row(site, day, list(found)) for day, found in by_day]
    coverage = summary(hours)
    span = f", {instant(hours[0].start)} to {instant(hours[-1].end)}" if hours else ""
    return Calendar(rows[::-1], coverage, received(coverage) + span)


def expected(site: Site, period: Period) -> Period:
    """The stretch of a period in which pages expect archive hours: since the first that was asked for, a day at least.

    Whoever began yesterday misses nothing of last year; what was asked for and did not come is a gap.
    """
    begun = period.start if site.asked_since is None else site.asked_since
    return Period(max(period.start, min(begun, period.end - timedelta(days=1))), period.end)


def state_of(hour: HourCoverage) -> str:
    """The class of an hour's cell."""
    if hour.received:
        return "rejects" if hour.rejected else "received"
    if hour.status in (SliceStatus.AWAITED, SliceStatus.LANDED):
        return "awaited"
    return "empty" if hour.status is SliceStatus.EMPTY else "missing"


def words_of(hour: HourCoverage) -> str:
    """What became of an hour."""
    if not hour.received:
        return hour.reason
    rejected = f", {exact(hour.rejected)} rejected" if hour.rejected else ""
    return f"{counted(hour.events, 'event')}{rejected}"


def _row(site: Site, day: date, hours: Sequence[HourCoverage]) -> DayRow:
    cells = {hour.start.hour: _cell(hour) for hour in hours}
    return DayRow(
        day,
        [cells.get(number) for number in range(24)],
        _count(hours),
        len(hours),
        sum(hour.events for hour in hours),
        site.addresses.page("status", day.isoformat()),
    )


def _cell(hour: HourCoverage) -> HourCell:
    state = state_of(hour)
    return HourCell(hour.start.hour, state, _SIGNS[state], f"{hour.start:%Y-%m-%d %H}:00 UTC: {words_of(hour)}")


def _count(hours: Iterable[HourCoverage]) -> int:
    return sum(hour.received for hour in hours)
