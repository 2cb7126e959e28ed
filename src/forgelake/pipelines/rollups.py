"""Keeping rollups: spans that are over are counted once, and again only when their events have changed.

What has to be done follows from the tables alone (`forgelake.query.rollups`), so a run that died is simply done again,
and of two runs at once both do the same.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from pyiceberg.exceptions import CommitFailedException

from forgelake.lake.merge import new_name, rows_of
from forgelake.lake.parquet import write
from forgelake.lake.rollups import ROLLUPS, Rollup
from forgelake.lake.swap import swap, tidy
from forgelake.model.errors import RetryError
from forgelake.model.period import Period, midnight
from forgelake.pipelines.context import Context
from forgelake.pipelines.record import recorded
from forgelake.query.rollups import Due, due, started
from forgelake.query.snapshot import Snapshot
from forgelake.storage.faults import told_as_ours

JOB: Final = "rollups build"
SPANS_AT_ONCE: Final = 100
"""Spans in one commit."""
ATTEMPTS: Final = 8


@dataclass(frozen=True, slots=True)
class Built:
    """How many spans of a rollup were counted, and how many files that were out of date were taken out."""

    rollup: str
    spans: int
    removed: int


@dataclass(frozen=True, slots=True)
class Standing:
    """How a rollup stands: the spans that it holds, those that are due, and its rows and bytes."""

    rollup: str
    span: str
    fresh: int
    due: int
    rows: int
    bytes: int


def standing(context: Context) -> list[Standing]:
    """How each rollup stands."""
    snapshot, today = context.lake.now(0), context.clock().astimezone(UTC).date()
    found: list[Standing] = []
    for rollup in ROLLUPS:
        missing, stale = due(snapshot.tables, rollup, today, with_base=False)
        files = [file for file in snapshot.tables[rollup.table.name].files if file.path not in stale]
        rows, size = sum(file.rows for file in files), sum(file.bytes for file in files)
        found.append(Standing(rollup.table.name, str(rollup.table.span), len(files), len(missing), rows, size))
    return found


def build(context: Context, *, watch: Callable[[Built], None] = lambda _: None) -> list[Built]:
    """Bring all rollups up to date; a run is only noted if there is something to do.

    Raises:
        RetryError: other runs commit all the time, or the storage cannot be reached.
    """
    today = context.clock().astimezone(UTC).date()
    tables = context.lake.now(0).tables
    if not any(any(due(tables, rollup, today)) for rollup in ROLLUPS):
        return []
    done: list[Built] = []
    with recorded(context, JOB, {"before": str(today)}):
        for rollup in ROLLUPS:
            # Each is made of the one before it.
            built = _build(context, rollup, today)
            watch(built)
            done.append(built)
    return done


def _build(context: Context, rollup: Rollup, today: date) -> Built:
    snapshot = context.lake.now(0)
    missing, stale = due(snapshot.tables, rollup, today)
    if stale:
        _commit(context, rollup, [], stale)
    for first in range(0, len(missing), SPANS_AT_ONCE):
        _commit(context, rollup, list(_written(context, snapshot, rollup, missing[first : first + SPANS_AT_ONCE])), [])
    return Built(rollup.table.name, len(missing), len(stale))


def _written(context: Context, snapshot: Snapshot, rollup: Rollup, spans: Sequence[Due]) -> Iterator[str]:
    with TemporaryDirectory(dir=context.scratch, prefix="rollup-") as folder:
        for one in spans:
            end = rollup.table.span.after(one.start)
            period = Period(*(midnight(day) for day in (one.start, end)))
            name = new_name(one.name)
            local, path = Path(folder) / name, rollup.table.data_path(one.start, name)
            with snapshot.session(period, tables=[rollup.base.name]) as session:
                write(rows_of(session.connection, rollup.table, rollup.sql, {}), rollup.table.arrow_schema(), local)
            context.storage.put_file(path, local)
            local.unlink()
            yield context.storage.uri(path)


def _commit(context: Context, rollup: Rollup, uris: Sequence[str], stale: Sequence[str]) -> None:
    """Put files into the table, in place of stale ones and of those that another run made for the same spans."""
    declared, storage = rollup.table, context.storage
    starts, gone = {started(uri) for uri in uris}, {storage.path(path) for path in stale}
    for _ in range(ATTEMPTS):
        with told_as_ours(storage.place, declared.path, "committing to"):
            table = context.catalog.table(declared)
            files = (task.file for task in table.scan().plan_files())
            out = [one for one in files if started(one.file_path) in starts or storage.path(one.file_path) in gone]
            if not (uris or out):
                return
            try:
                committed = swap(table, out, uris, {"forgelake.rollup": declared.name})
            except CommitFailedException:
                continue
        tidy(context.catalog, storage, declared, committed)
        return
    message = f"table {declared.name}: {ATTEMPTS} commits in a row lost to other runs; the next run tries again"
    raise RetryError(message)
