"""From outcomes of slices to committed rows: batches, the commit lock, the ledger."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import structlog

from forgelake.lake.columns import Table
from forgelake.lake.commit import Batch, Committer
from forgelake.lake.events import EVENTS
from forgelake.lake.rejects import REJECTS
from forgelake.model.hours import Hour
from forgelake.model.slices import Counts, Receipt, SliceKey, SliceStatus
from forgelake.normalise.slice import Normalised
from forgelake.pipelines.context import Context
from forgelake.state.ledger_rows import LedgerRow, Verdict
from forgelake.state.owners import Owner
from forgelake.state.runs import RunCounters

COMMIT_LOCK = "commit"
LOCK_TTL_SECONDS = 60.0
LOCK_WAIT_SECONDS = 600.0
COMMIT_EVERY_SECONDS = 15.0
"""A slow collection shows its rows at least this often."""

_log = structlog.get_logger()


@dataclass(slots=True)
class CommitLoop:
    """Gathers normalised slices and commits them some at a time.

    Attributes:
        rebuilding: whether the ledger may know less than the tables.
        tables: those in which rows of the slices may lie.
        counters: what was committed so far.
        unreadable: landed slices that could not be read; the ledger says why.
    """

    context: Context
    owner: Owner
    rebuilding: bool = False
    by_day: bool = False
    tables: tuple[Table, ...] = (REJECTS, EVENTS)
    counters: RunCounters = field(default_factory=RunCounters)
    unreadable: int = 0
    _waiting: list[Normalised] = field(default_factory=list)
    _last_commit: float = field(default_factory=time.monotonic)
    _committer: Committer = field(init=False)

    def __post_init__(self) -> None:
        context = self.context
        self._committer = Committer(context.catalog, context.storage, context.scratch, context.connect_to_merge)

    @property
    def waiting(self) -> set[Hour]:
        """The hours of slices that are staged and not committed."""
        return {Hour.containing(one.receipt.start) for one in self._waiting}

    def add(self, normalised: list[Normalised]) -> None:
        """Record landed slices; commit if it is time, unless that is said by the day."""
        for one in normalised:
            self.context.state.ledger.landed(one.receipt, datetime.now(UTC))
        self._waiting += normalised
        if self.by_day:
            return
        full = len(self._waiting) >= self.context.settings.lake.commit_slices
        if full or time.monotonic() - self._last_commit >= COMMIT_EVERY_SECONDS:
            self.commit()

    def commit(self, day: date | None = None) -> list[SliceKey]:
        """Commit what is waiting, or that of the hours of one day; returns the slices that are visible now."""
        batch, later = list[Normalised](), list[Normalised]()
        for one in self._waiting:
            (batch if day in (None, one.receipt.start.date()) else later).append(one)
        self._waiting = later
        self._last_commit = time.monotonic()
        again = self.context.clock() + timedelta(hours=self.context.settings.gharchive.ask_again_hours)
        return self.commit_batch(batch, again)

    def commit_batch(self, batch: list[Normalised], again: datetime | None) -> list[SliceKey]:
        """Commit slices that are landed and staged; ``again`` is when empty ones are due to be asked for again.

        The ledger is told before and after: a crash in between leaves a landed slice with the days in which its
        rows may lie, and the next run replaces them.
        """
        if not batch:
            return []
        state = self.context.state
        counts: dict[SliceKey, Counts] = {one.receipt.key: one.counts for one in batch}
        with state.leases.lock(COMMIT_LOCK, self.owner, LOCK_TTL_SECONDS, LOCK_WAIT_SECONDS):
            rows = state.ledger.get_many(counts)
            former = {str(one.receipt.key): self._former_days(one, rows.get(one.receipt.key)) for one in batch}
            state.ledger.committing_many({one.receipt.key: replace(one.counts, days=_days(one)) for one in batch})
            self._committer.commit(Batch([file for one in batch for file in one.files], former, self.tables))
        state.ledger.committed_many(counts, datetime.now(UTC), again)
        self._count(batch)
        return list(counts)

    def give_up(self, receipt: Receipt, reason: str, now: datetime) -> None:
        """Note that no attempt can ever read a landed slice."""
        verdict = Verdict(receipt.key, receipt.start, receipt.end, SliceStatus.FAILED, reason)
        self.context.state.ledger.asked_many([verdict], now)
        self.unreadable += 1
        _log.warning("a landed slice could not be read", slice=str(receipt.key), reason=reason)

    def _former_days(self, one: Normalised, row: LedgerRow | None) -> frozenset[date]:
        """The days under which rows of a slice may lie already."""
        days = frozenset(row.days if row else ())
        if self.rebuilding:
            # The ledger may be new; rows of the slice can only lie where they lie now.
            return days | set(_days(one))
        # A slice may have brought rejects and not a single event: those lie under the day that it is named for.
        seen = days or (row is not None and row.committed_at is not None)
        return days | {one.receipt.start.date()} if seen else days

    def _count(self, batch: list[Normalised]) -> None:
        done = self.counters
        self.counters = RunCounters(
            slices_done=done.slices_done + len(batch),
            events=done.events + sum(one.counts.events for one in batch),
            rejected=done.rejected + sum(one.counts.rejected for one in batch),
            bytes=done.bytes + sum(one.receipt.size for one in batch),
        )
        self.context.state.runs.progress(self.owner.run_id, self.counters, datetime.now(UTC))


def portions(context: Context, receipts: Sequence[Receipt], most: int) -> Iterator[tuple[Sequence[Receipt], Path]]:
    """Landed slices some at a time, for one commit each, with a folder that lasts as long."""
    for first in range(0, len(receipts), most):
        with TemporaryDirectory(dir=context.scratch, prefix="commit-") as folder:
            yield receipts[first : first + most], Path(folder)


def _days(one: Normalised) -> tuple[date, ...]:
    """Every day under which rows of a slice come to lie: those of its events, and that of its rejects."""
    return (*one.counts.days, one.receipt.start.date())
