"""When a job is due. Pure: what is known of the job and the time decide, and nothing is asked."""

from datetime import UTC, datetime, timedelta
from typing import Final

from cronsim import CronSim

from forgelake.settings.jobs import JobSettings, JobsSettings
from forgelake.state.jobs import ASKED, JobRow

SCHEDULE: Final = "schedule"
RETRY: Final = "retry"

LATE: Final = timedelta(minutes=15)
"""A run that could not begin within this time after the schedule wanted it counts as missed."""


def next_after(schedule: str, instant: datetime) -> datetime | None:
    """The first time of a schedule after an instant, in UTC; None without a schedule."""
    if not schedule:
        return None
    # Whole seconds only: CronSim would otherwise answer with the instant itself, cut.
    return next(CronSim(schedule, instant.astimezone(UTC)))


def first_time(chosen: JobSettings, now: datetime) -> datetime | None:
    """When a job that was never seen before runs first: at once, unless missed runs are left out."""
    if not chosen.schedule:
        return None
    return now if chosen.missed == "once" else next_after(chosen.schedule, now)


def cause(row: JobRow, now: datetime) -> str | None:
    """Why a job is due now; None if it is not. Of a paused one only what a person asks for is done."""
    paused = row.paused_at is not None
    if row.wanted_at is not None and (row.wanted_by == ASKED or not paused):
        return row.wanted_by
    if paused:
        return None
    if row.retry_at is not None and row.retry_at <= now:
        return RETRY
    if row.scheduled_at is not None and row.scheduled_at <= now:
        return SCHEDULE
    return None


def is_missed(row: JobRow, chosen: JobSettings, now: datetime) -> bool:
    """Whether nothing but the schedule wants a run, and that too long ago for a job that leaves out missed runs."""
    if chosen.missed != "skip" or cause(row, now) != SCHEDULE or row.scheduled_at is None:
        return False
    return now - row.scheduled_at > LATE


def next_time(row: JobRow, now: datetime) -> datetime | None:
    """When a job runs next, as far as that is known; a time that has passed means as soon as a worker is free."""
    if cause(row, now) is not None:
        times = [row.wanted_at, row.retry_at, row.scheduled_at]
        return min(time for time in times if time is not None and time <= now)
    if row.paused_at is not None:
        return None
    return min((time for time in (row.retry_at, row.scheduled_at) if time is not None), default=None)


def wait(failures: int, chosen: JobsSettings, asked_for: float | None = None) -> timedelta:
    """How long a job waits after it failed that often in a row, this time included, before it is tried again.

    Args:
        asked_for: seconds that the other side wants to be left alone.
    """
    doublings = min(max(failures - 1, 0), 30)
    seconds = min(chosen.retry_max_seconds, chosen.retry_seconds * 2**doublings)
    return timedelta(seconds=max(seconds, asked_for or 0.0))
