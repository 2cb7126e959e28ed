"""From outcomes of slices to committed rows: batches, the commit lock, the ledger."""

import time
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

from forgelake.lake.columns import Table
from forgelake.lake.commit import Batch, Committer
from forgelake.lake.events import EVENTS
from forgelake.lake.rejects import REJECTS
from forgelake.model.slices import Counts, SliceKey
from forgelake.normalise.slice import Normalised
from forgelake.pipelines.context import Context
from forgelake.state.owners import Owner
from forgelake.state.runs import RunCounters

COMMIT_LOCK = "commit"
LOCK_TTL_SECONDS = 60.0
LOCK_WAIT_SECONDS = 600.0
COMMIT_EVERY_SECONDS = 15.0
"""A slow collection shows its rows at least this often."""


@dataclass(slots=True)
class CommitLoop:
    """Gathers normalised slices and commits them some at a time."""

    context: Context
    committer: Committer
    owner: Owner
    rebuilding: bool = False
    tables: tuple[Table, ...] = (REJECTS, EVENTS)
    counters: RunCounters = field(default_factory=RunCounters)
    _waiting: list[Normalised] = field(default_factory=list)
    _last_commit: float = field(default_factory=time.monotonic)

    @property
    def waiting(self) -> int:
        """Slices that are staged and not committed."""
        return len(self._waiting)

    def add(self, normalised: list[Normalised]) -> None:
        """Record landed slices; commit if it is time."""
        for one in normalised:
            self.context.state.ledger.landed(one.receipt, datetime.now(UTC))
        self._waiting += normalised
        full = len(self._waiting) >= self.context.settings.lake.commit_slices
        if full or time.monotonic() - self._last_commit >= COMMIT_EVERY_SECONDS:
            self.commit()

    def commit(self) -> list[SliceKey]:
        """Commit what is waiting; returns the slices that are visible now."""
        batch, self._waiting = self._waiting, list[Normalised]()
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
            former = {str(one.receipt.key): self._former_days(one) for one in batch}
            state.ledger.committing_many({one.receipt.key: replace(one.counts, days=_days(one)) for one in batch})
            self.committer.commit(Batch([file for one in batch for file in one.files], former, self.tables))
        state.ledger.committed_many(counts, datetime.now(UTC), again)
        self._count(batch)
        return list(counts)

    def _former_days(self, one: Normalised) -> frozenset[date]:
        """The days under which rows of a slice may lie already."""
        row = self.context.state.ledger.get(one.receipt.key)
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


def _days(one: Normalised) -> tuple[date, ...]:
    """Every day under which rows of a slice come to lie: those of its events, and that of its rejects."""
    return (*one.counts.days, one.receipt.start.date())
