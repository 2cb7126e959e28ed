"""Jobs: when each is due, who is at it, and how it last went.

Whoever holds the lease ``job/<name>`` decides about a job; every change here is one transaction, so that a worker that
is killed leaves a job either begun or not, ended or not, and never between.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any, Self

from sqlalchemy import select, update

from forgelake.state import schema
from forgelake.state.connection import Database
from forgelake.state.runs import RunStatus

ASKED = "asked for"
STOPPED = "stopped"

_table = schema.jobs


def lease(name: str) -> str:
    """The name of a job's lease."""
    return f"job/{name}"


@dataclass(frozen=True, slots=True)
class Ended:
    """How a run of a job ended.

    Attributes:
        status: how.
        error: what it could not do, in words for a person.
        retry_at: when it is tried again; None for not before the schedule wants it.
        again: whether it was stopped before it was done, and is wanted again at once.
        wakes: jobs that run after it.
    """

    status: RunStatus
    error: str | None = None
    retry_at: datetime | None = None
    again: bool = False
    wakes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class JobRow:
    """A job's state; the fields are the columns of ``jobs``."""

    name: str
    schedule: str
    scheduled_at: datetime | None
    wanted_at: datetime | None
    wanted_by: str | None
    retry_at: datetime | None
    failures: int
    paused_at: datetime | None
    run_id: str | None
    started_at: datetime | None
    finished_at: datetime | None
    status: RunStatus | None
    succeeded_at: datetime | None
    error: str | None

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Self:
        """From a row of the table."""
        read: dict[str, Any] = {**values, "status": RunStatus(values["status"]) if values["status"] else None}
        return cls(**read)

    def ended(self, how: Ended, now: datetime) -> Self:
        """After its run has ended."""
        row = replace(self, run_id=None, finished_at=now, status=how.status, error=how.error, retry_at=how.retry_at)
        if how.again:
            row = replace(row, wanted_at=now, wanted_by=STOPPED)
        if how.retry_at is not None or how.status is RunStatus.FAILED:
            return replace(row, failures=self.failures + 1)
        return row if how.status is RunStatus.INTERRUPTED else replace(row, failures=0, succeeded_at=now)


class JobOrders(ABC):
    """What is set of one job, whatever keeps it."""

    def reschedule(self, name: str, schedule: str, scheduled_at: datetime | None) -> None:
        """Take over a schedule, or the time that it wants the job next."""
        self._change(name, schedule=schedule, scheduled_at=scheduled_at)

    def want(self, name: str, why: str, now: datetime) -> bool:
        """Have a job run soon; returns whether there is such a job."""
        return self._change(name, wanted_at=now, wanted_by=why)

    def pause(self, name: str, now: datetime) -> bool:
        """Have a job run only when asked for; returns whether there is such a job."""
        return self._change(name, paused_at=now)

    def resume(self, name: str) -> bool:
        """Have a job run by its schedule again; returns whether there is such a job."""
        return self._change(name, paused_at=None)

    def begin(self, name: str, run_id: str, now: datetime, scheduled_at: datetime | None) -> None:
        """Record that a run began, and when the schedule wants the next one; what was due is so no longer."""
        started = {"run_id": run_id, "started_at": now, "scheduled_at": scheduled_at}
        self._change(name, **started, wanted_at=None, wanted_by=None, retry_at=None)

    @abstractmethod
    def _change(self, name: str, **values: object) -> bool:
        """Set some columns of a job; returns whether there is such a job."""


class Jobs(JobOrders):
    """The table ``jobs``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, name: str, schedule: str, scheduled_at: datetime | None) -> None:
        """Make a job known; one that is known already stays as it is."""
        values = {"name": name, "schedule": schedule, "scheduled_at": scheduled_at, "failures": 0}
        with self._database.write() as connection:
            connection.execute(self._database.insert(_table).values(values).on_conflict_do_nothing())

    def end(self, name: str, run_id: str, ended: Ended, now: datetime) -> bool:
        """Record how a run ended, and wake the jobs that run after it; returns False if it is no longer that run."""
        mine = select(_table).where(_table.c.name == name, _table.c.run_id == run_id).with_for_update()
        with self._database.write() as connection:
            row = connection.execute(mine).one_or_none()
            if row is None:
                return False
            new = asdict(JobRow.of(row._asdict()).ended(ended, now))
            connection.execute(update(_table).where(_table.c.name == name).values(new))
            woken = update(_table).where(_table.c.name.in_(ended.wakes), _table.c.wanted_at.is_(None))
            connection.execute(woken.values(wanted_at=now, wanted_by=f"after {name}"))
        return True

    def get(self, name: str) -> JobRow | None:
        """One job."""
        with self._database.read() as connection:
            row = connection.execute(select(_table).where(_table.c.name == name)).one_or_none()
        return None if row is None else JobRow.of(row._asdict())

    def all_rows(self) -> dict[str, JobRow]:
        """Every job that was ever known, by name."""
        with self._database.read() as connection:
            return {
                row.name: JobRow.of(row._asdict()) for row in connection.execute(select(_table).order_by(_table.c.name))
            }

    def _change(self, name: str, **values: object) -> bool:
        with self._database.write() as connection:
            return bool(connection.execute(update(_table).where(_table.c.name == name).values(values)).rowcount)
