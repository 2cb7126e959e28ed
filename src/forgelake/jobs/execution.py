"""One run of a job, from its begin to however it ended; the caller holds the job's lease."""

from dataclasses import dataclass
from datetime import timedelta

import structlog

from forgelake.jobs.job import Job, Known, Turn
from forgelake.jobs.schedule import next_after, wait
from forgelake.model.errors import ConfigurationError, ForgelakeError, RetryError, UsageError
from forgelake.pipelines.clock import Clock
from forgelake.pipelines.context import Context
from forgelake.pipelines.record import Record, in_words, recorded
from forgelake.state.jobs import Ended, JobRow
from forgelake.state.owners import Owner
from forgelake.state.runs import RunStatus

GONE = "its worker went away in the middle; it is tried again"

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Execution:
    """Runs jobs of one lake.

    Attributes:
        jobs: all of them; some run after others.
        clock: the real time, and the wish to end.
        lasting: seconds of a run that lasts; None means until the schedule's next time.
    """

    context: Context
    jobs: Known
    clock: Clock
    lasting: float | None = None

    def run(self, job: Job, row: JobRow, cause: str) -> Ended:
        """Run a job and note how it went.

        Raises:
            RetryError: the state does not answer, so that nothing could be noted.
        """
        now, owner = self.context.clock(), Owner.current()
        next_at = next_after(self.context.settings.jobs.of(job.name).schedule, now)
        self.context.state.jobs.begin(job.name, owner.run_id, now, next_at)
        until = next_at if self.lasting is None else now + timedelta(seconds=self.lasting)
        turn = Turn(self.context, self.clock, until if job.lasts else None)
        ended = self._ended(job, turn, row, (owner, cause))
        if not self.context.state.jobs.end(job.name, owner.run_id, ended, self.context.clock()):
            _log.warning("another worker took the job over while it ran", job=job.name, run_id=owner.run_id)
        return ended

    def take_over(self, row: JobRow) -> None:
        """Note that a run went away without saying how it ended."""
        if row.run_id is None:
            return
        now = self.context.clock()
        retry_at = now + wait(row.failures + 1, self.context.settings.jobs)
        self.context.state.runs.give_up(row.run_id, GONE)
        self.context.state.jobs.end(row.name, row.run_id, Ended(RunStatus.INTERRUPTED, GONE, retry_at), now)
        _log.warning("job was interrupted", job=row.name, run_id=row.run_id, retry_at=retry_at.isoformat())

    def _ended(self, job: Job, turn: Turn, row: JobRow, begun: tuple[Owner, str]) -> Ended:
        owner, cause = begun
        try:
            with recorded(self.context, job.title, {}, owner=owner, cause=cause) as record:
                missing = job.work(turn)
        except KeyboardInterrupt:
            return Ended(RunStatus.INTERRUPTED, "it was stopped before it was done", again=True)
        except ForgelakeError as error:
            return self._failed(job, str(error), row, error)
        except Exception as error:  # noqa: BLE001 - one job that breaks must not end the worker
            _log.exception("job failed", job=job.name, run_id=owner.run_id)
            told = in_words(error, str(error).partition("\n")[0], "the log has more")
            return self._failed(job, told, row, error)
        return self._done(job, missing, record)

    def _done(self, job: Job, missing: str, record: Record) -> Ended:
        status = RunStatus.DONE if record.complete else RunStatus.DONE_WITH_GAPS
        again = self.clock.stopped() and (job.lasts or not record.complete)
        wakes = self._after(job) if record.counters().slices_done else ()
        return Ended(status, missing or None, again=again, wakes=wakes)

    def _failed(self, job: Job, told: str, row: JobRow, error: Exception) -> Ended:
        retry_at = None
        # A setting or a command stays wrong until a person mends it; the schedule tries again all the same.
        if not isinstance(error, ConfigurationError | UsageError):
            asked_for = error.wait_seconds if isinstance(error, RetryError) else None
            retry_at = self.context.clock() + wait(row.failures + 1, self.context.settings.jobs, asked_for)
        _log.error("job failed", job=job.name, error=told, retry_at=retry_at.isoformat() if retry_at else None)
        return Ended(RunStatus.FAILED, told, retry_at)

    def _after(self, job: Job) -> tuple[str, ...]:
        settings = self.context.settings
        wanting = [one for one in self.jobs.values() if job.name in settings.jobs.of(one.name).after]
        return tuple(one.name for one in wanting if not one.off(self.context))
