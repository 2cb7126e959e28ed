"""The data files of a table's current state, by day.

Manifests never change, so each is read once in a process; a new state costs only its new manifests. Planning a query
for a day is then picking that day's files, however long the archive is. There are no delete files: the lake replaces
files instead.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from pyiceberg.manifest import ManifestFile
from pyiceberg.table import Table as IcebergTable

from forgelake.lake.columns import Table
from forgelake.model.period import Period


@dataclass(frozen=True, slots=True, order=True)
class DataFile:
    """One immutable Parquet file, with rows of one UTC day, or of a longer span that begins on that day."""

    day: date
    path: str
    rows: int
    bytes: int


@dataclass(frozen=True)
class TableFiles:
    """A table's files, in the order of their days."""

    table: Table
    files: tuple[DataFile, ...]

    def within(self, period: Period | None) -> tuple[DataFile, ...]:
        """The files with rows of the days that a period reaches into; all without one."""
        if period is None:
            return self.files
        first, last = period.days
        end = len(self.files) if self.table.late else bisect_right(self._days, last)
        return self.files[bisect_left(self._days, self.table.span.start(first)) : end]

    @cached_property
    def _days(self) -> list[date]:
        return [file.day for file in self.files]


class Planner:
    """Plans tables; remembers the manifests of the last plan."""

    def __init__(self) -> None:
        self._manifests: dict[str, dict[str, tuple[DataFile, ...]]] = {}

    def plan(self, declared: Table, table: IcebergTable | None) -> TableFiles:
        """All files of a table as it was loaded; none of one that does not exist."""
        if table is None:
            return TableFiles(declared, ())
        snapshot = table.current_snapshot()
        known = self._manifests.get(declared.name, {})
        read: dict[str, tuple[DataFile, ...]] = {}
        for manifest in snapshot.manifests(table.io) if snapshot else ():
            path = manifest.manifest_path
            read[path] = known[path] if path in known else tuple(_files(declared, manifest, table))
        self._manifests[declared.name] = read
        return TableFiles(declared, tuple(sorted(file for files in read.values() for file in files)))


def _files(declared: Table, manifest: ManifestFile, table: IcebergTable) -> Iterator[DataFile]:
    for entry in manifest.fetch_manifest_entry(table.io):
        file = entry.data_file
        day = declared.span.of_partition(file.partition[0])
        yield DataFile(day, file.file_path.removeprefix("file://"), file.record_count, file.file_size_in_bytes)
