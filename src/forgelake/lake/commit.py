"""Making staged files visible: one transaction per table, all or nothing.

A slice's new rows replace its former ones. An event that several files of a day hold becomes one row that
names all its sources. Files are immutable: a row that has to change means a new file in place of the old
one, in the same transaction. Losing a race against another committer means looking again, so that the
result is the same in whatever order slices arrive.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path

import duckdb
import pyarrow as pa
from pyiceberg.exceptions import CommitFailedException
from pyiceberg.manifest import DataFile
from pyiceberg.table import Table as IcebergTable

from forgelake.lake.catalog import Catalog
from forgelake.lake.columns import Table
from forgelake.lake.events import EVENTS
from forgelake.lake.merge import Merger, new_name
from forgelake.lake.parquet import write
from forgelake.lake.pieces import Piece, existing, micros
from forgelake.lake.rejects import REJECTS
from forgelake.lake.staged import StagedFile
from forgelake.lake.swap import swap, tidy
from forgelake.model.errors import RetryError
from forgelake.storage.faults import told_as_ours
from forgelake.storage.objects import Storage

ATTEMPTS = 8


@dataclass(frozen=True, slots=True)
class Batch:
    """What one commit brings.

    Attributes:
        files: staged and uploaded files.
        former: the slices that are replaced, and the days in which rows of theirs may lie already.
        tables: the tables in which such rows may lie; no others are looked at.
        is_told: whether the table's new state names the slices.
    """

    files: list[StagedFile]
    former: Mapping[str, frozenset[date]]
    tables: tuple[Table, ...] = (REJECTS, EVENTS)
    is_told: bool = True


@dataclass(slots=True)
class _Plan:
    """A table's change: which files go, which come."""

    table: IcebergTable
    remove: list[DataFile] = field(default_factory=list)
    add: list[str] = field(default_factory=list)
    written: list[str] = field(default_factory=list)
    merged_away: list[str] = field(default_factory=list)


class Committer:
    """Commits batches to the lake's tables."""

    def __init__(
        self,
        catalog: Catalog,
        storage: Storage,
        scratch: Path,
        connect: Callable[[], duckdb.DuckDBPyConnection],
    ) -> None:
        """Args: where tables and files lie, a local folder for merging, and how to get a DuckDB connection."""
        self._catalog = catalog
        self._storage = storage
        self._scratch = scratch
        self._connect = connect

    @cached_property
    def _connection(self) -> duckdb.DuckDBPyConnection:
        return self._connect()

    def commit(self, batch: Batch) -> None:
        """Make a batch visible. Doing it twice equals doing it once.

        Raises:
            RetryError: other committers were faster every time, or the storage cannot be reached.
        """
        for declared in batch.tables:
            self._commit_table(declared, batch)

    def _commit_table(self, declared: Table, batch: Batch) -> None:
        for _ in range(ATTEMPTS):
            plan = self._planned(declared, batch)
            if not (plan.add or plan.remove):
                return
            try:
                with told_as_ours(self._storage.place, declared.path, "committing to"):
                    told = " ".join(sorted(batch.former))[:4000]
                    properties = {"forgelake.slices": told} if batch.is_told else {}
                    table = swap(plan.table, plan.remove, plan.add, properties)
            except CommitFailedException:
                self._discard(plan.written)
                continue
            self._discard(plan.merged_away)
            tidy(self._catalog, self._storage, declared, table)
            return
        message = f"table {declared.name}: {ATTEMPTS} commits in a row lost to other writers; the next run tries again"
        raise RetryError(message)

    def _planned(self, declared: Table, batch: Batch) -> _Plan:
        try:
            return self._plan(declared, batch)
        except (duckdb.IOException, duckdb.HTTPException) as error:
            message = f"reading files of {declared.path} in {self._storage.place.shown} failed: {error}"
            raise RetryError(message) from error

    def _plan(self, declared: Table, batch: Batch) -> _Plan:
        plan = _Plan(self._catalog.table(declared))
        staged: dict[date, list[Piece]] = defaultdict(list)
        for file in batch.files:
            if file.table == declared.name:
                staged[file.day].append(Piece(self._storage.uri(file.path), micros(file.first), micros(file.last)))
        former = frozenset[date]().union(*batch.former.values())
        days = former | staged.keys()
        lying = existing(self._storage.place, plan.table, declared, days) if days else {}
        for day in sorted(days):
            self._plan_day(plan, declared, batch, day, (lying.get(day, []), staged.get(day, [])))
        return plan

    def _plan_day(
        self, plan: _Plan, declared: Table, batch: Batch, day: date, pieces: tuple[list[Piece], list[Piece]]
    ) -> None:
        old, new = pieces
        replaced = [source for source, days in batch.former.items() if day in days]
        stale = {p.uri for p in old} if replaced else set[str]()
        pairs = [(n, p) for n in new for p in (*old, *new) if p is not n and p.meets(n)]
        meeting = {piece.uri for pair in pairs for piece in pair}
        if not stale and not meeting:
            plan.add += [p.uri for p in new]
            return
        merger = Merger(self._connection, declared, replaced)
        concerned = merger.files_with_former_rows(sorted(stale)) if stale else set[str]()
        if meeting:
            concerned |= merger.files_with_copies(_uris(old, meeting), _uris(new, meeting))
        rewrite_old, rewrite_new = _uris(old, concerned), _uris(new, concerned)
        plan.remove += [p.data_file for p in old if p.uri in concerned and p.data_file is not None]
        plan.add += [p.uri for p in new if p.uri not in concerned]
        if concerned:
            self._rewrite(plan, declared, day, merger.merged(rewrite_old, rewrite_new))
            plan.merged_away += rewrite_new

    def _rewrite(self, plan: _Plan, declared: Table, day: date, batches: Iterable[pa.RecordBatch]) -> None:
        name = new_name()
        local = self._scratch / name
        if write(batches, declared.arrow_schema(), local):
            path = declared.data_path(day, name)
            self._storage.put_file(path, local)
            plan.add.append(self._storage.uri(path))
            plan.written.append(self._storage.uri(path))
        local.unlink()

    def _discard(self, uris: Iterable[str]) -> None:
        for uri in uris:
            self._storage.delete(self._storage.path(uri))


def _uris(pieces: Iterable[Piece], wanted: Iterable[str]) -> list[str]:
    chosen = set(wanted)
    return sorted(piece.uri for piece in pieces if piece.uri in chosen)
