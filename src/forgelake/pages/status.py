"""Status: what ran and how it ended, what the forges leave, and what became of every hour."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from forgelake.alerts.status import AlertStatus
from forgelake.alerts.status import statuses as alert_statuses
from forgelake.jobs.status import JobStatus, live_workers, statuses
from forgelake.metrics.values import ParameterError
from forgelake.model.period import Period, midnight
from forgelake.pages.calendar import LEGEND, calendar, expected, state_of, words_of
from forgelake.pages.home import freshness
from forgelake.pages.numbers import ago, exact, instant
from forgelake.pages.page import Page
from forgelake.pages.panel import received
from forgelake.pages.site import Site
from forgelake.pipelines import tokens
from forgelake.query.coverage import HourCoverage
from forgelake.state.runs import RunRow, RunStatus

RUNS: Final = 15
MOST_DAYS: Final = 92
LISTED_GAPS: Final = 50
_MEANINGS: Final = {
    RunStatus.RUNNING: "running",
    RunStatus.DONE: "done",
    RunStatus.DONE_WITH_GAPS: "done, with gaps",
    RunStatus.FAILED: "failed",
    RunStatus.INTERRUPTED: "interrupted",
}


@dataclass(frozen=True, slots=True)
class ShownRun:
    """A run as a line of the table."""

    job: str
    started: str
    took: str
    state: str
    words: str
    events: str
    rejected: str
    error: str


@dataclass(frozen=True, slots=True)
class ShownJob:
    """A job as a line of the table."""

    name: str
    meaning: str
    state: str
    state_words: str
    schedule: str
    succeeded: str
    next: str
    words: str
    is_paused: bool


@dataclass(frozen=True, slots=True)
class ShownAlert:
    """An alert as a line of the table."""

    name: str
    state: str
    since: str
    words: str
    channels: str


@dataclass(frozen=True, slots=True)
class ShownHour:
    """An archive hour with everything that the ledger says of it."""

    number: int
    name: str
    state: str
    words: str
    origins: str
    events: str
    rejected: str


def status(site: Site, given: Mapping[str, str], *, secrets: bool, tested: Sequence[str] = ()) -> Page:
    """The page.

    Args:
        secrets: whether errors are shown, which may name private repositories.
        tested: how a test of channels went, in words.

    Raises:
        ParameterError: the query names no period.
    """
    period = site.chosen({"period": "30d", **given})
    last = period.period.end
    whole = Period(max(period.period.start, last - timedelta(days=MOST_DAYS)), last)
    days = expected(site, whole)
    found = calendar(site, days)
    values = {
        "period": period,
        "freshness": freshness(site),
        "calendar": found,
        "legend": LEGEND,
        "is_younger": days.start > whole.start,
        "gaps": [(gap, _day_of(site, gap.start)) for gap in reversed(found.coverage.gaps[-LISTED_GAPS:])],
        "gaps_left_out": max(0, len(found.coverage.gaps) - LISTED_GAPS),
        "jobs": [_job(one, site.now, secrets=secrets) for one in statuses(site.context, site.jobs)],
        "workers": len(live_workers(site.context)) if site.jobs else 0,
        "alerts": [_alert(one) for one in alert_statuses(site.context)] if secrets else [],
        "tested": tested,
        "runs": [_shown(row, site.now, secrets=secrets) for row in site.context.state.runs.recent(RUNS)],
        "budgets": _budgets(site) if secrets else [],
        "permissions": tokens.permissions(site.context) if secrets else [],
        "secrets": secrets,
    }
    return Page("status", "Status", ("status",), values, period.query)


def day(site: Site, text: str) -> Page:
    """One day's hours, each with what became of it.

    Raises:
        ParameterError: it is no day.
    """
    try:
        wanted = date.fromisoformat(text)
    except ValueError as error:
        raise ParameterError(parameter="day", value=text, good="a day, e.g. 2016-01-31") from error
    start = midnight(wanted)
    period = Period(start, start + timedelta(days=1))
    hours = site.snapshot.hours(period, site.now)
    found = calendar(site, period)
    values = {
        "day": wanted,
        "received": received(found.coverage),
        "hours": [_hour(hour) for hour in hours],
        "around": [(other, _day_of(site, midnight(other))) for other in (_step(wanted, -1), _step(wanted, 1))],
    }
    return Page("day", f"{wanted}, hour by hour", ("status", wanted.isoformat()), values)


def _hour(hour: HourCoverage) -> ShownHour:
    return ShownHour(
        hour.start.hour,
        hour.hour.name,
        state_of(hour),
        words_of(hour),
        ", ".join(hour.origins),
        exact(hour.events) if hour.received else "",
        exact(hour.rejected) if hour.rejected else "",
    )


def _job(status: JobStatus, now: datetime, *, secrets: bool) -> ShownJob:
    trouble = status.error if secrets else "see: forgelake jobs"
    words = status.reason or (trouble or "" if status.error else "")
    after = f"after {', '.join(status.after)}" if status.after else ""
    return ShownJob(
        status.name,
        status.meaning,
        str(status.state),
        status.words,
        " · ".join(part for part in (status.schedule, after) if part),
        ago(now - status.succeeded_at) if status.succeeded_at else "never",
        "" if status.next_at is None else instant(status.next_at),
        words,
        status.paused_at is not None,
    )


def _alert(status: AlertStatus) -> ShownAlert:
    since = f"not known since {instant(status.unknown_since)}" if status.unknown_since else ""
    parts = (since, status.words, status.error)
    return ShownAlert(
        status.name,
        status.state,
        instant(status.since) if status.since else "",
        "; ".join(part for part in parts if part),
        ", ".join(status.channels),
    )


def _shown(row: RunRow, now: datetime, *, secrets: bool) -> ShownRun:
    took = (row.finished_at or now) - row.started_at
    hidden = "see: forgelake runs" if row.error else ""
    return ShownRun(
        row.job,
        instant(row.started_at),
        _span(took),
        str(row.status),
        _MEANINGS[row.status],
        exact(row.events),
        exact(row.rejected),
        (row.error or "") if secrets else hidden,
    )


def _span(span: timedelta) -> str:
    seconds = max(0, int(span.total_seconds()))
    hours, minutes = seconds // 3600, seconds // 60 % 60
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {seconds % 60} s" if minutes else f"{seconds} s"


def _budgets(site: Site) -> Sequence[Mapping[str, Any]]:
    return [{name: exact(value) for name, value in row.items()} for row in tokens.budgets(site.context)]


def _day_of(site: Site, when: datetime) -> str | None:
    return site.addresses.page("status", when.date().isoformat())


def _step(wanted: date, days: int) -> date:
    """The day before or after; the calendar's own ends lead nowhere."""
    if wanted in (date.min, date.max):
        return wanted
    return wanted + timedelta(days=days)
