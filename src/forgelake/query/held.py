"""Rows in the memory of the DuckDB that the lake's queries share, for many questions about the same few of them."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from itertools import count
from typing import Final
from weakref import finalize

import duckdb

from forgelake.query.session import Session

_NUMBERS: Final = count(1)


class Held:
    """Tables that stand for the lake's, for as long as somebody has this; threads share it.

    Connections on which they have the names of the lake's tables are kept for the next question: to open one and to
    make its views takes as long as to answer from few rows.
    """

    def __init__(self, connect: Callable[[], duckdb.DuckDBPyConnection]) -> None:
        """Hold nothing yet; ``connect`` gives connections to the shared DuckDB."""
        self._connect = connect
        self._tables: dict[str, str] = {}
        self._ready: list[duckdb.DuckDBPyConnection] = []
        finalize(self, _let_go, connect(), self._tables, self._ready)

    @property
    def tables(self) -> Mapping[str, str]:
        """What is held, by the name of the lake's table that it stands for."""
        return self._tables

    def add(self, name: str, session: Session, sql: str, given: Mapping[str, object] | None = None) -> int:
        """Hold what a query finds, before anything is lent; gives the number of rows.

        Raises:
            UsageError, StopError: see ``Session.run``.
        """
        table = f"memory.main.held_{next(_NUMBERS)}"
        rows: int = session.run(f"CREATE TABLE {table} AS {sql}", given).read_all()[0][0].as_py()
        self._tables[name] = table
        return rows

    @contextmanager
    def lent(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection on which everything that is held has the names of the lake's tables."""
        try:
            connection = self._ready.pop()
        except IndexError:
            connection = self._opened()
        yield connection
        # One on which something failed is not lent again.
        self._ready.append(connection)

    def _opened(self) -> duckdb.DuckDBPyConnection:
        connection = self._connect()
        for name, table in self._tables.items():
            connection.execute(f"CREATE TEMP VIEW {name} AS FROM {table}")
        return connection


def _let_go(
    connection: duckdb.DuckDBPyConnection, tables: Mapping[str, str], ready: list[duckdb.DuckDBPyConnection]
) -> None:
    # Where the shared DuckDB is closed, all of it is gone already.
    with suppress(duckdb.Error):
        for table in tables.values():
            connection.execute(f"DROP TABLE {table}")
        for one in (connection, *ready):
            one.close()
