"""Making landed polls visible, many in one commit."""

import gzip
import hashlib
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Final

from forgelake.model.errors import ConfigurationError, RetryError, SkipError, StopError
from forgelake.model.slices import Receipt
from forgelake.normalise.slice import Normalised, normalise
from forgelake.pipelines.commit_loop import CommitLoop, portions
from forgelake.pipelines.context import Context
from forgelake.pipelines.polls.landing import marks_of
from forgelake.pipelines.polls.staging import united, without_known
from forgelake.sources.github import SOURCE
from forgelake.sources.github.pages import Mark, unpacked
from forgelake.state.owners import Owner

AT_ONCE: Final = 200
"""Polls in one commit at most: what a crash left may be many."""


class PollCommits:
    """Commits what has landed of polls, by ``loop``; what is waiting is asked of the ledger."""

    def __init__(
        self, context: Context, owner: Owner, now: Callable[[], datetime], *, rebuilding: bool = False
    ) -> None:
        self._context = context
        self._now = now
        self.loop = CommitLoop(context, owner, rebuilding=rebuilding)

    def waiting(self, origins: Collection[str]) -> list[Receipt]:
        """The polls of some timelines that have landed and are not in the lake."""
        rows = self._context.state.ledger.landed_not_committed(SOURCE)
        return [row.receipt for row in rows if row.origin in origins and row.receipt is not None]

    def commit(self, receipts: Sequence[Receipt]) -> None:
        """Normalise landed polls and make them visible."""
        for some, folder in portions(self._context, receipts, AT_ONCE):
            self._commit(some, folder)

    def _commit(self, receipts: Sequence[Receipt], folder: Path) -> None:
        batch = [one for receipt in receipts if (one := self._stage(receipt, folder)) is not None]
        connection = self._context.connect_to_merge()
        try:
            files = united([file for one in batch for file in one.files], connection, folder)
        finally:
            connection.close()
        for file in files:
            file.upload(self._context.storage)
        for one in batch:
            # The rows name their slices; which slice a common file is listed under does not matter.
            one.files = []
        if batch:
            batch[0].files = files
        self.loop.commit_batch(batch, None)

    def _stage(self, receipt: Receipt, folder: Path) -> Normalised | None:
        """A poll's rows, or None if no attempt can ever read it; what another attempt may get past is raised."""
        try:
            return self._normalised(receipt, folder)
        except (RetryError, StopError, ConfigurationError, OSError):
            raise
        except Exception as error:  # noqa: BLE001 - a poll that breaks the normaliser must not stop the others
            reason = f"normalising {receipt.path} failed: {type(error).__name__}: {error}"
            self.loop.give_up(receipt, reason, self._now())
            return None

    def _normalised(self, receipt: Receipt, folder: Path) -> Normalised:
        data = self._context.storage.get(receipt.path)
        if hashlib.sha256(data).hexdigest() != receipt.sha256:
            message = "its bytes are not those that landed"
            raise SkipError(message)
        new, known = without_known(b"".join(unpacked(data)), self._known(receipt))
        file = folder / "poll.json.gz"
        file.write_bytes(gzip.compress(new, compresslevel=1))
        normalised = normalise(receipt, file, folder, part_bytes=self._context.settings.lake.part_mb << 20)
        normalised.counts = replace(normalised.counts, duplicates=normalised.counts.duplicates + known)
        return normalised

    def _known(self, receipt: Receipt) -> tuple[Mark, ...]:
        """The events of the poll before."""
        before = self._context.state.ledger.latest(SOURCE, receipt.key.origin, receipt.start)
        return marks_of(self._context, before[0]) if before else ()
