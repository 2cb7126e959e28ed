"""SQL over the lake: every table by its bare name, from one consistent state."""

import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from itertools import chain, count
from typing import Any

import duckdb
import pyarrow as pa

from forgelake.lake.catalog import TABLES
from forgelake.model.errors import ForgelakeError, StopError, UsageError, nearest
from forgelake.pipelines.context import Context
from forgelake.state.schema import RUNS_COLUMNS, SLICES_COLUMNS

_STATE_TABLES = ("slices", "runs")
_TIMEOUT_KEY = "sql.timeout_seconds"
_NOT_THE_QUERYS_FAULT = ("IO Error", "HTTP Error", "Out of Memory Error", "INTERNAL Error", "FATAL Error")
_DUCKDB_SAID = re.compile(r"[A-Z]\w+(?: [A-Z]\w+)* Error: ")


class Session:
    """A DuckDB connection on which the lake's tables are views of their state at opening."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, timeout_seconds: float) -> None:
        self.connection = connection
        self._timeout = timeout_seconds
        self._timer: threading.Timer | None = None
        self._stopped = False

    def run(self, sql: str, parameters: Mapping[str, object] | None = None) -> pa.RecordBatchReader:
        """Start a query; its rows come as Arrow batches while they are read, within the session's block.

        Raises:
            UsageError: the SQL is wrong, or took longer than ``sql.timeout_seconds``.
            StopError: the lake's files cannot be read, or memory did not suffice.
        """
        self._start_timer()
        try:
            result = self.connection.execute(sql, parameters)
            # The signature does not say so, but a text without a statement has no result.
            if result is None:
                message = 'there is no SQL to run; write e.g. forgelake sql "SELECT count(*) FROM events"'
                raise UsageError(message)
            return _with_distinct_names(result.to_arrow_reader())
        except duckdb.Error as error:
            raise self.told(str(error)) from error

    def told(self, said: str) -> ForgelakeError:
        """DuckDB's message as an error of ours."""
        if self._stopped:
            return UsageError(f"the query was stopped after {self._timeout:g} s; ask for less, or raise {_TIMEOUT_KEY}")
        return StopError(said) if said.startswith(_NOT_THE_QUERYS_FAULT) else UsageError(_explained(said))

    def close(self) -> None:
        """Let no timer outlive the session."""
        if self._timer:
            self._timer.cancel()

    def _start_timer(self) -> None:
        self.close()
        if self._timeout:
            self._timer = threading.Timer(self._timeout, self._stop)
            self._timer.daemon = True
            self._timer.start()

    def _stop(self) -> None:
        self._stopped = True
        self.connection.interrupt()


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
        with _running(Session(connection, settings.timeout_seconds)) as opened:
            yield opened
    finally:
        connection.close()


@contextmanager
def _running(opened: Session) -> Iterator[Session]:
    """A query may fail as late as its rows are read; Arrow then wraps DuckDB's message once or twice."""
    try:
        yield opened
    except (duckdb.Error, OSError) as error:
        said = str(error).rpartition("IOError: ")[2]
        if _DUCKDB_SAID.match(said) is None:
            raise
        raise opened.told(said) from error
    finally:
        opened.close()


def _with_distinct_names(answer: pa.RecordBatchReader) -> pa.RecordBatchReader:
    """The answer with names that no two columns share, counted up as DuckDB itself does: a, a_1."""
    names: list[str] = []
    for name in answer.schema.names:
        taken = {known.lower() for known in names}
        candidates = chain([name], (f"{name}_{number}" for number in count(1)))
        names.append(next(candidate for candidate in candidates if candidate.lower() not in taken))
    if names == answer.schema.names:
        return answer
    schema = pa.schema([field.with_name(name) for field, name in zip(answer.schema, names, strict=True)])
    batches = (pa.RecordBatch.from_arrays(batch.columns, schema=schema) for batch in answer)
    return pa.RecordBatchReader.from_batches(schema, batches)


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
