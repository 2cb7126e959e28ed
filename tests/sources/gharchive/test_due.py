"""What is asked for, and what "not found" means at which time."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forgelake.model.hours import Hour
from forgelake.model.slices import SliceStatus
from forgelake.sources.gharchive import last_complete, verdict_for_404

HOUR = Hour.parse("2016-01-01T01")
MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("now", "delay", "last"),
    [
        ("2016-01-01T03:00", 0, "2016-01-01T02"),
        ("2016-01-01T02:59", 0, "2016-01-01T01"),
        ("2016-01-01T03:19", 20, "2016-01-01T01"),
        ("2016-01-01T03:20", 20, "2016-01-01T02"),
        ("2016-01-01T00:10", 20, "2015-12-31T22"),
        ("2016-01-01T03:00", 90, "2016-01-01T00"),
    ],
)
def test_the_last_hour_is_one_that_is_over_for_long_enough(now: str, delay: int, last: str) -> None:
    assert last_complete(datetime.fromisoformat(now).replace(tzinfo=UTC), delay) == Hour.parse(last)


@given(st.datetimes(datetime(2012, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC)), st.integers(0, 600))  # noqa: DTZ001
def test_the_last_hour_is_the_latest_such(now: datetime, delay: int) -> None:
    last = last_complete(now, delay)

    assert last.end + delay * MINUTE <= now < last.shifted(1).end + delay * MINUTE


def test_an_hour_is_awaited_until_its_time_is_over_and_missing_then() -> None:
    last_moment = HOUR.end + timedelta(hours=48) - MINUTE

    assert verdict_for_404(HOUR, HOUR.end, 48).status is SliceStatus.AWAITED
    assert verdict_for_404(HOUR, last_moment, 48).status is SliceStatus.AWAITED
    assert verdict_for_404(HOUR, last_moment + MINUTE, 48).status is SliceStatus.MISSING


def test_an_awaited_hour_is_asked_for_again_soon() -> None:
    status, reason, next_ask_at = verdict_for_404(HOUR, HOUR.end + 30 * MINUTE, 48)

    assert (status, next_ask_at) == (SliceStatus.AWAITED, HOUR.end + 40 * MINUTE)
    assert reason == "not published yet; awaited for 48 h after its end"


def test_an_hour_that_is_not_over_is_not_asked_for_before_its_end() -> None:
    verdict = verdict_for_404(HOUR, HOUR.start, 48)

    assert (verdict.status, verdict.reason) == (SliceStatus.AWAITED, "not over yet")
    assert verdict.next_ask_at > HOUR.end


def test_a_missing_hour_is_asked_for_ever_more_rarely_but_always_again() -> None:
    now = HOUR.end + timedelta(days=3)

    waits = [verdict_for_404(HOUR, now, 48, 6, times).next_ask_at - now for times in (1, 2, 3, 4, 5, 6, 7, 10_000)]

    assert [wait / timedelta(hours=1) for wait in waits] == [6, 12, 24, 48, 96, 168, 168, 168]


def test_a_setting_above_a_week_is_kept() -> None:
    now = HOUR.end + timedelta(days=3)

    assert verdict_for_404(HOUR, now, 48, ask_again_hours=500).next_ask_at - now == timedelta(hours=500)
