"""The ledger: what was expected, received and rejected, per slice and origin.

A slice's way is asked → landed → committing → committed. Each step is one transaction (in DynamoDB one for each portion
of its slices), so after a crash the ledger tells how far the slice came: bytes without rows are found by
``landed_not_committed``, and ``days`` always covers every day of the lake under which rows of the slice may lie.
"""

from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime

from forgelake.model.errors import StopError
from forgelake.model.slices import Counts, Receipt, SliceKey, SliceStatus
from forgelake.state import ledger_steps as steps
from forgelake.state.ledger_rows import Changes, LedgerRow, Verdict

VERDICTS = (
    SliceStatus.AWAITED,
    SliceStatus.MISSING,
    SliceStatus.REFUSED,
    SliceStatus.EMPTY,
    SliceStatus.FAILED,
)
"""The statuses that an origin may be asked about again."""

Step = Callable[[SliceKey, LedgerRow | None], LedgerRow]
"""From what is known of a slice to what is known after the step."""


class Ledger(ABC):
    """The table ``slices``."""

    def asked(  # noqa: PLR0913, PLR0917 — a verdict's parts, spelled out
        self,
        key: SliceKey,
        start: datetime,
        end: datetime,
        status: SliceStatus,
        reason: str | None,
        now: datetime,
        next_ask_at: datetime | None = None,
    ) -> None:
        """Record that an origin was asked for a slice and gave no bytes that could be used; see ``asked_many``."""
        self.asked_many([Verdict(key, start, end, status, reason, next_ask_at)], now)

    def asked_many(self, verdicts: Iterable[Verdict], now: datetime) -> None:
        """Record verdicts, see ``ledger_steps.asked``.

        Raises:
            ValueError: a verdict says landed or received, which only ``landed`` and ``committed`` may say.
        """
        given = defaultdict[SliceKey, list[Verdict]](list)
        for one in verdicts:
            given[one.key].append(one)

        def step(key: SliceKey, known: LedgerRow | None) -> LedgerRow:
            row = steps.asked(known, given[key][0], now)
            for further in given[key][1:]:
                row = steps.asked(row, further, now)
            return row

        self._change(given, step)

    def landed(self, receipt: Receipt, now: datetime) -> None:
        """See ``landed_many``."""
        self.landed_many([receipt], now)

    def landed_many(self, receipts: Iterable[Receipt], now: datetime) -> None:
        """Record bytes in landing, see ``ledger_steps.landed``."""
        given = {one.key: one for one in receipts}
        self._change(given, lambda key, known: steps.landed(known, given[key], now))

    def committing(self, key: SliceKey, counts: Counts) -> None:
        """See ``committing_many``."""
        self.committing_many({key: counts})

    def committing_many(self, counts: Mapping[SliceKey, Counts]) -> None:
        """Record, before a commit to the lake, that rows may soon lie under the new days besides the old ones.

        Raises:
            StopError: a slice is not in the ledger.
        """
        self._change(counts, lambda key, known: steps.committing(_landed(key, known), counts[key]))

    def committed(self, key: SliceKey, counts: Counts, now: datetime, next_ask_at: datetime | None = None) -> None:
        """See ``committed_many``."""
        self.committed_many({key: counts}, now, next_ask_at)

    def committed_many(
        self, counts: Mapping[SliceKey, Counts], now: datetime, next_ask_at: datetime | None = None
    ) -> None:
        """Record, after a commit to the lake, what it holds of these slices now: received, or empty.

        ``next_ask_at`` is kept for the empty ones only: when to see whether the origin has filled them.

        Raises:
            StopError: a slice is not in the ledger.
        """
        self._change(counts, lambda key, known: steps.committed(_landed(key, known), counts[key], now, next_ask_at))

    def get(self, key: SliceKey) -> LedgerRow | None:
        """The row of one slice as one origin holds it."""
        return self.get_many([key]).get(key)

    @abstractmethod
    def get_many(self, keys: Iterable[SliceKey]) -> dict[SliceKey, LedgerRow]:
        """The rows of those slices that there are."""

    @abstractmethod
    def rows(self, source: str, start: datetime, end: datetime) -> list[LedgerRow]:
        """All rows of slices that begin within a period, end excluded, by start and origin."""

    @abstractmethod
    def due(self, source: str, now: datetime) -> list[LedgerRow]:
        """Rows without data whose time to be asked again has come, by start and origin."""

    @abstractmethod
    def landed_not_committed(self, source: str) -> list[LedgerRow]:
        """Rows whose bytes are in landing and not yet in the lake, by start and origin."""

    @abstractmethod
    def latest(self, source: str, origin: str, before: datetime | None = None, limit: int = 1) -> list[LedgerRow]:
        """The slices of an origin that have bytes, the latest first; only those that begin before a time if given."""

    @abstractmethod
    def period(self, source: str) -> tuple[datetime, datetime] | None:
        """From the first start to the last end that the ledger knows of a source; None when it knows nothing."""

    @abstractmethod
    def version(self) -> int:
        """A number that every change of the ledger counts up."""

    @abstractmethod
    def changes(self, since: int | None = None, period: tuple[str, datetime, datetime] | None = None) -> Changes:
        """What has changed since a version; everything without one, and where rows were removed since.

        Args:
            period: only slices of a source that begin within a period, end excluded.
        """

    @abstractmethod
    def all_rows(self) -> Iterator[LedgerRow]:
        """Every row, streamed, by source and start; may hold a connection until it is exhausted or closed."""

    @abstractmethod
    def forget(self, key: SliceKey) -> None:
        """Remove a slice's row, as if its origin had never been asked."""

    @abstractmethod
    def _change(self, keys: Iterable[SliceKey], step: Step) -> None:
        """Write what the step makes of the rows of these slices, and count the ledger's version up.

        A step may be asked again, and must say the same of the same rows. The version comes first, so that of two
        writers the one with the higher number is seen later.
        """


def _landed(key: SliceKey, known: LedgerRow | None) -> LedgerRow:
    if known is None:
        message = f'the slice "{key}" is not in the ledger, so it cannot be committed; land it first'
        raise StopError(message)
    return known
