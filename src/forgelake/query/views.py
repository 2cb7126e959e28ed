"""The lake's tables as views of chosen data files.

Schemas come from the declarations, by Iceberg field id: no file is opened to plan a query, and a file written before a
column was added reads as NULL. DDL takes no parameters, so the SQL here is put together from our own names and from
quoted paths (hence the S608 marks).
"""

import re
from collections.abc import Iterable
from functools import cache

import duckdb

from forgelake.lake.columns import Table
from forgelake.lake.traffic import TRAFFIC_DAYS
from forgelake.query.bots import BOTS
from forgelake.query.private import Visibility
from forgelake.query.traffic import highest


def create_view(
    connection: duckdb.DuckDBPyConnection,
    table: Table,
    paths: Iterable[str],
    eras: Iterable[str] | None = None,
    visibility: Visibility | None = None,
) -> None:
    """A temporary view of some of a table's files; see ``view_sql``."""
    connection.execute(view_sql(table, paths, eras, visibility))


def create_held(connection: duckdb.DuckDBPyConnection, name: str, held: str, eras: Iterable[str] | None = None) -> None:
    """A temporary view of a table in memory, whose rows once came from a table's own view."""
    kept = f" WHERE era IN ({', '.join(map(quoted, eras))})" if eras is not None and name == "events" else ""
    connection.execute(f"CREATE OR REPLACE TEMP VIEW {name} AS SELECT * FROM {held}{kept}")  # noqa: S608


def view_sql(
    table: Table, paths: Iterable[str], eras: Iterable[str] | None = None, visibility: Visibility | None = None
) -> str:
    """The statement that makes the view.

    Args:
        eras: of ``events`` only those of these eras.
        visibility: what may be shown of repositories; None for everything.
    """
    seen = seen_sql(table, rows_sql(table, list(paths)), eras, visibility)
    return f"CREATE OR REPLACE TEMP VIEW {table.name} AS {seen}"


def seen_sql(table: Table, rows: str, eras: Iterable[str] | None = None, visibility: Visibility | None = None) -> str:
    """What readers see of a table, from SQL for its stored rows; in DuckDB's words, whichever engine it is for."""
    if visibility is not None and (shown := visibility.rows(table)) is not None:
        rows = f"SELECT * FROM ({rows}) WHERE {shown}"  # noqa: S608
    if table.name == "events":
        kept = f" WHERE era IN ({', '.join(map(quoted, eras))})" if eras is not None else ""
        rows = f"SELECT *, {_is_bot()} AS actor_is_bot FROM ({rows}){kept}"  # noqa: S608
    return highest(rows) if table is TRAFFIC_DAYS else rows


def rows_sql(table: Table, paths: Iterable[str]) -> str:
    """The stored rows of some of a table's files."""
    paths = list(paths)
    if not paths:
        columns = ", ".join(f'CAST(NULL AS {column.kind}) AS "{column.name}"' for column in table.columns)
        return f"SELECT {columns} WHERE false"
    listed = ", ".join(map(quoted, paths))
    return f"SELECT * FROM read_parquet([{listed}], schema = {_schema(table)}, hive_partitioning = false)"  # noqa: S608


@cache
def _schema(table: Table) -> str:
    fields = (
        f"{number}: {{name: '{column.name}', type: '{column.kind}', default_value: NULL}}"
        for number, column in enumerate(table.columns, start=1)
    )
    return f"MAP {{{', '.join(fields)}}}"


@cache
def _is_bot() -> str:
    """A plain expression: DuckDB drops it where nobody asks for it, which it does not do with a join or a long IN."""
    logins = "|".join(re.escape(bot.login) for bot in BOTS)
    pattern = quoted(rf"{logins}|.*\[bot\]")
    return f"coalesce(regexp_full_match(actor_login, {pattern}, 'i'), false)"


def quoted(text: str) -> str:
    """A SQL string literal: DDL takes no parameters."""
    return "'" + text.replace("'", "''") + "'"
