"""SQL over the lake: every table by its bare name, from one consistent state."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

import duckdb
import pyarrow as pa

from forgelake.lake.catalog import TABLES
from forgelake.model.errors import UsageError, nearest
from forgelake.pipelines.context import Context
from forgelake.state.schema import RUNS_COLUMNS, SLICES_COLUMNS

_STATE_TABLES = ("slices", "runs")


class Session:
    """A DuckDB connection on which the lake's tables are views of their state at opening."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, timeout_seconds: float) -> None:
        self.connection = connection
        self._timeout = timeout_seconds

    def run(self, sql: str, parameters: Mapping[str, object] | None = None) -> pa.RecordBatchReader:
        """Start a query; its rows come as Arrow batches.

        Raises:
            UsageError: the SQL is wrong, or took longer than ``sql.timeout_seconds``.
        """
        timer = threading.Timer(self._timeout, self.connection.interrupt) if self._timeout else None
        if timer:
            timer.start()
        try:
            return self.connection.execute(sql, parameters).to_arrow_reader()
        except duckdb.InterruptException as error:
            message = f"the query was stopped after {self._timeout:g} s; ask for less, or raise sql.timeout_seconds"
            raise UsageError(message) from error
        except duckdb.Error as error:
            raise UsageError(_explained(str(error))) from error
        finally:
            if timer:
                timer.cancel()


@contextmanager
def session(context: Context) -> Iterator[Session]:
    """Open the lake for queries."""
    settings = context.settings.sql
    connection = context.connect()
    try:
        connection.execute(f"SET memory_limit = '{settings.memory_mb}MB'")
        if settings.threads:
            connection.execute(f"SET threads = {settings.threads}")
        for name, location in context.catalog.metadata_locations().items():
            # A view cannot take parameters; the location is ours, and quoted.
            quoted = location.replace("'", "''")
            connection.execute(f"CREATE VIEW {name} AS SELECT * FROM iceberg_scan('{quoted}')")  # noqa: S608
        connection.register("slices", _state_table(SLICES_COLUMNS, map(asdict, context.state.ledger.all_rows())))
        connection.register("runs", _state_table(RUNS_COLUMNS, map(asdict, context.state.runs.all_rows())))
        yield Session(connection, settings.timeout_seconds)
    finally:
        connection.close()


def _explained(error: str) -> str:
    """DuckDB's message, with the lake's tables where one was not found."""
    if "Table with name" not in error:
        return error
    wanted = error.partition("Table with name ")[2].split(" ")[0]
    names = (*TABLES, *_STATE_TABLES)
    hint = nearest(wanted, names) or "."
    return f"there is no table {wanted}{hint} The tables are: {', '.join(names)}; see: forgelake tables"


def _state_table(columns: Any, rows: Iterator[dict[str, Any]]) -> pa.Table:
    kinds = {
        "VARCHAR": pa.string(),
        "BIGINT": pa.int64(),
        "INTEGER": pa.int64(),
        "TIMESTAMPTZ": pa.timestamp("us", tz="UTC"),
        "JSON": pa.string(),
        "DATE[]": pa.list_(pa.date32()),
    }
    schema = pa.schema([pa.field(column.name, kinds.get(column.type, pa.string())) for column in columns])
    return pa.Table.from_pylist([_plain(row, schema) for row in rows], schema=schema)


def _plain(row: dict[str, Any], schema: pa.Schema) -> dict[str, Any]:
    return {f.name: _value(row.get(f.name), f.type) for f in schema}


def _value(value: Any, kind: pa.DataType) -> Any:
    if value is None or not pa.types.is_string(kind):
        return list(value) if isinstance(value, tuple) else value
    return str(value)
