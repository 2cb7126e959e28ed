"""A lake of a few rows, for a metric's tests: written as real files, and read through a real snapshot."""

import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from forgelake.engines.duckdb import connect
from forgelake.lake.catalog import TABLES
from forgelake.lake.columns import Era
from forgelake.lake.events import EVENTS
from forgelake.lake.parquet import write
from forgelake.model.hours import Hour
from forgelake.model.slices import SliceStatus
from forgelake.query.files import DataFile, TableFiles
from forgelake.query.session import Limits
from forgelake.query.snapshot import Snapshot
from forgelake.query.state_tables import runs_table, slices_table
from forgelake.sources.gharchive import SOURCE
from forgelake.state.schema import SLICES_COLUMNS

_COUNTS = ("attempts", "events", "duplicates", "rejected", "repaired", "json_bytes")


@contextmanager
def case_lake(events: Iterable[Mapping[str, Any]], received: Iterable[Hour]) -> Iterator[Snapshot]:
    """A snapshot with these rows of ``events`` (columns left out are NULL, ids are counted up) and these hours."""
    rows = sorted((_row(event, number) for number, event in enumerate(events, start=1)), key=_created)
    planned = {name: TableFiles(declared, ()) for name, declared in TABLES.items()}
    with tempfile.TemporaryDirectory(prefix="forgelake-") as folder:
        planned["events"] = TableFiles(EVENTS, tuple(_files(Path(folder), rows)))
        yield Snapshot(
            id="test",
            taken_at=datetime.now(UTC),
            tables=planned,
            slices=slices_table([_received(hour) for hour in sorted(received)]),
            runs=lambda: runs_table([]),
            connect=_shared().cursor,
            limits=Limits(),
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


def _received(hour: Hour) -> tuple[Any, ...]:
    values: dict[str, Any] = {column.name: None for column in SLICES_COLUMNS}
    values.update(dict.fromkeys(_COUNTS, 0))
    values.update(source=SOURCE, name=hour.name, origin="test", start=hour.start, end=hour.end, days=(hour.day,))
    values.update(status=SliceStatus.RECEIVED, first_asked_at=hour.end, last_asked_at=hour.end)
    return tuple(values.values())


@cache
def _shared() -> duckdb.DuckDBPyConnection:
    """Loading an extension takes a tenth of a second, so all cases share one."""
    connection = connect(extensions=("icu",), threads=1)
    connection.execute("SET GLOBAL TimeZone = 'UTC'")
    return connection
