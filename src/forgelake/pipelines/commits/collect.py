"""Commits of a person into the lake: asked where each repository stands, mined what is new, replaced what it held.

A slice is what one account has in one repository. Landing keeps what was mined, which is all that may be kept: counts
by commit. A repository that has moved on is landed and committed whole, with only its new commits counted anew, so
commits that were taken back are gone and doing it twice is doing it once.
"""

import hashlib
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from forgelake.cv.page import Failure
from forgelake.lake.catalog import TABLES
from forgelake.lake.commits import COMMIT_TABLES
from forgelake.lake.landing import object_path
from forgelake.lake.staged import staged
from forgelake.model.commits import MinedRepo
from forgelake.model.errors import ConfigurationError, RetryError, SkipError
from forgelake.model.period import midnight
from forgelake.model.slices import Counts, Receipt, SliceKey, SliceStatus
from forgelake.normalise.slice import Normalised
from forgelake.pipelines.commit_loop import CommitLoop
from forgelake.pipelines.commits.gather import Asked, Place, outcome
from forgelake.pipelines.commits.rows import rows
from forgelake.pipelines.context import Context
from forgelake.pipelines.record import recorded
from forgelake.sources.git import SOURCE
from forgelake.sources.git.heads import head_of
from forgelake.sources.git.history import History
from forgelake.sources.git.isolation import COUNTED_BY, Remote
from forgelake.sources.git.packing import packed, unpacked
from forgelake.state.ledger_rows import Verdict
from forgelake.transport.exchange import ApiClient

JOB: Final = "collect commits"
REBUILD_JOB: Final = "rebuild commits"
LOCAL_ACCOUNT: Final = "local"
"""The account of whoever uses forgelake alone."""


@dataclass(slots=True)
class Collected:
    """What came of it.

    Attributes:
        changed, unchanged: repositories that were mined, and those that stood where they had stood.
        commits: in the lake now, of those that were mined.
        notes: what is not complete, by label.
    """

    changed: int = 0
    unchanged: int = 0
    commits: int = 0
    failures: list[Failure] = field(default_factory=list)
    notes: list[tuple[str, str]] = field(default_factory=list)

    @property
    def complete(self) -> bool:
        """Whether nothing is missing."""
        return not (self.failures or self.notes)


@dataclass(frozen=True, slots=True)
class _Task:
    """A repository, and what the lake has of it.

    Attributes:
        mark: tells the settings and addresses with which it was mined.
        known: what was mined before, as far as it still holds.
    """

    place: Place
    key: SliceKey
    mark: str
    etag: str | None
    known: MinedRepo | None


def collect_commits(context: Context, asked: Asked, places: Sequence[Place], account: str = LOCAL_ACCOUNT) -> Collected:
    """Bring an account's commits in some repositories up to date."""
    done = Collected()
    with recorded(context, JOB, {"repositories": len(places)}) as record:
        loop = CommitLoop(context, record.owner, tables=COMMIT_TABLES)
        record.counters = lambda: loop.counters
        tasks = [_task(context, asked, place, account) for place in dict.fromkeys(places)]
        with ApiClient(context.http, {}, time.sleep, asked.guard) as client, ThreadPoolExecutor(asked.workers) as pool:
            for task, found in zip(tasks, pool.map(partial(_mined, asked, client), tasks), strict=True):
                _take(context, loop, done, task, found)
        record.complete = done.complete
    return done


def repo_key(place: Place) -> str:
    """A repository's key in the lake: it does not tell the name."""
    text = place.url if isinstance(place, Remote) else str(place.absolute().resolve())
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def rebuild_commits(context: Context, first: date, last: date) -> int:
    """Make the rows of repositories that were mined on these days again from landing; returns their number."""
    receipts: dict[SliceKey, Receipt] = {}
    for receipt in sorted(context.landing.receipts(SOURCE, first, last), key=lambda one: one.received_at):
        receipts[receipt.key] = receipt
    if not receipts:
        return 0
    with recorded(context, REBUILD_JOB, {"from": str(first), "to": str(last)}) as record:
        loop = CommitLoop(context, record.owner, rebuilding=True, tables=COMMIT_TABLES)
        record.counters = lambda: loop.counters
        for receipt in receipts.values():
            context.state.ledger.landed(receipt, datetime.now(UTC))
            _commit(context, loop, receipt, unpacked(context.storage.get(receipt.path)))
    return len(receipts)


