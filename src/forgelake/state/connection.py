"""Connections to the state: SQLite or PostgreSQL, each transaction either reading or writing.

A writing transaction on SQLite takes the write lock at its beginning. Taking it at the first write instead, as SQLite
does by itself, fails at once when another process wrote since the transaction's first read.
"""

import random
import sqlite3
import time
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from sqlalchemy import URL, Connection, Engine, Table, create_engine, event, func, select, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.pool import ConnectionPoolEntry

from forgelake.model.errors import ConfigurationError, RetryError
from forgelake.state.address import GOOD_FORMS, masked

BUSY_SECONDS = 30
"""How long a SQLite connection waits for another process's write to end."""

CHUNK = 300
"""Names or keys in one statement; a key has three parts, and SQLite before 3.32 binds no more than 999 values."""

_WRITING = "forgelake_writing"
_T = TypeVar("_T")


def chunks(values: Sequence[_T]) -> Iterator[Sequence[_T]]:
    """The values in portions that one statement can take."""
    for first in range(0, len(values), CHUNK):
        yield values[first : first + CHUNK]


class Database:
    """An engine and the two kinds of transactions on it. Threads may share it; a process opens its own."""

    def __init__(self, url: URL) -> None:
        self.shown = masked(url.render_as_string(hide_password=True))
        self._engine = _sqlite_engine(url) if url.get_backend_name() == "sqlite" else _postgresql_engine(url)
        self._writer = self._engine.execution_options(**{_WRITING: True})

    @property
    def dialect(self) -> str:
        """``sqlite`` or ``postgresql``."""
        return self._engine.dialect.name

    @contextmanager
    def read(self) -> Generator[Connection, None, None]:
        """A transaction that only reads.

        Raises:
            RetryError: the database does not answer.
        """
        with self._passing_faults(), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def write(self, serial: int | None = None) -> Generator[Connection, None, None]:
        """A transaction that writes; those with the same ``serial`` number run one after the other everywhere.

        SQLite has one writer at a time anyhow; on PostgreSQL the number is that of an advisory lock.

        Raises:
            RetryError: the database does not answer, or stays locked for longer than it should.
        """
        with self._passing_faults(), self._writer.begin() as connection:
            if serial is not None and self.dialect == "postgresql":
                connection.execute(select(func.pg_advisory_xact_lock(serial)))
            yield connection

    def insert(self, table: Table) -> sqlite.Insert | postgresql.Insert:
        """An INSERT of this database's dialect, which knows ON CONFLICT."""
        return postgresql.insert(table) if self.dialect == "postgresql" else sqlite.insert(table)

    def scrub(self, tables: Iterable[str]) -> None:
        """Overwrite what was deleted: SQLite's whole file and its log, PostgreSQL's given tables.

        Raises:
            RetryError: the database does not answer.
        """
        with self._passing_faults(), self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as each:
            if self.dialect == "sqlite":
                held = each.connection.driver_connection
                assert isinstance(held, sqlite3.Connection)  # noqa: S101 - what the dialect says
                held.execute("COMMIT") if held.in_transaction else None
                held.execute("VACUUM")
                held.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
                return
            for name in tables:
                each.execute(text(f"VACUUM {name}"))

    def close(self) -> None:
        """Give back all connections."""
        self._engine.dispose()

    @contextmanager
    def _passing_faults(self) -> Generator[None, None, None]:
        try:
            yield
        except (OperationalError, InterfaceError) as error:
            message = f"the state at {self.shown} does not answer: {masked(str(error.orig)).strip()}; try again"
            raise RetryError(message) from error


def _sqlite_engine(url: URL) -> Engine:
    file = Path(url.database or "")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        message = (
            f'the folder of the state file "{file}" cannot be made: {error.strerror}; write the URL like {GOOD_FORMS}'
        )
        raise ConfigurationError(message) from error
    engine = create_engine(url, connect_args={"timeout": BUSY_SECONDS})
    event.listen(engine, "connect", _configure_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _configure_sqlite(connection: sqlite3.Connection, _entry: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # the driver begins no transactions of its own; _begin_sqlite does
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA synchronous = NORMAL")
    _switch_to_wal(connection)


def _switch_to_wal(connection: sqlite3.Connection) -> None:
    # Two processes that switch a fresh file at the same instant: SQLite tells one of them "locked" without waiting.
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(random.uniform(0.01, 0.05))  # noqa: S311 — spreads the processes, guards nothing
        else:
            return


def _begin_sqlite(connection: Connection) -> None:
    writing = connection.get_execution_options().get(_WRITING, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


def _postgresql_engine(url: URL) -> Engine:
    try:
        # A worker that slept longer than the server keeps idle connections must not fail on its first statement.
        return create_engine(url, pool_pre_ping=True)
    except ModuleNotFoundError as error:
        message = f'the state URL "{masked(str(url))}" needs the PostgreSQL driver; install "psycopg[binary]"'
        raise ConfigurationError(message) from error
