"""Answering: the SQL run over the snapshot's files of the period, and beside its rows how complete they are.

A number is given only for what was observed: where no hour of a bucket (or of the whole period) was received, or its
era does not carry what the metric needs, values are NULL. Zero means that the hours are there and nothing was in them.
A list or a value that compares two periods needs something of both, or everything would look new.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

import pyarrow as pa
import pyarrow.compute as pc

from forgelake.lake.events import EVENTS
from forgelake.lake.rollups import ROLLUPS
from forgelake.metrics.binding import Bound
from forgelake.metrics.definition import Column, Metric
from forgelake.metrics.notes import notes
from forgelake.metrics.observed import Observed, named, observed, slice_kind
from forgelake.metrics.parameters import REPO_IDS
from forgelake.model.coverage import Coverage
from forgelake.model.errors import StopError
from forgelake.query.engine import Engine
from forgelake.query.lake import Lake
from forgelake.query.snapshot import Snapshot
from forgelake.traces.spans import span

if TYPE_CHECKING:
    from forgelake.metrics.rolling import Rolled
    from forgelake.query.rollups import Cover

ARROW: Final = {
    "instant": pa.timestamp("us", tz="UTC"),
    "date": pa.date32(),
    "text": pa.string(),
    "integer": pa.int64(),
    "number": pa.float64(),
    "flag": pa.bool_(),
}
"""The type of a column, by its kind."""

_ZERO_WHEN_NOTHING: Final = ("sum", "distinct")
_ALL_AT_ONCE: Final = "millennium"
"""A unit of ``date_trunc`` whose buckets no period of the archive reaches beyond."""


@dataclass(frozen=True, slots=True)
class Bucket:
    """A whole bucket of a series; ``expected`` and ``received`` count those of its slices that were asked for."""

    start: datetime
    end: datetime
    expected: int
    received: int

    @property
    def unknown(self) -> bool:
        """Whether slices ought to be there and none is."""
        return self.received == 0 and self.expected > 0


@dataclass(frozen=True, slots=True)
class Answer:
    """Rows, and what they are worth.

    Attributes:
        table: the rows, in the metric's columns.
        as_of: the end of the newest received slice in the period, or now (UTC); None without any.
        asked_at: when the question was put; what is not over by then is not expected.
        coverage: of everything that the SQL read: the period, and before it the lookback.
        buckets: of a series, in order.
        snapshot_id: of the state of the lake that was asked.
        notes: what has to be told of the question; see ``forgelake.metrics.notes``.
    """

    bound: Bound
    table: pa.Table
    columns: tuple[Column, ...]
    as_of: datetime | None
    asked_at: datetime
    coverage: Coverage
    buckets: tuple[Bucket, ...]
    snapshot_id: str
    notes: tuple[str, ...] = ()


def answer(lake: Lake, bound: Bound, *, timeout_seconds: float | None = None, engine: Engine | None = None) -> Answer:
    """Answer from the lake as it is now.

    Args:
        timeout_seconds: for the SQL, 0 for no end; the lake's own if left out.
        engine: what runs the SQL; DuckDB in this process if left out.

    Raises:
        UsageError: it took longer than allowed.
        StopError: the lake cannot be read, or the metric's SQL does not give the columns that it declares.
    """
    rests_on_hours = not slice_kind(bound.metric) and "slices" not in bound.metric.tables
    snapshot = lake.about_hours(bound.reach) if rests_on_hours else lake.now()
    return answer_from(snapshot, bound, lake.clock(), timeout_seconds=timeout_seconds, engine=engine)


def answer_from(
    snapshot: Snapshot,
    bound: Bound,
    now: datetime,
    *,
    timeout_seconds: float | None = None,
    engine: Engine | None = None,
) -> Answer:
    """Answer from a snapshot; see ``answer``."""
    with span("metric", {"forgelake.metric": bound.metric.name}) as told:
        found = _found(snapshot, bound, now, timeout_seconds, engine)
        covered = found.coverage
        told.note(
            {
                "forgelake.rows": len(found.table),
                "forgelake.expected": covered.expected,
                "forgelake.received": covered.received,
            }
        )
        return found


def _found(
    snapshot: Snapshot, bound: Bound, now: datetime, timeout_seconds: float | None, engine: Engine | None
) -> Answer:
    metric, seen = bound.metric, observed(snapshot, bound, now)
    own = seen.ended(bound.start)
    buckets = tuple(_buckets(bound, seen, own))
    table = conformed(metric, _run(snapshot, bound, timeout_seconds, engine))
    return Answer(
        bound=bound,
        table=_honest(metric, table, buckets, known=_is_known(metric, seen, own)),
        columns=metric.columns,
        as_of=next((min(one.end, now) for one in reversed(seen.slices[own:]) if one.received), None),
        asked_at=now,
        coverage=seen.coverage,
        buckets=buckets,
        snapshot_id=snapshot.id,
        notes=notes(snapshot, bound, table, engine),
    )


def as_one_bucket(snapshot: Snapshot, bound: Bound, *, timeout_seconds: float | None = None) -> pa.Table:
    """A series' rows computed anew as if its period was a single bucket, for values that do not add up.

    Raises:
        UsageError, StopError: see ``answer``.
    """
    metric, parameters = bound.metric, {**_parameters(snapshot, bound), "unit": _ALL_AT_ONCE}
    with snapshot.session(
        bound.reach, tables=metric.tables, eras=bound.eras, timeout_seconds=timeout_seconds
    ) as session:
        return conformed(metric, session.run(metric.sql, parameters).read_all())


def conformed(metric: Metric, table: pa.Table) -> pa.Table:
    """Rows as the metric declares its columns.

    Raises:
        StopError: they are other ones.
    """
    names = [column.name for column in metric.columns]
    if table.column_names != names:
        message = f"{metric.name}: its SQL gives the columns {', '.join(table.column_names)}, not {', '.join(names)}"
        raise StopError(message)
    try:
        return table.cast(pa.schema([pa.field(column.name, ARROW[column.kind]) for column in metric.columns]))
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        message = f"{metric.name}: its SQL gives values that are not of the declared kind: {error}"
        raise StopError(message) from error


def _run(snapshot: Snapshot, bound: Bound, timeout_seconds: float | None, engine: Engine | None) -> pa.Table:
    metric, parameters = bound.metric, _parameters(snapshot, bound)
    if engine is not None:
        reading = engine.session(
            snapshot, bound.reach, tables=metric.tables, eras=bound.eras, timeout_seconds=timeout_seconds
        )
        with reading as session:
            return session.run(metric.sql, parameters).read_all()
    sql, cover = metric.sql, None
    if (found := covered(snapshot, bound)) is not None:
        rolled, cover = found
        sql, parameters = rolled.sql, {name: parameters[name] for name in rolled.parameters}
    reading = snapshot.session(
        bound.reach, tables=metric.tables, eras=bound.eras, cover=cover, timeout_seconds=timeout_seconds
    )
    with reading as session:
        return session.run(sql, parameters).read_all()


def _parameters(snapshot: Snapshot, bound: Bound) -> dict[str, object]:
    """What the SQL is run with; what it reads need not hold every name that a repository had."""
    given = bound.sql_parameters
    if REPO_IDS in given:
        given[REPO_IDS] = "".join(f",{one}" for one in snapshot.repo_ids(named(bound))) + ","
    return given


def covered(snapshot: Snapshot, bound: Bound) -> "tuple[Rolled, Cover] | None":
    """A question's SQL for rollups, and what it reads; None where the tables themselves are read."""
    if snapshot.holds(EVENTS.name) or not any(snapshot.tables[rollup.table.name].files for rollup in ROLLUPS):
        return None
    # It brings a parser with it, which a lake without rollups need not wait for.
    from forgelake.metrics.rolling import rolled_up  # noqa: PLC0415

    return rolled_up(snapshot, bound)


