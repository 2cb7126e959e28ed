"""The sections [jobs] and [jobs.NAME] of forgelake.toml: what runs by itself, and when.

A further job is a class here, a field of ``JobsSettings`` and a line in ``forgelake.app.jobs``.
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Final, Literal

from cronsim import CronSim, CronSimError
from pydantic import AfterValidator, BeforeValidator, Field

from forgelake.settings.alerts import Names as Channels
from forgelake.settings.github import Repos
from forgelake.settings.sections import Section
from forgelake.settings.values import Lower

FIELDS: Final = 5
_NAME: Final = re.compile(r"[a-z][a-z0-9_]*")
_LONG_AGO: Final = datetime(2000, 1, 1, tzinfo=UTC)


def _schedule(text: str) -> str:
    expression = " ".join(text.split())
    if expression.lower() in {"", "never"}:
        return ""
    message = f'"{text}" is no schedule; write minute, hour, day, month and weekday like "25 * * * *", or never'
    if len(expression.split()) != FIELDS:
        raise ValueError(message)
    try:
        next(CronSim(expression, _LONG_AGO))
    except CronSimError as error:
        message = f"{message} ({str(error).lower()})"
        raise ValueError(message) from None
    except StopIteration:
        message = f"{message}; that day never comes"
        raise ValueError(message) from None
    return expression


def _names(value: object) -> object:
    listed = value.split() if isinstance(value, str) else value
    if not isinstance(listed, Sequence) or not all(isinstance(one, str) and _NAME.fullmatch(one) for one in listed):
        message = "write a list of names of jobs like collect_traffic"
        raise ValueError(message)
    return tuple(dict.fromkeys(listed))


Schedule = Annotated[str, AfterValidator(_schedule)]
"""A cron expression of five fields, in UTC, with one space between them; or nothing."""

After = Annotated[tuple[str, ...], BeforeValidator(_names)]
Missed = Annotated[Literal["once", "skip"], Lower]

_SCHEDULE: Final = "when it runs: a cron expression in UTC; empty or never means at no set time"
_AFTER: Final = "jobs after which it runs when they brought something"
_MISSED: Final = "what becomes of runs that were missed: made up for by one (once), or left out (skip)"


class JobSettings(Section):
    """When a job runs."""

    schedule: Schedule = Field("", description=_SCHEDULE)
    after: After = Field((), description=_AFTER)
    missed: Missed = Field("once", description=_MISSED)


class CollectGharchiveJob(JobSettings):
    """GH Archive hours, from the bookmark on, and gaps that are due again."""

    schedule: Schedule = Field("25 * * * *", description=_SCHEDULE)


class CollectEventsJob(JobSettings):
    """Live events; each run lasts until the schedule's next time."""

    schedule: Schedule = Field("0 * * * *", description=_SCHEDULE)


class CollectReposJob(JobSettings):
    """Snapshots of tracked repositories, topics and searches; a further run on a day brings what the first missed."""

    schedule: Schedule = Field("10 1,9,17 * * *", description=_SCHEDULE)


class CollectStarsJob(JobSettings):
    """The history of stars of tracked repositories."""

    schedule: Schedule = Field("40 1,13 * * *", description=_SCHEDULE)


class CollectTrafficJob(JobSettings):
    """Traffic of tracked repositories; three tries a day, because GitHub forgets it."""

    schedule: Schedule = Field("20 2,10,18 * * *", description=_SCHEDULE)


class CollectAccountsJob(JobSettings):
    """Commits and requests of people's active repositories."""

    schedule: Schedule = Field("*/15 * * * *", description=_SCHEDULE)


class ExportTrafficJob(JobSettings):
    """Traffic as files for other tools."""

    after: After = Field(("collect_traffic",), description=_AFTER)
    to: str = Field("", description="folder or s3://bucket/prefix that the files go to; empty means no export")
    format: Annotated[Literal["csv", "parquet"], Lower] = Field("csv", description="csv or parquet")


class CompactJob(JobSettings):
    """Days that are over get few sorted files; at an hour when little is asked and little collected."""

    schedule: Schedule = Field("40 3 * * *", description=_SCHEDULE)


class CheckAlertsJob(JobSettings):
    """Alerts: whether they hold, and telling their channels."""

    schedule: Schedule = Field("50 * * * *", description=_SCHEDULE)
    after: After = Field(("collect_gharchive", "collect_repos", "collect_stars", "collect_traffic"), description=_AFTER)


class WeeklyDigestJob(JobSettings):
    """The week that is over, as a mail or message; the page is there without it."""

    schedule: Schedule = Field("0 7 * * 1", description=_SCHEDULE)
    to: Channels = Field((), description="channels that it goes to, by their names; empty means no digest")
    repos: Repos = Field((), description="repositories that it is about: owner/name; empty means all that are tracked")


class MakeAnswersJob(JobSettings):
    """Answers that take long, when somebody asks for one; by the schedule it forgets those whose time is over."""

    schedule: Schedule = Field("35 * * * *", description=_SCHEDULE)


class WeeklyFeedbackJob(JobSettings):
    """The week that is over, mailed to each person who asked for their own; the page is there without it."""

    schedule: Schedule = Field("30 7 * * 1", description=_SCHEDULE)


class JobsSettings(Section):
    """What runs by itself under ``forgelake up`` and ``forgelake worker``."""

    at_once: int = Field(3, ge=1, le=64, description="jobs that one worker runs at the same time")
    retry_seconds: float = Field(60, gt=0, description="seconds until a failed job is tried again; doubled each time")
    retry_max_seconds: float = Field(3600, gt=0, description="seconds that the wait for a further try never exceeds")
    slice_tries: int = Field(
        5, ge=1, description="times that work on an archive hour may end with its run before the hour is set aside"
    )
    collect_gharchive: CollectGharchiveJob = Field(default_factory=CollectGharchiveJob)
    collect_events: CollectEventsJob = Field(default_factory=CollectEventsJob)
    collect_repos: CollectReposJob = Field(default_factory=CollectReposJob)
    collect_stars: CollectStarsJob = Field(default_factory=CollectStarsJob)
    collect_traffic: CollectTrafficJob = Field(default_factory=CollectTrafficJob)
    collect_accounts: CollectAccountsJob = Field(default_factory=CollectAccountsJob)
    export_traffic: ExportTrafficJob = Field(default_factory=ExportTrafficJob)
    compact: CompactJob = Field(default_factory=CompactJob)
    check_alerts: CheckAlertsJob = Field(default_factory=CheckAlertsJob)
    weekly_digest: WeeklyDigestJob = Field(default_factory=WeeklyDigestJob)
    make_answers: MakeAnswersJob = Field(default_factory=MakeAnswersJob)
    weekly_feedback: WeeklyFeedbackJob = Field(default_factory=WeeklyFeedbackJob)

    def of(self, name: str) -> JobSettings:
        """When a job runs; a job without a section of its own runs only when asked for."""
        found = getattr(self, name, None)
        return found if isinstance(found, JobSettings) else JobSettings()
