"""Making landed pieces visible: many slices in one commit for each table, one file for each table and day."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

import structlog

from forgelake.lake.catalog import TABLES
from forgelake.lake.staged import staged
from forgelake.model.errors import SkipError
from forgelake.model.slices import Counts, Receipt
from forgelake.normalise.slice import Normalised
from forgelake.pipelines.commit_loop import CommitLoop, portions
from forgelake.pipelines.context import Context
from forgelake.pipelines.daily.kinds import KINDS
from forgelake.sources.github import SOURCE
from forgelake.sources.github.pieces import Piece, parsed, unpacked
from forgelake.state.owners import Owner

AT_ONCE: Final = 2_000
"""Slices in one commit at most."""

_log = structlog.get_logger()


class DailyCommits:
    """Commits what has landed of some kinds, by ``loop``; what is waiting is asked of the ledger."""

    def __init__(self, context: Context, owner: Owner, kinds: Collection[str], *, rebuilding: bool = False) -> None:
        self._context = context
        self._kinds = kinds
        tables = tuple(dict.fromkeys(table for kind in kinds for table in KINDS[kind].tables))
        self.loop = CommitLoop(context, owner, rebuilding=rebuilding, tables=tables)

    def commit_waiting(self) -> None:
        """Commit everything that has landed and is not in the lake."""
        rows = self._context.state.ledger.landed_not_committed(SOURCE)
        names = ((row.receipt, parsed(row.name)) for row in rows)
        self.commit([receipt for receipt, name in names if receipt and name and name.kind in self._kinds])

    def commit(self, receipts: Sequence[Receipt]) -> None:
        """Make the rows of landed slices and commit them, replacing what the slices brought before."""
        for some, folder in portions(self._context, receipts, AT_ONCE):
            self._commit(some, folder)

    def _commit(self, receipts: Sequence[Receipt], folder: Path) -> None:
        rows: dict[tuple[str, date], list[dict[str, Any]]] = defaultdict(list)
        batch = [one for receipt, piece in self._pieces(receipts) if (one := self._rows(receipt, piece, rows))]
        files = [staged(TABLES[table], day, found, folder) for (table, day), found in sorted(rows.items())]
        for file in files:
            file.upload(self._context.storage)
        if batch:
            # Rows name their slices; under which slice a shared file is listed does not matter.
            batch[0].files = files
        self.loop.commit_batch(batch, None)

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
            reason = f"its answers cannot be read: {type(error).__name__}: {error}"
            self.loop.give_up(receipt, reason, datetime.now(UTC))
            return None
        base = {"source": str(receipt.key), "day": piece.name.day, "taken_at": piece.taken_at}
        for table, rows in made.items():
            if rows:
                into[table, piece.name.day] += [{**base, **row} for row in rows]
        number = sum(map(len, made.values()))
        return Normalised(receipt, Counts(events=number, days=(piece.name.day,) if number else ()))
