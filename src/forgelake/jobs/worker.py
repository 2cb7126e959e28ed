"""A worker: looks every second for jobs that are due, and runs each in a thread of its own.

There is no scheduler beside the workers: whoever is first to hold a job's lease runs it. So a job runs once however
many workers there are, and goes on as long as one of them lives.
"""

import threading
import time
from contextvars import Context as Variables
from datetime import UTC, datetime
from typing import Final

import structlog

from forgelake.jobs.execution import Execution
from forgelake.jobs.job import Job
from forgelake.jobs.schedule import cause, first_time, is_missed, next_after
from forgelake.model.errors import RetryError
from forgelake.state.heartbeat import Heartbeat
from forgelake.state.jobs import Ended, JobRow, lease
from forgelake.state.owners import Owner
from forgelake.state.runs import RunStatus

LEASE_TTL_SECONDS: Final = 60.0
LOOK_EVERY_SECONDS: Final = 1.0
GOODBYE_SECONDS: Final = 8.0
"""How long runs may take to end after the worker was told to stop; what has not ended then is done again later."""

WORKER: Final = "worker/"
"""Begins the names of the leases by which workers that live are known."""

_log = structlog.get_logger()


class Worker:
    """Runs jobs until its clock says that it is over."""

    def __init__(self, execution: Execution, *, look_every: float = LOOK_EVERY_SECONDS) -> None:
        self.owner = Owner.current()
        self._execution = execution
        self._context = execution.context
        self._state = execution.context.state
        self._look_every = look_every
        self._threads: dict[str, threading.Thread] = {}
        self._held: set[str] = set()

    def run(self, *, until_idle: bool = False) -> bool:
        """Run what becomes due, until stopped.

        Args:
            until_idle: end when nothing is due and nothing runs.

        Returns:
            Whether every run came to its end; if not, the process should end now, with its threads.
        """
        self._state.leases.sweep(WORKER, datetime.now(UTC))
        self._state.leases.acquire([self._name], self.owner, LEASE_TTL_SECONDS, datetime.now(UTC))
        _log.info("worker began", worker=self.owner.run_id, jobs=self._execution.context.settings.jobs.at_once)
        with Heartbeat(self._state.leases, self.owner, LEASE_TTL_SECONDS):
            while not self._execution.clock.stopped():
                begun = self._look()
                if until_idle and not begun and not self._threads:
                    break
                self._execution.clock.sleep(self._look_every)
            ended = self._finish()
        _log.info("worker ended", worker=self.owner.run_id, everything_ended=ended)
        return ended

    @property
    def _name(self) -> str:
        return f"{WORKER}{self.owner.run_id}"

    def _look(self) -> bool:
        """Begin what is due, as far as there is room; returns whether anything was begun or could not be looked at."""
        try:
            self._reap()
            rows = self._state.jobs.all_rows()
            running = [lease(name) for name, row in rows.items() if row.run_id is not None]
            at_it = self._state.leases.holders(running) if running else {}
            taken = {
                name for name, held in at_it.items() if held.owner != self.owner and held.is_held(datetime.now(UTC))
            }
            free = [job for job in self._execution.jobs.values() if lease(job.name) not in taken]
            return bool([job for job in free if self._consider(job, rows.get(job.name))])
        except RetryError as error:
            _log.warning("the state does not answer; looking again", error=str(error))
            return True

    def _consider(self, job: Job, seen: JobRow | None) -> bool:
        """Begin a job if it is due and nobody is at it."""
        settings = self._context.settings
        if job.name in self._threads or len(self._threads) >= settings.jobs.at_once:
            return False
        known = seen is not None and seen.schedule == settings.jobs.of(job.name).schedule
        # Last, because some jobs look into the state for it.
        if (known and not self._wants(seen)) or job.off(self._context):
            return False
        claimed = self._state.leases.acquire([lease(job.name)], self.owner, LEASE_TTL_SECONDS, datetime.now(UTC))
        if not claimed:
            return False
        self._held.add(job.name)
        # Read after claiming: another worker may have done it a moment ago.
        return self._begin(job, self._row(job))

    def _wants(self, row: JobRow | None) -> bool:
        """Whether a job is due, or was left by a worker that is gone."""
        return row is not None and (row.run_id is not None or cause(row, self._context.clock()) is not None)

    def _begin(self, job: Job, row: JobRow) -> bool:
        if row.run_id is not None:
            self._execution.take_over(row)
            return True
        chosen, now = self._context.settings.jobs.of(job.name), self._context.clock()
        if is_missed(row, chosen, now):
            _log.warning("a missed run is left out", job=job.name, scheduled_at=str(row.scheduled_at))
            self._state.jobs.reschedule(job.name, chosen.schedule, next_after(chosen.schedule, now))
            return True
        why = cause(row, now)
        if why is None:
            return False
        thread = threading.Thread(target=self._run, args=(job, row, why), name=job.name, daemon=True)
        self._threads[job.name] = thread
        thread.start()
        return True

    def _row(self, job: Job) -> JobRow:
        """What is known of a job, its schedule as the settings say it now."""
        chosen, now = self._context.settings.jobs.of(job.name), self._context.clock()
        row = self._state.jobs.get(job.name)
        if row is None:
            self._state.jobs.add(job.name, chosen.schedule, first_time(chosen, now))
        elif row.schedule != chosen.schedule:
            self._state.jobs.reschedule(job.name, chosen.schedule, next_after(chosen.schedule, now))
        else:
            return row
        return self._row(job)

    def _run(self, job: Job, row: JobRow, why: str) -> None:
        # In variables of its own, so that nothing that a run binds to the log reaches another.
        try:
            Variables().run(self._execution.run, job, row, why)
        except RetryError as error:
            _log.warning("how a job went could not be noted", job=job.name, error=str(error))

    def _reap(self) -> None:
        """Give back what has ended. A lease that cannot be given back now is tried again at the next look."""
        for name in [name for name, thread in self._threads.items() if not thread.is_alive()]:
            del self._threads[name]
        done = self._held - self._threads.keys()
        if done:
            self._state.leases.release([lease(name) for name in done], self.owner)
            self._held -= done

    def _finish(self) -> bool:
        deadline = time.monotonic() + GOODBYE_SECONDS
        for thread in self._threads.values():
            thread.join(max(0.0, deadline - time.monotonic()))
        left = [name for name, thread in self._threads.items() if thread.is_alive()]
        try:
            for name in left:
                self._leave(name)
            self._state.leases.release_all(self.owner)
        except RetryError as error:
            _log.warning("leases end by themselves", error=str(error))
        return not left

    def _leave(self, name: str) -> None:
        """Note of a run that does not end in time that it is to be done again."""
        row = self._state.jobs.get(name)
        if row is not None and row.run_id is not None:
            told = "it was stopped before it was done"
            self._state.runs.give_up(row.run_id, told)
            self._state.unfinished.forgive(row.run_id)
            ended = Ended(RunStatus.INTERRUPTED, told, again=True)
            self._state.jobs.end(name, row.run_id, ended, self._context.clock())
