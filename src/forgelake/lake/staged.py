"""Data files that wait to become part of a table."""

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

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
