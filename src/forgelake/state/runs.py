"""Runs: what ran, with which arguments, and how it ended."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Self

from sqlalchemy import Row, and_, extract, func, insert, or_, select, update

from forgelake.state import schema
from forgelake.state.address import masked
from forgelake.state.connection import Database
from forgelake.state.owners import Owner, this_host

_table = schema.runs
_SECRET = re.compile(r"token|secret|password|credential", re.IGNORECASE)


class RunStatus(StrEnum):
    """How a run stands."""

    RUNNING = "running"
    DONE = "done"
    DONE_WITH_GAPS = "done_with_gaps"
    """It ended, and some slices or lines are missing."""
    FAILED = "failed"
    INTERRUPTED = "interrupted"
    """Its process went away without saying how it ended."""


@dataclass(frozen=True, slots=True)
class RunCounters:
    """What a run has done so far: totals since its start, not steps."""

    slices_done: int = 0
    events: int = 0
    rejected: int = 0
    bytes: int = 0


@dataclass(frozen=True, slots=True)
class RunRow:
    """A run; the fields are the columns, described in ``schema.RUNS_COLUMNS``."""

    id: str
    job: str
    started_at: datetime
    finished_at: datetime | None
    status: RunStatus
    host: str
    pid: int
    process_started: int | None
    arguments: dict[str, Any]
    slices_done: int
    events: int
    rejected: int
    bytes: int
    error: str | None
    heartbeat_at: datetime
    cause: str | None

    @classmethod
    def of(cls, row: Row[Any]) -> Self:
        """From a row of the table."""
        values: dict[str, Any] = row._asdict()
        values["status"] = RunStatus(row.status)
        return cls(**values)

    @property
    def owner(self) -> Owner:
        """The process that executes or executed it."""
        return Owner(self.id, self.host, self.pid, self.process_started)


@dataclass(frozen=True, slots=True)
class RunTotal:
    """How often a job ended so, and how many seconds that took in all."""

    job: str
    status: RunStatus
    runs: int
    seconds: float


class Runs:
    """The table ``runs``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def start(
        self, job: str, arguments: Mapping[str, object], owner: Owner, now: datetime, cause: str | None = None
    ) -> str:
        """Record that a run began, and why if a worker began it; returns its id, which is the owner's.

        Arguments are kept as JSON. Values named like secrets, and passwords within URLs, are masked.
        """
        values = {
            "id": owner.run_id,
            "job": job,
            "started_at": now,
            "heartbeat_at": now,
            "status": RunStatus.RUNNING,
            "host": owner.host,
            "pid": owner.pid,
            "process_started": owner.process_started,
            "arguments": _arguments(arguments),
            "cause": cause,
            **asdict(RunCounters()),
        }
        with self._database.write() as connection:
            connection.execute(insert(_table).values(values))
        return owner.run_id

    def describe(self, run_id: str, arguments: Mapping[str, object]) -> None:
        """Record what a run does, where that is known only after it began."""
        with self._database.write() as connection:
            connection.execute(update(_table).where(_table.c.id == run_id).values(arguments=_arguments(arguments)))

    def progress(self, run_id: str, counters: RunCounters, now: datetime) -> None:
        """Record how far a run has come; says at the same time that it lives. Nothing happens once it has ended."""
        running = (_table.c.id == run_id) & (_table.c.status == RunStatus.RUNNING)
        with self._database.write() as connection:
            connection.execute(update(_table).where(running).values(**asdict(counters), heartbeat_at=now))

    def finish(self, run_id: str, status: RunStatus, counters: RunCounters, error: str | None, now: datetime) -> None:
        """Record how a run ended; ``error`` is kept for the reader and must hold no secrets."""
        ended = {"status": status, "error": error, "finished_at": now, "heartbeat_at": now, **asdict(counters)}
        with self._database.write() as connection:
            connection.execute(update(_table).where(_table.c.id == run_id).values(ended))

    def give_up(self, run_id: str, error: str) -> None:
        """Close a run of which nothing more is heard, as of its last sign of life; one that has ended stays so."""
        still_running = (_table.c.id == run_id) & (_table.c.status == RunStatus.RUNNING)
        ended = {"status": RunStatus.INTERRUPTED, "error": error, "finished_at": _table.c.heartbeat_at}
        with self._database.write() as connection:
            connection.execute(update(_table).where(still_running).values(ended))

    def mark_interrupted(self, now: datetime) -> list[str]:
        """Close the running runs of this host whose process is gone; returns their ids."""
        running = select(_table).where(_table.c.status == RunStatus.RUNNING, _table.c.host == this_host())
        with self._database.read() as connection:
            gone = [row for row in map(RunRow.of, connection.execute(running)) if row.owner.is_dead()]
        if not gone:
            return []
        with self._database.write() as connection:
            for row in gone:
                still_running = (_table.c.id == row.id) & (_table.c.status == RunStatus.RUNNING)
                connection.execute(update(_table).where(still_running).values(_interrupted(row, now)))
        return [row.id for row in gone]

    def get(self, run_id: str) -> RunRow | None:
        """One run."""
        with self._database.read() as connection:
            row = connection.execute(select(_table).where(_table.c.id == run_id)).one_or_none()
        return None if row is None else RunRow.of(row)

    def recent(self, limit: int) -> list[RunRow]:
        """The latest runs, newest first; those whose process is gone are closed as interrupted first."""
        self.mark_interrupted(datetime.now(UTC))
        statement = select(_table).order_by(_table.c.started_at.desc(), _table.c.id).limit(limit)
        with self._database.read() as connection:
            return [RunRow.of(row) for row in connection.execute(statement)]

    def page(self, limit: int, before: tuple[datetime, str] | None = None, job: str | None = None) -> list[RunRow]:
        """Runs, newest first, that come after the one with that start and id; only reads, unlike ``recent``.

        Args:
            job: only runs of this job, as the run history calls it.
        """
        statement = select(_table).order_by(_table.c.started_at.desc(), _table.c.id.desc()).limit(limit)
        if job is not None:
            statement = statement.where(_table.c.job == job)
        if before is not None:
            started_at, run_id = before
            same_start = and_(_table.c.started_at == started_at, _table.c.id < run_id)
            statement = statement.where(or_(_table.c.started_at < started_at, same_start))
        with self._database.read() as connection:
            return [RunRow.of(row) for row in connection.execute(statement)]

    def running(self) -> list[RunRow]:
        """Runs that have not said how they ended."""
        statement = select(_table).where(_table.c.status == RunStatus.RUNNING).order_by(_table.c.started_at)
        with self._database.read() as connection:
            return [RunRow.of(row) for row in connection.execute(statement)]

    def totals(self) -> list[RunTotal]:
        """Sums over all runs that ended, by job and status."""
        seconds = func.sum(extract("epoch", _table.c.finished_at) - extract("epoch", _table.c.started_at))
        statement = (
            select(_table.c.job, _table.c.status, func.count(), func.coalesce(seconds, 0))
            .where(_table.c.finished_at.is_not(None))
            .group_by(_table.c.job, _table.c.status)
            .order_by(_table.c.job, _table.c.status)
        )
        with self._database.read() as connection:
            rows = connection.execute(statement)
            return [RunTotal(job, RunStatus(status), runs, float(sum_)) for job, status, runs, sum_ in rows]

    def all_rows(self) -> Iterator[RunRow]:
        """Every run, oldest first, streamed; holds a connection until it is exhausted or closed."""
        statement = select(_table).order_by(_table.c.started_at, _table.c.id).execution_options(yield_per=1000)
        with self._database.read() as connection:
            for row in connection.execute(statement):
                yield RunRow.of(row)


def _interrupted(row: RunRow, now: datetime) -> dict[str, object]:
    return {
        "status": RunStatus.INTERRUPTED,
        "finished_at": row.heartbeat_at,
        "error": f"process {row.pid} on {row.host} was found gone at {now:%Y-%m-%dT%H:%M:%SZ}",
    }


def _arguments(arguments: Mapping[str, object]) -> dict[str, object]:
    return {name: _shown(name, value) for name, value in arguments.items()}


def _shown(name: str, value: object) -> object:
    if value is not None and _SECRET.search(name):
        return "***"
    if isinstance(value, str):
        return masked(value) if "://" in value else value
    if isinstance(value, Mapping):
        return {str(key): _shown(str(key), inner) for key, inner in value.items()}
    if isinstance(value, Iterable):
        return [_shown("", inner) for inner in value]
    return value if value is None or isinstance(value, bool | int | float) else str(value)
