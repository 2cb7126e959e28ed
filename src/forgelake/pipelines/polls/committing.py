"""Making landed polls visible, many in one commit."""

import gzip
import hashlib
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import structlog

from forgelake.lake.commit import Committer
from forgelake.lake.merge import MERGE_EXTENSIONS
from forgelake.model.errors import ConfigurationError, RetryError, SkipError, StopError
from forgelake.model.slices import Receipt, SliceStatus
from forgelake.normalise.slice import Normalised, normalise
from forgelake.pipelines.commit_loop import CommitLoop
from forgelake.pipelines.context import Context
from forgelake.pipelines.polls.landing import marks_of
from forgelake.pipelines.polls.staging import united, without_known
from forgelake.sources.github import SOURCE
from forgelake.sources.github.pages import Mark, unpacked
from forgelake.state.ledger_rows import Verdict
from forgelake.state.owners import Owner

AT_ONCE: Final = 200
"""Polls in one commit at most: what a crash left may be many."""

_log = structlog.get_logger()


class PollCommits:
    """Commits what has landed of polls. What is waiting is asked of the ledger, so that a crash forgets nothing.

    Attributes:
        unreadable: polls that could not be read; the ledger says why.
    """

    def __init__(
        self, context: Context, owner: Owner, now: Callable[[], datetime], *, rebuilding: bool = False
    ) -> None:
        self.unreadable = 0
        self._context = context
        self._now = now
        self._merging = partial(context.connect, extensions=MERGE_EXTENSIONS)
        committer = Committer(context.catalog, context.storage, context.scratch, self._merging)
        self.loop = CommitLoop(context, committer, owner, rebuilding=rebuilding)

    def waiting(self, origins: Collection[str]) -> list[Receipt]:
        """The polls of some timelines that have landed and are not in the lake."""
        rows = self._context.state.ledger.landed_not_committed(SOURCE)
        return [row.receipt for row in rows if row.origin in origins and row.receipt is not None]

    def commit(self, receipts: Sequence[Receipt]) -> None:
        """Normalise landed polls and make them visible."""
        for first in range(0, len(receipts), AT_ONCE):
            with TemporaryDirectory(dir=self._context.scratch, prefix="polls-") as folder:
                self._commit(receipts[first : first + AT_ONCE], Path(folder))

    def _commit(self, receipts: Sequence[Receipt], folder: Path) -> None:
        batch = [one for receipt in receipts if (one := self._stage(receipt, folder)) is not None]
        connection = self._merging()
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
            verdict = Verdict(receipt.key, receipt.start, receipt.end, SliceStatus.FAILED, reason)
            self._context.state.ledger.asked_many([verdict], self._now())
            self.unreadable += 1
            _log.warning("a poll could not be read", slice=str(receipt.key), reason=reason)
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
