"""The table ``slices`` in SQL."""

from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, delete, func, select, type_coerce, update
from sqlalchemy import tuple_ as sql_tuple
from sqlalchemy.types import NullType

from forgelake.model.slices import SliceKey, SliceStatus
from forgelake.state import schema
from forgelake.state.connection import Database, chunks
from forgelake.state.ledger import VERDICTS, Ledger, Step
from forgelake.state.ledger_rows import Changes, LedgerRow

_table = schema.slices
_version = schema.ledger_version
_KEY = (_table.c.source, _table.c.name, _table.c.origin)
# Put together once: with so many columns that takes longer than to ask.
_ALL = select(_table)
_ORDERED = _ALL.order_by(_table.c.source, _table.c.start, _table.c.origin, _table.c.name)
_AS_STORED = tuple(type_coerce(column, NullType()).label(column.name) for column in _table.c)


class SqlLedger(Ledger):
    """See ``Ledger``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get_many(self, keys: Iterable[SliceKey]) -> dict[SliceKey, LedgerRow]:
        with self._database.read() as connection:
            return _found(connection, keys)

    def rows(self, source: str, start: datetime, end: datetime) -> list[LedgerRow]:
        return self._select(_table.c.source == source, _table.c.start >= start, _table.c.start < end)

    def due(self, source: str, now: datetime) -> list[LedgerRow]:
        return self._select(_table.c.source == source, _table.c.status.in_(VERDICTS), _table.c.next_ask_at <= now)

    def landed_not_committed(self, source: str) -> list[LedgerRow]:
        return self._select(_table.c.source == source, _table.c.status == SliceStatus.LANDED)

    def latest(self, source: str, origin: str, before: datetime | None = None, limit: int = 1) -> list[LedgerRow]:
        statement = _ALL.where(_table.c.source == source, _table.c.origin == origin, _table.c.path.is_not(None))
        if before is not None:
            statement = statement.where(_table.c.start < before)
        with self._database.read() as connection:
            rows = connection.execute(statement.order_by(_table.c.start.desc(), _table.c.name).limit(limit))
            return [LedgerRow.of(row._asdict()) for row in rows]

    def period(self, source: str) -> tuple[datetime, datetime] | None:
        statement = select(func.min(_table.c.start), func.max(_table.c.end)).where(_table.c.source == source)
        with self._database.read() as connection:
            first, last = connection.execute(statement).one()
        return None if first is None else (first, last)

    def version(self) -> int:
        with self._database.read() as connection:
            return connection.execute(select(_version.c.number)).scalar_one()

    def changes(self, since: int | None = None, period: tuple[str, datetime, datetime] | None = None) -> Changes:
        statement = _ORDERED.with_only_columns(*_AS_STORED)
        if period is not None:
            source, start, end = period
            statement = statement.where(_table.c.source == source, _table.c.start >= start, _table.c.start < end)
        with self._database.read() as connection:
            version, forgotten = connection.execute(select(_version.c.number, _version.c.forgotten)).one()
            whole = since is None or forgotten > since
            if not whole:
                statement = statement.where(_table.c.changed > since)
            return Changes(version, whole, [tuple(row) for row in connection.execute(statement)])

    def all_rows(self) -> Iterator[LedgerRow]:
        statement = _ORDERED.execution_options(yield_per=1000)
        with self._database.read() as connection:
            for row in connection.execute(statement):
                yield LedgerRow.of(row._asdict())

    def forget(self, key: SliceKey) -> None:
        with self._write() as (connection, number):
            own = (_table.c.source == key.source, _table.c.name == key.name, _table.c.origin == key.origin)
            connection.execute(delete(_table).where(*own))
            connection.execute(update(_version).values(forgotten=number))

    def _change(self, keys: Iterable[SliceKey], step: Step) -> None:
        wanted = list(keys)
        if not wanted:
            return
        insert = self._database.insert(_table)
        new = {column.name: insert.excluded[column.name] for column in _table.c if not column.primary_key}
        statement = insert.on_conflict_do_update(index_elements=_KEY, set_=new)
        with self._write() as (connection, number):
            # Nobody else writes before this transaction ends: it has counted the version up.
            known = _found(connection, wanted)
            rows = [replace(step(key, known.get(key)), changed=number) for key in wanted]
            connection.execute(statement, [asdict(row) for row in rows])

    @contextmanager
    def _write(self) -> Generator[tuple[Connection, int], None, None]:
        """A transaction that changes the ledger, with the version that it makes."""
        with self._database.write() as connection:
            counted = update(_version).values(number=_version.c.number + 1).returning(_version.c.number)
            yield connection, connection.execute(counted).scalar_one()

    def _select(self, *conditions: ColumnElement[bool]) -> list[LedgerRow]:
        with self._database.read() as connection:
            return [LedgerRow.of(row._asdict()) for row in connection.execute(_ORDERED.where(*conditions))]


def _found(connection: Connection, keys: Iterable[SliceKey]) -> dict[SliceKey, LedgerRow]:
    wanted = [(key.source, key.name, key.origin) for key in keys]
    found = (
        LedgerRow.of(row._asdict())
        for portion in chunks(wanted)
        for row in connection.execute(_ALL.where(sql_tuple(*_KEY).in_(portion)))
    )
    return {row.key: row for row in found}
