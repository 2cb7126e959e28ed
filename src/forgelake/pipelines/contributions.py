"""What people did in pull and merge requests, into the lake.

A slice is what one account did at one forge, and it is replaced whole. Landing keeps digests, kinds and times, which is
all that may be kept.
"""

import gzip
import hashlib
import json
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, NamedTuple

from forgelake.lake.contributions import CONTRIBUTIONS
from forgelake.lake.landing import object_path
from forgelake.lake.staged import staged
from forgelake.model.forge_repos import ContributionKind
from forgelake.model.period import midnight
from forgelake.model.slices import Counts, Receipt, SliceKey, SliceStatus
from forgelake.normalise.slice import Normalised
from forgelake.pipelines.commit_loop import CommitLoop
from forgelake.pipelines.context import Context
from forgelake.pipelines.record import recorded

SOURCE: Final = "forges"
"""The source of what all forges tell of people, in the ledger and in landing."""

JOB: Final = "collect contributions"
REBUILD_JOB: Final = "rebuild contributions"


class Contribution(NamedTuple):
    """A row, without the columns that a slice shares.

    Attributes:
        id: ``contribution_id``.
        repo: the repository's key.
    """

    id: str
    kind: ContributionKind
    at: datetime
    repo: str
    visibility: str


def contribution_id(forge: str, request: str, kind: ContributionKind) -> str:
    """The same for the same deed, whichever token tells of it."""
    return hashlib.sha256(f"{forge}\n{request}\n{kind}".encode()).hexdigest()


def keep_contributions(context: Context, account: str, person: str, rows: Iterable[Contribution]) -> None:
    """Put what an account did at a forge in place of what was kept of it before.

    Args:
        person: the forge's host and the id of the account there; only its digest is kept.
    """
    mark = hashlib.sha256(person.encode()).hexdigest()[:16]
    key = SliceKey(SOURCE, f"contributions/{account}/{mark}", "api")
    data = _packed(rows)
    sha256 = hashlib.sha256(data).hexdigest()
    before = context.state.ledger.get(key)
    done = before is not None and before.status in (SliceStatus.RECEIVED, SliceStatus.EMPTY)
    if before is not None and before.receipt is not None and done and before.receipt.sha256 == sha256:
        return
    start = midnight(context.clock().astimezone(UTC).date())
    path = object_path(key, start, sha256, origin_slug=key.origin)
    receipt = Receipt(key, start, start + timedelta(days=1), path, "api:", None, sha256, len(data), context.clock())
    with recorded(context, JOB, {}) as record:
        context.landing.land_bytes(receipt, data)
        context.state.ledger.landed(receipt, datetime.now(UTC))
        _commit(context, CommitLoop(context, record.owner, tables=(CONTRIBUTIONS,)), receipt, data)
    if before is not None and before.receipt is not None and before.receipt.path != path:
        context.landing.remove(before.receipt)


def rebuild_contributions(context: Context, first: date, last: date) -> int:
    """Make the rows of slices that landed on these days again; returns their number."""
    landed = sorted(context.landing.receipts(SOURCE, first, last), key=lambda one: one.received_at)
    latest = {receipt.key: receipt for receipt in landed}
    if latest:
        with recorded(context, REBUILD_JOB, {"from": str(first), "to": str(last)}) as record:
            loop = CommitLoop(context, record.owner, rebuilding=True, tables=(CONTRIBUTIONS,))
            record.counters = lambda: loop.counters
            for receipt in latest.values():
                context.state.ledger.landed(receipt, datetime.now(UTC))
                _commit(context, loop, receipt, context.storage.get(receipt.path))
    return len(latest)


def _packed(rows: Iterable[Contribution]) -> bytes:
    listed = [[one.id, one.kind, one.at.isoformat(), one.repo, one.visibility] for one in sorted(set(rows))]
    return gzip.compress(json.dumps(listed).encode(), mtime=0)


def _commit(context: Context, loop: CommitLoop, receipt: Receipt, data: bytes) -> None:
    day, account = receipt.start.date(), receipt.key.name.split("/")[1]
    base: dict[str, Any] = {
        "source": str(receipt.key), "day": day, "taken_at": receipt.received_at, "account": account,
    }  # fmt: skip
    names = ("contribution_id", "kind", "at", "repo", "visibility")
    rows = [base | dict(zip(names, row, strict=True)) for row in json.loads(gzip.decompress(data))]
    for row in rows:
        row["at"] = datetime.fromisoformat(row["at"])
    with TemporaryDirectory(dir=context.scratch, prefix="contributions-") as folder:
        files = [staged(CONTRIBUTIONS, day, rows, Path(folder))] if rows else []
        for file in files:
            file.upload(context.storage)
        counts = Counts(events=len(rows), days=(day,) if files else ())
        loop.commit_batch([Normalised(receipt, counts, files)], None)
