"""What a person wants to know of the jobs: the read model of the command line, the API and the pages."""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from forgelake.jobs.job import Job, Known
from forgelake.jobs.schedule import next_time
from forgelake.jobs.worker import WORKER
from forgelake.pipelines.context import Context
from forgelake.state.jobs import JobRow, lease
from forgelake.state.leases import LeaseInfo
from forgelake.state.runs import RunStatus


class JobState(StrEnum):
    """How a job stands."""

    OFF = "off"
    """There is nothing for it to do; ``reason`` says what would change that."""
    PAUSED = "paused"
    """A person paused it; it runs only when asked for."""
    RUNNING = "running"
    FAILING = "failing"
    """Its last run failed; it is tried again."""
    WAITING = "waiting"
    """All is well; it runs when it is due."""


@dataclass(frozen=True, slots=True)
class JobStatus:
    """A job as it stands now; instants are UTC, and None means that there is none.

    Attributes:
        name, meaning: what it is.
        state: how it stands.
        reason: why it is off, in words; empty otherwise.
        schedule: its cron expression in UTC, empty without one.
        after: jobs after which it runs.
        next_at: when it runs next; in the past if it waits for a free worker.
        started_at: when its last run began, the one that is running included.
        finished_at: when its last run ended.
        last_status: how its last run ended.
        succeeded_at: when a run last ended that did not fail.
        failures: runs in a row that failed.
        error: what the last run could not do, and what to do about it; only for the operator, as it may name private
            repositories.
        paused_at: since when it is paused.
        run_id: the run that is at it now.
    """

    name: str
    meaning: str
    state: JobState
    reason: str
    schedule: str
    after: tuple[str, ...]
    next_at: datetime | None
    started_at: datetime | None
    finished_at: datetime | None
    last_status: RunStatus | None
    succeeded_at: datetime | None
    failures: int
    error: str | None
    paused_at: datetime | None
    run_id: str | None

    @property
    def words(self) -> str:
        """How it stands, for a person: a run goes on although the job was paused."""
        is_both = self.state is JobState.RUNNING and self.paused_at is not None
        return "running, paused after this" if is_both else str(self.state)


def statuses(context: Context, jobs: Known) -> list[JobStatus]:
    """All jobs, as they stand now; only reads."""
    rows = context.state.jobs.all_rows()
    held = context.state.leases.holders(lease(name) for name in jobs)
    return [_status(context, job, rows.get(job.name), held.get(lease(job.name))) for job in jobs.values()]


def live_workers(context: Context) -> list[LeaseInfo]:
    """The workers that live, wherever they are."""
    now = datetime.now(UTC)
    leases = context.state.leases.all_rows()
    return [one for one in leases if one.name.startswith(WORKER) and one.is_held(now)]


def _status(context: Context, job: Job, row: JobRow | None, held: LeaseInfo | None) -> JobStatus:
    chosen, now = context.settings.jobs.of(job.name), context.clock()
    reason = job.off(context)
    running = row is not None and row.run_id is not None and held is not None and held.is_held(datetime.now(UTC))
    if row is None:
        row = _unknown(job, chosen.schedule)
    return JobStatus(
        name=job.name,
        meaning=job.meaning,
        state=_state(row, reason, running=running),
        reason=reason,
        schedule=chosen.schedule,
        after=chosen.after,
        next_at=None if reason else next_time(row, now),
        started_at=row.started_at,
        finished_at=row.finished_at,
        last_status=row.status,
        succeeded_at=row.succeeded_at,
        failures=row.failures,
        error=row.error,
        paused_at=row.paused_at,
        run_id=row.run_id if running else None,
    )


def _state(row: JobRow, reason: str, *, running: bool) -> JobState:
    if running:
        return JobState.RUNNING
    if row.paused_at is not None:
        return JobState.PAUSED
    if reason:
        return JobState.OFF
    return JobState.FAILING if row.failures else JobState.WAITING


def _unknown(job: Job, schedule: str) -> JobRow:
    """What is known of a job that no worker has seen yet."""
    nothing = dict.fromkeys(
        ("scheduled_at", "wanted_at", "wanted_by", "retry_at", "paused_at", "run_id", "started_at", "finished_at",
         "status", "succeeded_at", "error")
    )  # fmt: skip
    return JobRow(name=job.name, schedule=schedule, failures=0, **nothing)