def _buckets(bound: Bound, seen: Observed, first: int) -> Iterator[Bucket]:
    """Args: what the SQL reads, and which of it is the first that is not over before the period."""
    for start, end in bound.buckets:
        following = max(first, seen.begun(end))
        yield Bucket(start, end, following - first, seen.received(first, following))
        first = following


def _is_known(metric: Metric, seen: Observed, own: int) -> bool:
    """Whether anything was received of the period, if anything ought to be; of two that are compared, of each."""
    last = len(seen.slices)
    if metric.compares:
        return seen.received(own, last) > 0 and seen.received(0, own) > 0
    return own == last or seen.received(own, last) > 0


def _honest(metric: Metric, table: pa.Table, buckets: Sequence[Bucket], *, known: bool) -> pa.Table:
    """Rows without values that nothing was observed for; but for a series, by whether the whole is known."""
    if metric.kind == "series":
        unknown = pa.array([bucket.start for bucket in buckets if bucket.unknown], ARROW["instant"])
        told = pc.invert(pc.is_in(table["bucket"], unknown))
        for column in metric.values:
            values = pc.if_else(told, table[column.name], pa.scalar(None, ARROW[column.kind]))
            table = table.set_column(table.column_names.index(column.name), column.name, values)
        return _filled(metric, table, buckets) if metric.fill else table
    if known:
        return table
    if metric.kind == "table":
        return table.slice(0, 0)
    return pa.table([pa.nulls(len(table), field.type) for field in table.schema], schema=table.schema)


def _filled(metric: Metric, table: pa.Table, buckets: Sequence[Bucket]) -> pa.Table:
    """A row for every bucket: where hours were received and nothing was in them, sums are zero."""
    rows = {row["bucket"]: row for row in table.to_pylist()}
    zero = {column.name: 0 if column.additivity in _ZERO_WHEN_NOTHING else None for column in metric.values}
    unknown = dict.fromkeys(zero)
    filled = (
        rows.get(bucket.start) or {"bucket": bucket.start, **(zero if bucket.received else unknown)}
        for bucket in buckets
    )
    return pa.Table.from_pylist(list(filled), schema=table.schema)
