"""A DuckDB connection on which SQL runs until it is done, fails, or has taken too long."""

import re
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain, count

import duckdb
import pyarrow as pa

from forgelake.model.errors import ForgelakeError, StopError, UsageError, nearest

_TIMEOUT_KEY = "sql.timeout_seconds"
_NOT_THE_QUERYS_FAULT = ("IO Error", "HTTP Error", "Out of Memory Error", "INTERNAL Error", "FATAL Error")
_DUCKDB_SAID = re.compile(r"[A-Z]\w+(?: [A-Z]\w+)* Error: ")


@dataclass(frozen=True, slots=True)
class Limits:
    """What queries may take; 0 is DuckDB's own choice, or no end.

    Attributes:
        memory_mb, threads: of all queries of one lake together, for they share one DuckDB.
        timeout_seconds: of one query.
    """

    memory_mb: int = 0
    threads: int = 0
    timeout_seconds: float = 0


class Session:
    """A connection on which the lake's tables are views of one snapshot."""

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, tables: Iterable[str] = (), timeout_seconds: float = 0
    ) -> None:
        """Args: a connection that is prepared, the tables to name where one is not found, seconds for one query."""
        self.connection = connection
        self._tables = tuple(tables)
        self._timeout = timeout_seconds
        self._timer: threading.Timer | None = None
        self._stopped = False

    def run(self, sql: str, parameters: Mapping[str, object] | None = None) -> pa.RecordBatchReader:
        """Start a query; its rows come as Arrow batches while they are read, within the session's block.

        Raises:
            UsageError: the SQL is wrong, or took longer than the session allows.
            StopError: the lake's files cannot be read, or memory did not suffice.
        """
        self._start_timer()
        try:
            result = self.connection.execute(sql, parameters)
            if self._stopped:
                # The time was over before DuckDB had begun, so it was not interrupted.
                raise self.told(sql)
            # The signature does not say so, but a text without a statement has no result.
            if result is None:
                message = 'there is no SQL to run; write e.g. forgelake sql "SELECT count(*) FROM events"'
                raise UsageError(message)
            return with_distinct_names(result.to_arrow_reader())
        except duckdb.Error as error:
            raise self.told(str(error)) from error

    def told(self, said: str) -> ForgelakeError:
        """DuckDB's message as an error of ours."""
        if self._stopped:
            return UsageError(f"the query was stopped after {self._timeout:g} s; ask for less, or raise {_TIMEOUT_KEY}")
        return StopError(said) if said.startswith(_NOT_THE_QUERYS_FAULT) else UsageError(self._explained(said))

    def close(self) -> None:
        """Let no timer outlive the session."""
        if self._timer:
            self._timer.cancel()

    def _explained(self, error: str) -> str:
        """DuckDB's message, with the lake's tables where one was not found."""
        if "Table with name" not in error:
            return error
        wanted = error.partition("Table with name ")[2].split(" ")[0]
        hint = nearest(wanted, self._tables) or "."
        return f"there is no table {wanted}{hint} The tables are: {', '.join(self._tables)}; see: forgelake tables"

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
def running(session: Session) -> Iterator[Session]:
    """A query may fail as late as its rows are read; Arrow then wraps DuckDB's message once or twice."""
    try:
        yield session
    except (duckdb.Error, OSError) as error:
        said = str(error).rpartition("IOError: ")[2]
        if _DUCKDB_SAID.match(said) is None:
            raise
        raise session.told(said) from error
    finally:
        session.close()


def with_distinct_names(answer: pa.RecordBatchReader) -> pa.RecordBatchReader:
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
