"""All rows of a state as plain values, out of one database and into another of either kind.

Rows go into the tables as they were at the version at which they were written, and are migrated there: what a migration
does to data, it does to restored data, too.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import Connection, DateTime, MetaData, Table, delete, func, inspect, select, text

from forgelake.model.errors import UsageError
from forgelake.state.connection import Database
from forgelake.state.migrating import MIGRATION_LOCK, VERSION_TABLE, upgrade, version
from forgelake.state.schema import metadata

Row = dict[str, Any]

_PASSING: Final = frozenset({"leases", "sessions", "login_flows"})
"""What belongs to processes and browsers: a session that was ended since must not live again."""
_MADE_WITH_THE_TABLES: Final = frozenset({"ledger_version"})
_AT_ONCE: Final = 500


class Rows:
    """All tables of a state."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def tables(self) -> list[str]:
        """The tables whose rows are kept, in an order in which they can be written."""
        return [table.name for table in metadata.sorted_tables if table.name not in _PASSING]

    def now(self) -> datetime:
        """The instant by the database's clock."""
        with self._database.read() as connection:
            if self._database.dialect == "sqlite":
                return datetime.now(UTC)
            return connection.execute(select(func.clock_timestamp())).scalar_one().astimezone(UTC)

    def read(self) -> Iterator[tuple[str, Iterator[Row]]]:
        """Every table with its rows, as they all were at one instant; instants are ISO texts."""
        with self._database.read() as connection:
            if self._database.dialect == "postgresql":
                connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
            for name in self.tables():
                yield name, _rows(connection, metadata.tables[name])


def restore(database: Database, written_at: str, tables: Iterable[tuple[str, Iterable[Row]]]) -> None:
    """Fill an empty database with rows that were read at that version.

    Raises:
        UsageError: it holds rows already.
        StopError: the rows were written by a newer forgelake.
    """
    with database.write(serial=MIGRATION_LOCK) as connection:
        if version(connection) is not None:
            _refuse_rows(connection, database.shown)
            metadata.drop_all(connection)
            connection.execute(text(f"DROP TABLE {VERSION_TABLE}"))
        upgrade(connection, database.shown, written_at)
        for name, rows in tables:
            _write(connection, name, rows)
        upgrade(connection, database.shown)


def _refuse_rows(connection: Connection, shown: str) -> None:
    present = set(inspect(connection).get_table_names())
    for table in metadata.sorted_tables:
        if table.name in _PASSING | _MADE_WITH_THE_TABLES or table.name not in present:
            continue
        number = connection.execute(select(func.count()).select_from(table)).scalar_one()
        if number:
            message = (
                f"the state at {shown} is in use: its table {table.name} has {number:,} rows; "
                "restore into an empty one, named in state.url or FORGELAKE_HOME"
            )
            raise UsageError(message)


def _rows(connection: Connection, table: Table) -> Iterator[Row]:
    order = list(table.primary_key.columns)
    for row in connection.execute(select(table).order_by(*order).execution_options(yield_per=1000)):
        yield {name: _plain(value) for name, value in row._asdict().items()}


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    return [str(one) for one in value] if isinstance(value, tuple) else value


def _write(connection: Connection, name: str, rows: Iterable[Row]) -> None:
    # Reflected: the table may be an older one than ``schema`` has.
    table = Table(name, MetaData(), autoload_with=connection)
    connection.execute(delete(table))
    instants = [column.name for column in table.columns if isinstance(column.type, DateTime)]
    portion: list[Row] = []
    for row in rows:
        portion.append(_bound(row, instants, naive=connection.dialect.name == "sqlite"))
        if len(portion) == _AT_ONCE:
            connection.execute(table.insert(), portion)
            portion = []
    if portion:
        connection.execute(table.insert(), portion)
    if connection.dialect.name == "postgresql" and "id" in table.columns:
        _count_on(connection, table)


def _bound(row: Mapping[str, Any], instants: Iterable[str], *, naive: bool) -> Row:
    """A row with its instants; SQLite keeps them in UTC without their zone."""
    read = {name: datetime.fromisoformat(row[name]) for name in instants if row.get(name) is not None}
    return {**row, **{name: value.replace(tzinfo=None) if naive else value for name, value in read.items()}}


def _count_on(connection: Connection, table: Table) -> None:
    """PostgreSQL counts numbers that it gives out; go on after those that were written."""
    sequence = connection.execute(select(func.pg_get_serial_sequence(table.name, "id"))).scalar()
    if sequence:
        highest = select(func.coalesce(func.max(table.c.id), 0) + 1).scalar_subquery()
        connection.execute(select(func.setval(sequence, highest, False)))
