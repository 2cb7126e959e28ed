"""Spark as an engine of the lake's questions: the same views over the same snapshot, and DuckDB's SQL translated.

A table is read by the metadata file that the snapshot names, so an answer of Spark is from the same state of the lake
as one of DuckDB, and Spark needs no catalog.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, time, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa

from forgelake.engines import spark
from forgelake.engines.dialects.spark import SPARK
from forgelake.engines.dialects.translate import PARAMETER, parsed, tables, translated, with_frames
from forgelake.lake.columns import Kind, Table
from forgelake.model.errors import UsageError, nearest
from forgelake.model.period import Period
from forgelake.query.bots import bots_table
from forgelake.query.engine import Progress
from forgelake.query.session import with_distinct_names
from forgelake.query.snapshot import Snapshot
from forgelake.query.views import seen_sql

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

NAME: Final = "forgelake"
_TYPES: Final = {
    Kind.TEXT: "string", Kind.INTEGER: "bigint", Kind.FLAG: "boolean", Kind.INSTANT: "timestamp", Kind.DATE: "date",
    Kind.BYTES: "binary", Kind.TEXTS: "array<string>",
}  # fmt: skip
_OF_ARROW: Final = {"int64": "bigint", "timestamp[us, tz=UTC]": "timestamp", "list<item: date32[day]>": "array<date>"}


class SparkEngine:
    """Answers with Spark; nothing is started before the first question."""

    def __init__(self, options: spark.SparkOptions, timeout_seconds: float = 0) -> None:
        """Args: where Spark runs, and how many seconds a question may take (0 for no end)."""
        self._options = options
        self._timeout = timeout_seconds
        self._groups: list[spark.Group] = []

    @cached_property
    def _spark(self) -> "SparkSession":
        return spark.start(self._options, NAME)

    @contextmanager
    def session(
        self,
        snapshot: Snapshot,
        period: Period | None = None,
        *,
        tables: Iterable[str] | None = None,
        eras: Iterable[str] | None = None,
        timeout_seconds: float | None = None,
    ) -> Iterator["SparkAsked"]:
        """SQL over a snapshot; see ``Snapshot.session``.

        Raises:
            ConfigurationError: Spark, Java or Iceberg is missing.
        """
        own = self._spark.newSession()
        group = spark.Group(own)
        views = _Views(own, snapshot, period, None if eras is None else tuple(eras))
        names = snapshot.table_names if tables is None else tuple(tables)
        self._groups.append(group)
        try:
            yield SparkAsked(views, group, names, self._timeout if timeout_seconds is None else timeout_seconds)
        finally:
            self._groups.remove(group)

    def interrupt(self) -> None:
        """See ``forgelake.query.engine.Going``."""
        for group in list(self._groups):
            group.cancel()

    def progress(self) -> Progress | None:
        """The same, by the tasks of the jobs that have begun."""
        newest = next(reversed(list(self._groups)), None)
        done, known = newest.tasks() if newest else (0, 0)
        return Progress(done / known, f"tasks: {done:,} of {known:,} that Spark knows of by now") if known else None

    def close(self) -> None:
        """End Spark's part in this process."""
        if "_spark" in self.__dict__:
            self._spark.stop()
            del self.__dict__["_spark"]


class SparkAsked:
    """A session on Spark; a view is made when a question first names it."""

    def __init__(self, views: "_Views", group: spark.Group, names: tuple[str, ...], timeout_seconds: float) -> None:
        self._session = views.session
        self._group = group
        self._views = views
        self._names = names
        self._timeout = timeout_seconds

    def run(self, sql: str, parameters: Mapping[str, object] | None = None) -> pa.RecordBatchReader:
        """All rows of a question in DuckDB's SQL; see ``forgelake.query.engine.Asked``."""
        values = parameters or {}
        query = with_frames(parsed(sql), values)
        text = translated(query, SPARK)
        with spark.told_as_ours(self._group, self._timeout):
            for name in sorted(tables(query)):
                if name not in self._names:
                    hint = nearest(name, self._names) or "."
                    message = f"there is no table {name}{hint} The tables are: {', '.join(self._names)}"
                    raise UsageError(message)
                self._views.make(name)
            bound = {f"{PARAMETER}{name}": value for name, value in values.items() if f":{PARAMETER}{name}" in text}
            found = spark.arrow(self._session.sql(text, args=bound))
        return with_distinct_names(found.to_reader())


class _Views:
    """The lake's tables as temporary views of one session."""

    def __init__(
        self, session: "SparkSession", snapshot: Snapshot, period: Period | None, eras: tuple[str, ...] | None
    ) -> None:
        self.session = session
        self._snapshot = snapshot
        self._period = period
        self._eras = eras
        self._made: set[str] = set()

    def make(self, name: str) -> None:
        """Make a view, once."""
        if name in self._made:
            return
        self._made.add(name)
        others: dict[str, Callable[[], pa.Table]] = {
            "slices": lambda: self._snapshot.slices,
            "runs": self._snapshot.runs,
            "bots": bots_table,
        }
        if name in others:
            self._from_arrow(others[name]()).createOrReplaceTempView(name)
            return
        declared = self._snapshot.tables[name].table
        stored = f"stored_{name}"
        self._stored(declared).createOrReplaceTempView(stored)
        seen = seen_sql(declared, f"SELECT * FROM {stored}", self._eras, self._snapshot.visibility)  # noqa: S608
        self.session.sql(translated(parsed(seen), SPARK)).createOrReplaceTempView(name)
        self.session.catalog.dropTempView(stored)

    def _stored(self, declared: Table) -> "DataFrame":
        """The rows of the days that the period reaches into; columns younger than the files are NULL."""
        from pyspark.sql import functions

        schema = ", ".join(f"{column.name} {_TYPES[column.kind]}" for column in declared.columns)
        location = self._snapshot.locations.get(declared.name)
        if location is None:
            return self.session.createDataFrame([], schema)
        stored = self.session.read.format("iceberg").load(location)
        for bound in self._within(declared):
            stored = stored.where(bound)
        there = set(stored.columns)
        return stored.select(
            *(
                column.name
                if column.name in there
                else functions.lit(None).cast(_TYPES[column.kind]).alias(column.name)
                for column in declared.columns
            )
        )

    def _within(self, declared: Table) -> Iterator[Any]:
        from pyspark.sql import functions

        if self._period is None:
            return
        first, last = self._period.days
        kind = next(column.kind for column in declared.columns if column.name == declared.day_column)
        column, after = functions.col(declared.day_column), last + timedelta(days=1)
        instants = kind is Kind.INSTANT
        yield column >= functions.lit(datetime.combine(first, time(), UTC) if instants else first)
        if not declared.late:
            yield column < functions.lit(datetime.combine(after, time(), UTC) if instants else after)

    def _from_arrow(self, table: pa.Table) -> "DataFrame":
        schema = ", ".join(f"`{field.name}` {_OF_ARROW.get(str(field.type), 'string')}" for field in table.schema)
        rows = [tuple(row.values()) for row in table.to_pylist()]
        return self.session.createDataFrame(rows, schema, verifySchema=False)
