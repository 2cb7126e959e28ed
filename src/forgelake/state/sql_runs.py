"""The table ``runs`` in SQL."""

from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import and_, extract, func, insert, or_, select, update

from forgelake.state import schema
from forgelake.state.connection import Database
from forgelake.state.runs import Change, RunRow, Runs, RunStatus, RunTotal

_table = schema.runs


class SqlRuns(Runs):
    """See ``Runs``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, run_id: str) -> RunRow | None:
        with self._database.read() as connection:
            row = connection.execute(select(_table).where(_table.c.id == run_id)).one_or_none()
        return None if row is None else RunRow.of(row._asdict())

    def page(self, limit: int, before: tuple[datetime, str] | None = None, job: str | None = None) -> list[RunRow]:
        statement = select(_table).order_by(_table.c.started_at.desc(), _table.c.id.desc()).limit(limit)
        if job is not None:
            statement = statement.where(_table.c.job == job)
        if before is not None:
            started_at, run_id = before
            same_start = and_(_table.c.started_at == started_at, _table.c.id < run_id)
            statement = statement.where(or_(_table.c.started_at < started_at, same_start))
        with self._database.read() as connection:
            return [RunRow.of(row._asdict()) for row in connection.execute(statement)]

    def running(self) -> list[RunRow]:
        statement = select(_table).where(_table.c.status == RunStatus.RUNNING).order_by(_table.c.started_at)
        with self._database.read() as connection:
            return [RunRow.of(row._asdict()) for row in connection.execute(statement)]

    def totals(self) -> list[RunTotal]:
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
        statement = select(_table).order_by(_table.c.started_at, _table.c.id).execution_options(yield_per=1000)
        with self._database.read() as connection:
            for row in connection.execute(statement):
                yield RunRow.of(row._asdict())

    def _add(self, run: RunRow) -> None:
        with self._database.write() as connection:
            connection.execute(insert(_table).values(asdict(run)))

    def _change(self, run_id: str, to: Change, *, running: bool = False) -> None:
        own = select(_table).where(_table.c.id == run_id).with_for_update()
        if running:
            own = own.where(_table.c.status == RunStatus.RUNNING)
        with self._database.write() as connection:
            row = connection.execute(own).one_or_none()
            if row is not None:
                new = asdict(to(RunRow.of(row._asdict())))
                connection.execute(update(_table).where(_table.c.id == run_id).values(new))
