"""Data files that wait to become part of a table."""

import uuid
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from forgelake.lake.columns import Table
from forgelake.lake.parquet import write
from forgelake.model.period import midnight
from forgelake.storage.objects import Storage


@dataclass(frozen=True, slots=True)
class StagedFile:
    """A Parquet file that no table refers to yet.

    Attributes:
        table: the name of the table it is meant for.
        local: where it was written.
        path: where it lies in the storage once uploaded; no two files ever share a path.
        day: the UTC day that all its rows belong to.
        rows, size: number of rows and bytes.
        first, last: the earliest and latest value of the table's day column.
    """

    table: str
    local: Path
    path: str
    day: date
    rows: int
    size: int
    first: datetime
    last: datetime

    def upload(self, storage: Storage) -> None:
        """Move the file into the storage."""
        storage.put_file(self.path, self.local)
        self.local.unlink()


def staged(table: Table, day: date, rows: list[dict[str, Any]], folder: Path) -> StagedFile:
    """Write a day's rows into a folder, in the table's order; where they name a date, midnight stands for it."""
    path = folder / f"{table.name}-{uuid.uuid4().hex[:12]}-0.parquet"
    schema = table.arrow_schema()
    content = pa.Table.from_pylist(rows, schema=schema).sort_by([(name, "ascending") for name in table.sort])
    number = write(content.to_batches(), schema, path)
    start, size = midnight(day), path.stat().st_size
    return StagedFile(table.name, path, table.data_path(day, path.name), day, number, size, start, start)