def _task(context: Context, asked: Asked, place: Place, account: str) -> _Task:
    key = SliceKey(SOURCE, f"commits/{account}/{repo_key(place)}", "remote" if isinstance(place, Remote) else "local")
    addresses = hashlib.sha256("\n".join(sorted(asked.emails)).encode()).hexdigest()[:8]
    mark, row = f"{COUNTED_BY}-{addresses}", context.state.ledger.get(key)
    if row is None or row.receipt is None:
        return _Task(place, key, mark, None, None)
    held = unpacked(context.storage.get(row.receipt.path))
    received = row.status in (SliceStatus.RECEIVED, SliceStatus.EMPTY)
    same = (row.receipt.etag or "").partition(" ")[2].startswith(f"{COUNTED_BY}-")
    return _Task(place, key, mark, row.receipt.etag if received else None, held if same else None)


def _mined(asked: Asked, client: ApiClient, task: _Task) -> MinedRepo | Failure | None:
    """What is in the repository; None where it stands where it stood."""
    try:
        if isinstance(task.place, Remote):
            head = head_of(client, asked.git, task.place.pinned(asked.guard))
        else:
            head = History.at(asked.git, task.place).head()
    except (SkipError, RetryError, ConfigurationError) as error:
        return Failure(repo_key(task.place), str(error))
    if task.etag == f"{head} {task.mark}":
        return None
    return outcome(asked, task.place, task.known)


def _take(context: Context, loop: CommitLoop, done: Collected, task: _Task, found: MinedRepo | Failure | None) -> None:
    if found is None:
        done.unchanged += 1
    elif isinstance(found, Failure):
        done.failures.append(found)
        # The reason may name the repository, which others who read the ledger need not know.
        told = "it could not be read; the command that collects says why"
        verdict = Verdict(task.key, *_day(context), SliceStatus.FAILED, told)
        context.state.ledger.asked_many([verdict], datetime.now(UTC))
    else:
        done.changed += 1
        done.commits += len(found.commits)
        done.notes += [(found.label, note) for note in found.notes if found.head is not None]
        before = context.state.ledger.get(task.key)
        repo = replace(found, label="")
        receipt = _landed(context, task, repo)
        _commit(context, loop, receipt, repo)
        if before is not None and before.receipt is not None and before.receipt.path != receipt.path:
            # The newer one holds all that it held, but for what its person has taken back.
            context.landing.remove(before.receipt)


def _day(context: Context) -> tuple[datetime, datetime]:
    """The UTC day that it is."""
    start = midnight(context.clock().astimezone(UTC).date())
    return start, start + timedelta(days=1)


def _landed(context: Context, task: _Task, repo: MinedRepo) -> Receipt:
    data = packed(repo)
    start, end = _day(context)
    sha256 = hashlib.sha256(data).hexdigest()
    path = object_path(task.key, start, sha256, origin_slug=task.key.origin)
    etag = f"{repo.head} {task.mark}"
    receipt = Receipt(task.key, start, end, path, "git:", etag, sha256, len(data), context.clock())
    context.landing.land_bytes(receipt, data)
    context.state.ledger.landed(receipt, datetime.now(UTC))
    return receipt


def _commit(context: Context, loop: CommitLoop, receipt: Receipt, repo: MinedRepo) -> None:
    counted_by = (receipt.etag or "").partition(" ")[2].partition("-")[0]
    _, account, key = receipt.key.name.split("/")
    base: dict[str, Any] = {
        "source": str(receipt.key), "day": receipt.start.date(), "taken_at": receipt.received_at, "account": account,
        "repo": key, "visibility": "private",
    }  # fmt: skip
    with TemporaryDirectory(dir=context.scratch, prefix="commits-") as folder:
        listed = rows(repo, counted_by)
        files = [
            staged(TABLES[name], receipt.start.date(), [base | row for row in found], Path(folder))
            for name, found in listed.items()
            if found
        ]
        for file in files:
            file.upload(context.storage)
        days = (receipt.start.date(),) if files else ()
        counts = Counts(events=len(repo.commits), json_bytes=0, days=days)
        loop.commit_batch([Normalised(receipt, counts, files)], None)
