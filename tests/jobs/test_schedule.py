"""When jobs are due: times of schedules, missed runs, pauses, retries."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forgelake.jobs.schedule import LATE, RETRY, SCHEDULE, cause, is_missed, next_after, next_time, wait
from forgelake.settings.jobs import JobSettings, JobsSettings
from forgelake.state.jobs import ASKED, STOPPED, JobRow

NOW = datetime(2026, 11, 23, 6, 30, tzinfo=UTC)
IDLE = JobRow("a", "0 * * * *", NOW + timedelta(minutes=30), *([None] * 3), 0, *([None] * 7))  # type: ignore[arg-type]

instants = st.datetimes(datetime(2012, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
numbers = st.integers


@st.composite
def simple(draw: st.DrawFn) -> tuple[str, int, int]:
    """A schedule of one time a day, with its hour and minute."""
    hour, minute = draw(numbers(0, 23)), draw(numbers(0, 59))
    return f"{minute} {hour} * * *", hour, minute


@given(simple(), instants)
def test_a_daily_schedule_comes_once_in_every_day_and_never_early(daily: tuple[str, int, int], now: datetime) -> None:
    schedule, hour, minute = daily
    found = next_after(schedule, now)
    assert found is not None
    assert (found.hour, found.minute, found.second, found.microsecond, found.tzinfo) == (hour, minute, 0, 0, UTC)
    assert timedelta() < found - now <= timedelta(days=1)
    assert next_after(schedule, found) == found + timedelta(days=1)


@given(numbers(1, 31), instants)
def test_a_day_that_a_month_does_not_have_is_left_out(day: int, now: datetime) -> None:
    found = next_after(f"0 3 {day} * *", now)
    assert found is not None
    assert found.day == day
    assert found > now
    assert found - now <= timedelta(days=62)


def test_the_last_day_of_a_month_follows_its_length() -> None:
    found = [next_after("0 3 L * *", datetime(2027, month, 1, tzinfo=UTC)) for month in (1, 2, 4)]
    assert [instant.day for instant in found if instant] == [31, 28, 30]
    leap = next_after("0 3 29 2 *", NOW)
    assert leap == datetime(2028, 2, 29, 3, tzinfo=UTC)


def test_nights_on_which_clocks_change_have_every_hour_once() -> None:
    # Both nights on which European clocks changed in 2026.
    for night in (datetime(2026, 3, 28, 22, tzinfo=UTC), datetime(2026, 10, 24, 22, tzinfo=UTC)):
        times, now = list[datetime](), night
        for _ in range(8):
            found = next_after("30 * * * *", now)
            assert found is not None
            times.append(now := found)
        assert [time - night for time in times] == [timedelta(hours=n, minutes=30) for n in range(8)]


@pytest.mark.parametrize(
    "bad", ["every day", "* * * *", "0 0 31 2 *", "61 * * * *", "* * * * * *", "@daily", "0 24 * * *", "5-1 * * * *"]
)
def test_what_is_no_schedule_is_refused_with_a_good_one(bad: str) -> None:
    with pytest.raises(ValueError, match=r"25 \* \* \* \*|never comes"):
        JobSettings(schedule=bad)


def test_a_job_may_have_no_schedule() -> None:
    assert JobSettings(schedule="Never").schedule == ""
    assert JobSettings(schedule=" 5   4 * * * ").schedule == "5 4 * * *"
    assert next_after("", NOW) is None


def test_a_job_is_due_when_its_schedule_a_retry_or_a_wish_says_so() -> None:
    assert cause(IDLE, NOW) is None
    assert cause(IDLE, NOW + timedelta(minutes=30)) == SCHEDULE
    assert cause(replace(IDLE, retry_at=NOW), NOW) == RETRY
    assert cause(replace(IDLE, wanted_at=NOW, wanted_by=ASKED), NOW) == ASKED
    assert cause(replace(IDLE, wanted_at=NOW, wanted_by="after b"), NOW) == "after b"


def test_of_a_paused_job_only_what_a_person_asks_for_is_done() -> None:
    paused = replace(IDLE, paused_at=NOW, scheduled_at=NOW, retry_at=NOW)
    assert cause(paused, NOW) is None
    assert next_time(paused, NOW) is None
    assert cause(replace(paused, wanted_at=NOW, wanted_by=STOPPED), NOW) is None
    assert cause(replace(paused, wanted_at=NOW, wanted_by=ASKED), NOW) == ASKED


@given(st.timedeltas(timedelta(), timedelta(days=400)))
def test_missed_runs_are_one_run_or_none(late: timedelta) -> None:
    row, now = replace(IDLE, scheduled_at=NOW), NOW + late
    assert cause(row, now) == SCHEDULE
    assert not is_missed(row, JobSettings(missed="once"), now)
    assert is_missed(row, JobSettings(missed="skip"), now) == (late > LATE)
    # What is asked for, or tried again, was not missed.
    asked = replace(row, wanted_at=now, wanted_by=ASKED)
    assert not is_missed(asked, JobSettings(missed="skip"), now)
    assert not is_missed(replace(row, retry_at=now), JobSettings(missed="skip"), now)


@given(numbers(1, 1000), st.none() | st.floats(0, 100_000))
def test_the_wait_doubles_up_to_a_bound_unless_more_is_asked_for(failures: int, asked_for: float | None) -> None:
    chosen = JobsSettings(retry_seconds=60, retry_max_seconds=3600)
    seconds = wait(failures, chosen, asked_for).total_seconds()
    assert seconds == pytest.approx(max(min(3600, 60 * 2 ** min(failures - 1, 10)), asked_for or 0))


def test_the_next_time_is_the_earliest_of_schedule_and_retry() -> None:
    assert next_time(IDLE, NOW) == IDLE.scheduled_at
    assert next_time(replace(IDLE, retry_at=NOW + timedelta(minutes=5)), NOW) == NOW + timedelta(minutes=5)
    assert next_time(replace(IDLE, scheduled_at=None), NOW) is None
    overdue = replace(IDLE, scheduled_at=NOW - timedelta(hours=5))
    assert next_time(overdue, NOW) == overdue.scheduled_at
