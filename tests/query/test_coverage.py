"""Which hours of a period ought to be there, and which are, by the hour of their events."""

from dataclasses import replace
from datetime import timedelta

import pytest

from forgelake.metrics.case_lake import case_lake
from forgelake.model.coverage import percent
from forgelake.model.hours import Hour
from forgelake.model.period import Period
from forgelake.model.slices import SliceStatus
from forgelake.query.coverage import HourCoverage, between, summary
from forgelake.state.ledger_rows import LedgerRow

LATER = Hour.parse("2020-01-01").start


def row(name: str, events_at: str | None = None, status: SliceStatus = SliceStatus.RECEIVED) -> LedgerRow:
    """A slice named for an hour, with events in another one."""
    hour = Hour.parse(name)
    period = Period(hour.start, hour.end)
    with case_lake([], [hour]) as snapshot:
        made = snapshot.ledger("gharchive", period)[0]
    first = Hour.parse(events_at).start if events_at else None
    last = first + timedelta(minutes=59) if first else None
    return replace(made, status=status, reason=None, first_event=first, last_event=last)


def hours(rows: list[LedgerRow], first: str, end: str) -> list[HourCoverage]:
    """Coverage of a period long ago."""
    return between(rows, Period(Hour.parse(first).start, Hour.parse(end).start), LATER)


def received(found: list[HourCoverage]) -> list[str]:
    """The hours that are there."""
    return [str(hour.hour) for hour in found if hour.received]


def test_hours_named_in_pacific_time_count_for_the_hour_of_their_events() -> None:
    winter = row("2013-02-15T00", "2013-02-15T08")
    summer = row("2012-04-11T15", "2012-04-11T22")
    assert received(hours([winter], "2013-02-15", "2013-02-16")) == ["2013-02-15T08"]
    assert received(hours([summer], "2012-04-11", "2012-04-12")) == ["2012-04-11T22"]


def test_an_hour_of_those_years_that_is_missing_is_as_far_off_as_its_neighbours() -> None:
    rows = [
        row("2013-02-15T00", "2013-02-15T08"),
        row("2013-02-15T01", status=SliceStatus.MISSING),
        row("2013-02-15T02", "2013-02-15T10"),
    ]
    found = hours(rows, "2013-02-15T08", "2013-02-15T11")
    assert [(str(hour.hour), hour.reason) for hour in found if not hour.received] == [("2013-02-15T09", "missing")]


def test_an_hour_that_is_missing_first_is_as_far_off_as_the_next() -> None:
    rows = [row("2013-02-14T23", status=SliceStatus.REFUSED), row("2013-02-15T00", "2013-02-15T08")]
    assert [hour.reason for hour in hours(rows, "2013-02-15T07", "2013-02-15T09")] == ["refused", ""]


def test_since_2015_names_are_believed_whatever_the_events_say() -> None:
    late = row("2025-06-01T05", "2025-06-01T02")
    assert received(between([late], Period(late.start, late.end), late.end)) == ["2025-06-01T05"]


@pytest.mark.parametrize("events_at", ["2011-02-15T00", None])
def test_names_of_2011_agree_with_their_events(events_at: str | None) -> None:
    assert received(hours([row("2011-02-15T00", events_at)], "2011-02-15", "2011-02-16")) == ["2011-02-15T00"]


def test_nothing_is_expected_before_the_archive_or_in_the_future() -> None:
    now = Hour.parse("2016-01-01T05").start + timedelta(minutes=30)
    start = Hour.parse("2011-02-11").start
    assert summary(between([], Period(start, start + timedelta(days=2)), now)).expected == 24
    period = Period(Hour.parse("2016-01-01").start, Hour.parse("2016-01-02").start)
    assert summary(between([], period, now)).expected == 5
    assert between([], Period(period.end, period.end + timedelta(days=1)), now) == []
    assert summary(between([], period, now)).share == 0
    assert summary(between([], Period(start, start), now)).share is None


def test_an_hour_that_the_clock_does_not_know_of_yet_counts_when_it_was_received() -> None:
    period = Period(Hour.parse("2016-01-01").start, Hour.parse("2016-01-02").start)
    assert summary(between([row("2016-01-01T03")], period, period.start)).expected == 4


def test_an_hour_that_the_period_only_touches_is_expected() -> None:
    start = Hour.parse("2016-01-01").start
    period = Period(start + timedelta(minutes=30), start + timedelta(minutes=90))
    assert [str(hour.hour) for hour in between([], period, LATER)] == ["2016-01-01T00", "2016-01-01T01"]


@pytest.mark.parametrize(
    ("share", "words"), [(1.0, "100%"), (8759 / 8760, "99.9%"), (0.99999, "99.9%"), (0.125, "12.5%"), (0.0, "0.0%")]
)
def test_a_share_is_never_called_all_unless_it_is(share: float, words: str) -> None:
    assert percent(share) == words
