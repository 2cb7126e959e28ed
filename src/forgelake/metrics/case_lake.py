"""A lake of a few rows, for a metric's tests: written as real files, and read through a real snapshot."""

import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from forgelake.engines.duckdb import connect
from forgelake.lake.catalog import TABLES
from forgelake.lake.columns import Era, Table
from forgelake.lake.events import EVENTS
from forgelake.lake.parquet import write
from forgelake.model.hours import FIRST_HOUR, Hour
from forgelake.model.period import midnight
from forgelake.model.slices import SliceStatus
from forgelake.query.files import DataFile, TableFiles
from forgelake.query.session import Limits
from forgelake.query.snapshot import Snapshot
from forgelake.query.state_tables import runs_table, slices_table
from forgelake.sources.gharchive import SOURCE
from forgelake.sources.github import SOURCE as GITHUB
from forgelake.state.schema import SLICES_COLUMNS
from forgelake.state.tracked import TrackedRow

_COUNTS = ("changed", "attempts", "events", "duplicates", "rejected", "repaired", "json_bytes")


@contextmanager
def case_lake(
    events: Iterable[Mapping[str, Any]],
    received: Iterable[Hour],
    others: Mapping[str, Sequence[Mapping[str, Any]]] | None = None,
) -> Iterator[Snapshot]:
    """A snapshot with these rows (columns left out are NULL, ids of events are counted up).

    Args:
        received: the archive hours; with ``others``, of the subjects that are in them, the days of these hours.
    """
    rows = sorted((_row(event, number) for number, event in enumerate(events, start=1)), key=_created)
    hours = sorted(received)
    days = sorted({hour.day for hour in hours})
    subjects = {one for name, listed in (others or {}).items() for one in _subjects(TABLES[name], listed)}
    planned = {name: TableFiles(declared, ()) for name, declared in TABLES.items()}
    with tempfile.TemporaryDirectory(prefix="forgelake-") as folder:
        planned["events"] = TableFiles(EVENTS, tuple(_files(Path(folder), rows)))
        for name, listed in (others or {}).items():
            planned[name] = TableFiles(TABLES[name], tuple(_other_files(Path(folder), TABLES[name], listed)))
        yield Snapshot(
            id="test",
            taken_at=datetime.now(UTC),
            tables=planned,
            slices=slices_table(
                [*map(_received, hours), *(_slice(*one, day) for one in sorted(subjects) for day in days)]
            ),
            runs=lambda: runs_table([]),
            connect=_shared().cursor,
            limits=Limits(),
            tracked=tuple(_tracked(*one) for one in sorted(subjects)),
        )


def in_utc(instant: datetime) -> datetime:
    """YAML's instants without an offset are UTC."""
    return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)


def _row(event: Mapping[str, Any], number: int) -> dict[str, Any]:
    given = {"id": number, "era": Era.API_2015.value, "sources": ["gharchive:test@test"], **event}
    row = {column.name: given.get(column.name) for column in EVENTS.columns}
    return {name: in_utc(value) if isinstance(value, datetime) else value for name, value in row.items()}


def _created(row: Mapping[str, Any]) -> datetime:
    return row["created_at"]


def _files(folder: Path, rows: list[dict[str, Any]]) -> Iterator[DataFile]:
    for day, group in groupby(rows, key=lambda row: _created(row).date()):
        table = pa.Table.from_pylist(list(group), schema=EVENTS.arrow_schema())
        path = folder / f"{day}.parquet"
        write(table.to_batches(), table.schema, path)
        yield DataFile(day, str(path), len(table), path.stat().st_size)


def _other_files(folder: Path, table: Table, rows: Sequence[Mapping[str, Any]]) -> Iterator[DataFile]:
    """Rows of a table that is filled daily; what every row has is made up where it is left out."""
    names = [column.name for column in table.columns]
    made = {"source": "github:test@test", "is_final": False}
    whole: list[dict[str, Any]] = [{name: {**made, **row}.get(name) for name in names} for row in rows]
    for row in whole:
        row["taken_at"] = row["taken_at"] or datetime.combine(row["day"], datetime.max.time())
        row.update({name: in_utc(value) for name, value in row.items() if isinstance(value, datetime)})
    for day, group in groupby(sorted(whole, key=itemgetter("day")), key=itemgetter("day")):
        arrow = pa.Table.from_pylist(list(group), schema=table.arrow_schema())
        path = folder / f"{table.name}-{day}.parquet"
        write(arrow.to_batches(), arrow.schema, path)
        yield DataFile(day, str(path), len(arrow), path.stat().st_size)


def _subjects(table: Table, rows: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Kind, subject and names of what the rows are about."""
    names: dict[str, dict[str, None]] = defaultdict(dict)
    for row in rows:
        name = row["topic"] if table.slices == "topic" else row["repo_name"]
        names[name if table.slices == "topic" else str(row.get("repo_id", name))][name] = None
    yield from ((table.slices, subject, tuple(found)) for subject, found in names.items())


def _tracked(kind: str, subject: str, names: tuple[str, ...]) -> TrackedRow:
    return TrackedRow(kind, subject, names[-1], FIRST_HOUR.start, former=names[:-1])


def _received(hour: Hour) -> tuple[Any, ...]:
    return _ledger_row(SOURCE, hour.name, hour.start, hour.end)


def _slice(kind: str, subject: str, _names: tuple[str, ...], day: date) -> tuple[Any, ...]:
    start = midnight(day)
    return _ledger_row(GITHUB, f"{kind}/{subject}/{day}", start, start + timedelta(days=1))


def _ledger_row(source: str, name: str, start: datetime, end: datetime) -> tuple[Any, ...]:
    values: dict[str, Any] = {column.name: None for column in SLICES_COLUMNS}
    values.update(dict.fromkeys(_COUNTS, 0))
    values.update(source=source, name=name, origin="test", start=start, end=end, days=(start.date(),))
    values.update(status=SliceStatus.RECEIVED, first_asked_at=end, last_asked_at=end)
    return tuple(values.values())


@cache
def _shared() -> duckdb.DuckDBPyConnection:
    """Loading an extension takes a tenth of a second, so all cases share one."""
    connection = connect(extensions=("icu",), threads=1)
    connection.execute("SET GLOBAL TimeZone = 'UTC'")
    return connection
