"""Making landed pieces visible: many slices in one commit for each table, one file for each table and day."""

import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import pyarrow as pa
import structlog

from forgelake.lake.catalog import TABLES
from forgelake.lake.columns import Table
from forgelake.lake.commit import Committer
from forgelake.lake.merge import MERGE_EXTENSIONS
from forgelake.lake.parquet import write
from forgelake.lake.staged import StagedFile
from forgelake.model.errors import SkipError
from forgelake.model.slices import Counts, Receipt, SliceStatus
from forgelake.normalise.slice import Normalised
from forgelake.pipelines.commit_loop import CommitLoop
from forgelake.pipelines.context import Context
from forgelake.pipelines.daily.kinds import KINDS
from forgelake.sources.github import SOURCE
from forgelake.sources.github.pieces import Piece, parsed, unpacked
from forgelake.state.ledger_rows import Verdict
from forgelake.state.owners import Owner
from forgelake.state.runs import RunCounters

AT_ONCE: Final = 2_000
"""Slices in one commit at most."""

_log = structlog.get_logger()


class DailyCommits:
    """Commits what has landed of some kinds; what is waiting is asked of the ledger, so a crash forgets nothing.

    Attributes:
        unreadable: slices whose answers are not what was asked for; the ledger says why.
    """

    def __init__(self, context: Context, owner: Owner, kinds: Collection[str], *, rebuilding: bool = False) -> None:
        self.unreadable = 0
        self._context = context
        self._kinds = kinds
        tables = tuple(dict.fromkeys(table for kind in kinds for table in KINDS[kind].tables))
        merging = partial(context.connect, extensions=MERGE_EXTENSIONS)
        committer = Committer(context.catalog, context.storage, context.scratch, merging)
        self._loop = CommitLoop(context, committer, owner, rebuilding=rebuilding, tables=tables)

    @property
    def counters(self) -> RunCounters:
        """What was committed so far."""
        return self._loop.counters

    def commit_waiting(self) -> None:
        """Commit everything that has landed and is not in the lake."""
        rows = self._context.state.ledger.landed_not_committed(SOURCE)
        names = ((row.receipt, parsed(row.name)) for row in rows)
        self.commit([receipt for receipt, name in names if receipt and name and name.kind in self._kinds])

    def commit(self, receipts: Sequence[Receipt]) -> None:
        """Make the rows of landed slices and commit them, replacing what the slices brought before."""
        for first in range(0, len(receipts), AT_ONCE):
            with TemporaryDirectory(dir=self._context.scratch, prefix="daily-") as folder:
                self._commit(receipts[first : first + AT_ONCE], Path(folder))

    def _commit(self, receipts: Sequence[Receipt], folder: Path) -> None:
        rows: dict[tuple[str, date], list[dict[str, Any]]] = defaultdict(list)
        batch = [one for receipt, piece in self._pieces(receipts) if (one := self._rows(receipt, piece, rows))]
        files = [_staged(TABLES[table], day, found, folder) for (table, day), found in sorted(rows.items())]
        for file in files:
            file.upload(self._context.storage)
        if batch:
            # Rows name their slices; under which slice a shared file is listed does not matter.
            batch[0].files = files
        self._loop.commit_batch(batch, None)

    def _pieces(self, receipts: Iterable[Receipt]) -> Iterable[tuple[Receipt, Piece | None]]:
        by_path: dict[str, list[Receipt]] = defaultdict(list)
        for receipt in receipts:
            by_path[receipt.path].append(receipt)
        for path, wanted in by_path.items():
            try:
                held = {piece.name.text: piece for piece in unpacked(self._context.storage.get(path))}
            except (OSError, ValueError, KeyError, EOFError) as error:
                _log.warning("a landed object cannot be read", path=path, reason=str(error))
                held = dict[str, Piece]()
            yield from ((receipt, held.get(receipt.key.name)) for receipt in wanted)

    def _rows(
        self, receipt: Receipt, piece: Piece | None, into: dict[tuple[str, date], list[dict[str, Any]]]
    ) -> Normalised | None:
        """Make a slice's rows; what cannot be read costs that slice only."""
        try:
            if piece is None:
                message = f"{receipt.path} does not hold it"
                raise SkipError(message)
            made = KINDS[piece.name.kind].rows(piece)
        except (SkipError, ValueError, KeyError, TypeError, AttributeError) as error:
            self._unreadable(receipt, f"its answers cannot be read: {type(error).__name__}: {error}")
            return None
        base = {"source": str(receipt.key), "day": piece.name.day, "taken_at": piece.taken_at}
        for table, rows in made.items():
            if rows:
                into[table, piece.name.day] += [{**base, **row} for row in rows]
        number = sum(map(len, made.values()))
        return Normalised(receipt, Counts(events=number, days=(piece.name.day,) if number else ()))

    def _unreadable(self, receipt: Receipt, reason: str) -> None:
        verdict = Verdict(receipt.key, receipt.start, receipt.end, SliceStatus.FAILED, reason)
        self._context.state.ledger.asked_many([verdict], datetime.now(UTC))
        self.unreadable += 1
        _log.warning("a daily slice could not be read", slice=str(receipt.key), reason=reason)


def _staged(table: Table, day: date, rows: list[dict[str, Any]], folder: Path) -> StagedFile:
    path = folder / f"daily-{uuid.uuid4().hex[:12]}-0.parquet"
    schema = table.arrow_schema()
    found = pa.Table.from_pylist(rows, schema=schema).sort_by([(name, "ascending") for name in table.sort])
    number = write(found.to_batches(), schema, path)
    start = datetime.combine(day, datetime.min.time(), UTC)
    return StagedFile(table.name, path, table.data_path(day, path.name), day, number, path.stat().st_size, start, start)
