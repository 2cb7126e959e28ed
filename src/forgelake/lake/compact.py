"""Few sorted files in place of many small ones, a day at a time; not a row of it changes.

New files are written beside the old ones and take their place in one commit, so readers see the one or the other. Where
a collector changed the day meanwhile, what was written is thrown away and the day begun anew; where it changed another
day, only the commit is made again. Old files stay until `forgelake.lake.sweep` finds them out of use.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import chain, islice
from pathlib import Path

import duckdb
import pyarrow as pa
from pyiceberg.exceptions import CommitFailedException
from pyiceberg.manifest import DataFile
from pyiceberg.table import Table as IcebergTable

from forgelake.lake.catalog import Catalog
from forgelake.lake.columns import Table
from forgelake.lake.merge import ROWS_AT_ONCE, new_name, rows_of
from forgelake.lake.parquet import write
from forgelake.lake.pieces import existing
from forgelake.lake.swap import swap, tidy
from forgelake.model.errors import RetryError, StopError
from forgelake.storage.faults import told_as_ours
from forgelake.storage.objects import Storage

ATTEMPTS = 8


@dataclass(frozen=True, slots=True)
class Compacted:
    """What became of a table's day: how many files and bytes it had, and has now."""

    table: str
    day: date
    rows: int
    files_before: int
    files_after: int
    bytes_before: int
    bytes_after: int


class Compactor:
    """Compacts days of the lake's tables."""

    def __init__(
        self,
        catalog: Catalog,
        storage: Storage,
        scratch: Path,
        connect: Callable[[], duckdb.DuckDBPyConnection],
        file_bytes: int,
    ) -> None:
        """Args: where tables and files lie, a local folder, how to get a DuckDB connection, and a file's best size."""
        self._catalog = catalog
        self._storage = storage
        self._scratch = scratch
        self._connect = connect
        self._file_bytes = file_bytes

    @cached_property
    def _connection(self) -> duckdb.DuckDBPyConnection:
        return self._connect()

    def days(self, declared: Table, first: date, last: date) -> list[date]:
        """The days, both included, that have more files than they need."""
        files = self._files(self._catalog.table(declared), declared, (first, last))
        return sorted(day for day, found in files.items() if len(found) > self._needed(found))

    def compact(self, declared: Table, day: date) -> Compacted | None:
        """Compact a day; None if nothing was to be done.

        Raises:
            RetryError: collectors changed the day again and again, or the storage cannot be reached.
            StopError: the new files have not as many rows as the old ones; nothing was changed.
        """
        for _ in range(ATTEMPTS):
            old = self._files(self._catalog.table(declared), declared, [day]).get(day, [])
            if len(old) <= self._needed(old):
                return None
            new = self._written(declared, day, old)
            if (after := self._swapped(declared, day, old, new)) is not None:
                rows, sizes = sum(file.record_count for file in old), [file.file_size_in_bytes for file in old]
                return Compacted(declared.name, day, rows, len(old), len(after), sum(sizes), sum(after))
            for uri in new:
                self._storage.delete(self._storage.path(uri))
        message = f"{declared.name} of {day} was changed {ATTEMPTS} times meanwhile; the next run tries again"
        raise RetryError(message)

    def _needed(self, files: Sequence[DataFile]) -> int:
        return max(1, -(-sum(file.file_size_in_bytes for file in files) // self._file_bytes))

    def _files(self, table: IcebergTable, declared: Table, days: Iterable[date]) -> dict[date, list[DataFile]]:
        found = existing(self._storage.place, table, declared, days)
        return {day: [one.data_file for one in pieces if one.data_file is not None] for day, pieces in found.items()}

    def _written(self, declared: Table, day: date, old: Sequence[DataFile]) -> list[str]:
        """URIs of new files with the same rows, sorted."""
        sql = f"SELECT {declared.columns_sql} FROM read_parquet($files) ORDER BY {declared.order_sql}"  # noqa: S608 - our own
        uris = sorted(file.file_path.removeprefix("file://") for file in old)
        rows = sum(file.record_count for file in old)
        try:
            batches = rows_of(self._connection, declared, sql, {"files": uris})
            written = dict(self._write(declared, day, batches, -(-rows // self._needed(old))))
        except (duckdb.IOException, duckdb.HTTPException) as error:
            message = f"reading files of {declared.path} in {self._storage.place.shown} failed: {error}"
            raise RetryError(message) from error
        if sum(written.values()) != rows:
            message = f"{declared.name} of {day}: {rows} rows became {sum(written.values())}; the old files stay"
            raise StopError(message)
        return list(written)

    def _write(
        self, declared: Table, day: date, batches: Iterator[pa.RecordBatch], rows: int
    ) -> Iterator[tuple[str, int]]:
        """URIs and numbers of rows of files with about so many rows each."""
        for first in batches:
            local = self._scratch / new_name("compacted")
            whole = chain([first], islice(batches, rows // ROWS_AT_ONCE))
            number = write(whole, declared.arrow_schema(), local)
            path = declared.data_path(day, local.name)
            self._storage.put_file(path, local)
            local.unlink()
            yield self._storage.uri(path), number

    def _swapped(self, declared: Table, day: date, old: Sequence[DataFile], new: Sequence[str]) -> list[int] | None:
        """The sizes of the new files once they have taken the place of the old ones; None if the day has changed."""
        before = {file.file_path for file in old}
        for _ in range(ATTEMPTS):
            table = self._catalog.table(declared)
            files = self._files(table, declared, [day]).get(day, [])
            if {file.file_path for file in files} != before:
                return None
            try:
                with told_as_ours(self._storage.place, declared.path, "committing to"):
                    table = swap(table, files, new, {"forgelake.compacted": str(day)})
            except CommitFailedException:
                continue
            tidy(self._catalog, self._storage, declared, table)
            return [self._storage.size(self._storage.path(uri)) for uri in new]
        return None
