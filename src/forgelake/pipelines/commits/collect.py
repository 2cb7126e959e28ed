"""Commits of a person into the lake: asked where each repository stands, mined what is new, replaced what it held.

A slice is what one account has in one repository. Landing keeps what was mined, which is all that may be kept: counts
by commit. A repository that has moved on is landed and committed whole, with only its new commits counted anew, so
commits that were taken back are gone and doing it twice is doing it once.
"""

import hashlib
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, TypeAlias

from forgelake.cv.page import Failure
from forgelake.lake.catalog import TABLES
from forgelake.lake.commits import COMMIT_TABLES
from forgelake.lake.landing import object_path
from forgelake.lake.staged import staged
from forgelake.model.commits import MinedRepo
from forgelake.model.errors import ConfigurationError, ForgelakeError, RetryError, SkipError
from forgelake.model.period import midnight
from forgelake.model.slices import Counts, Receipt, SliceKey, SliceStatus
from forgelake.normalise.slice import Normalised
from forgelake.pipelines.commit_loop import CommitLoop
from forgelake.pipelines.commits.gather import Asked, Place, mine
from forgelake.pipelines.commits.rows import rows
from forgelake.pipelines.commits.wanted import Task, Wanted, repo_key, tasks
from forgelake.pipelines.context import Context
from forgelake.pipelines.record import recorded
from forgelake.sources.git import SOURCE
from forgelake.sources.git.faults import NotLetInError
from forgelake.sources.git.heads import head_of
from forgelake.sources.git.history import History
from forgelake.sources.git.isolation import Remote
from forgelake.sources.git.packing import packed, unpacked
from forgelake.state.ledger_rows import Verdict
from forgelake.transport.exchange import ApiClient
from forgelake.transport.guard import Guard

JOB: Final = "collect commits"
REBUILD_JOB: Final = "rebuild commits"
HEADS_AT_ONCE: Final = 8
"""Requests at the same time that ask where repositories stand; they cost next to nothing here."""

ENOUGH_FAULTS: Final = 3
"""After so many repositories of a server that cannot be reached its others are left to the next run."""

LOCAL_ACCOUNT: Final = "local"
"""The account of whoever uses forgelake alone."""

Found: TypeAlias = MinedRepo | ForgelakeError | None
"""What is in a repository, why it could not be read, or None where it stands where it stood."""


@dataclass(slots=True)
class Collected:
    """What came of it.

    Attributes:
        changed, unchanged: repositories that were mined, and those that stood where they had stood.
        commits: in the lake now, of those that were mined.
        notes: what is not complete, by label.
        strangers: repositories without a commit of the person, by label, and how many they have.
    """

    changed: int = 0
    unchanged: int = 0
    commits: int = 0
    failures: list[Failure] = field(default_factory=list)
    notes: list[tuple[str, str]] = field(default_factory=list)
    strangers: list[tuple[str, int]] = field(default_factory=list)

    @property
    def complete(self) -> bool:
        """Whether nothing is missing."""
        return not (self.failures or self.notes)


@dataclass(frozen=True, slots=True)
class Watching:
    """Who is told how it goes with each repository: when its mining begins (in any thread), and what came of it."""

    begun: Callable[[Wanted], None] = lambda _: None
    ended: Callable[[Wanted, Found], None] = lambda *_: None


def collect_commits(context: Context, asked: Asked, places: Sequence[Place], account: str = LOCAL_ACCOUNT) -> Collected:
    """Bring an account's commits in some repositories up to date."""
    wanted = [Wanted(place, repo_key(place)) for place in dict.fromkeys(places)]
    return collect_wanted(context, asked, wanted, account, Watching())


def collect_wanted(
    context: Context, asked: Asked, wanted: Sequence[Wanted], account: str, watching: Watching
) -> Collected:
    """Bring an account's commits in some repositories up to date, counted as the account wants it."""
    done = Collected()
    with recorded(context, JOB, {"repositories": len(wanted)}) as record:
        loop = CommitLoop(context, record.owner, tables=COMMIT_TABLES)
        record.counters = lambda: loop.counters
        to_do = tasks(context, asked, wanted, account)
        with _clients(context, asked.guard) as clients, ThreadPoolExecutor(asked.workers) as pool:
            mining = _Mining(context, asked, clients, watching)
            with ThreadPoolExecutor(HEADS_AT_ONCE) as asking:
                heads = list(asking.map(mining.head, to_do))
            for task, found in zip(to_do, pool.map(mining.found, to_do, heads), strict=True):
                _take(context, loop, done, task, found)
                watching.ended(task.wanted, found)
        record.complete = record.complete and done.complete
    return done


def forget_commits(context: Context, account: str, keys: Sequence[str]) -> None:
    """Take an account's commits in some repositories out of the lake."""
    slices = [SliceKey(SOURCE, f"commits/{account}/{key}", origin) for key in keys for origin in ("remote", "local")]
    receipts = [row.receipt for row in context.state.ledger.get_many(slices).values() if row.receipt is not None]
    with recorded(context, "forget commits", {"repositories": len(keys)}) as record:
        loop = CommitLoop(context, record.owner, tables=COMMIT_TABLES)
        record.counters = lambda: loop.counters
        loop.commit_batch([Normalised(receipt, Counts(), []) for receipt in receipts], None)
        for receipt in receipts:
            context.state.ledger.forget(receipt.key)
            context.landing.remove(receipt)


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


@contextmanager
def _clients(context: Context, guard: Guard) -> Iterator[tuple[ApiClient, ApiClient]]:
    """Connections to servers that the operator named, and to those that somebody else did."""
    with (
        ApiClient(context.http, {}, time.sleep) as plain,
        ApiClient(replace(context.http, guard=guard), {}, time.sleep) as guarded,
    ):
        yield plain, guarded


@dataclass(frozen=True, slots=True)
class _Mining:
    """Looks where repositories stand, and mines those that have moved on; in any thread.

    Attributes:
        faults: of servers that cannot be reached, and of tokens that they refuse. Asking on would do no good: GitLab
            shuts out whoever shows a bad token 30 times.
    """

    context: Context
    asked: Asked
    clients: tuple[ApiClient, ApiClient]
    watching: Watching
    faults: dict[object, list[ForgelakeError]] = field(default_factory=lambda: defaultdict(list))

    def head(self, task: Task) -> str | ForgelakeError:
        """Where a repository's default branch points to, as text that is kept."""
        wanted, place = task.wanted, task.wanted.place
        if wanted.head is not None:
            return wanted.head or str(None)
        try:
            if isinstance(place, Remote):
                self._raise_known(place)
                place = self.asked.checked(place)
                return str(head_of(self.clients[place.address is not None], self.asked.git, place))
            return str(History.at(self.asked.git, place).head())
        except (SkipError, RetryError, ConfigurationError) as error:
            return self._noted(place, error)

    def found(self, task: Task, head: str | ForgelakeError) -> Found:
        """What is in a repository; None where it stands where it stood, and its rows are made as they are to be."""
        if isinstance(head, ForgelakeError):
            return head
        if task.etag == f"{head} {task.mark}":
            return None
        place = task.wanted.place
        try:
            if isinstance(place, Remote):
                self._raise_known(place)
            self.watching.begun(task.wanted)
            repo = mine(self.asked, place, task.known(self.context), task.wanted.skipped)
            return replace(repo, is_public=task.wanted.is_public)
        except (SkipError, RetryError, ConfigurationError) as error:
            return self._noted(place, error)

    def _noted(self, place: Place, error: ForgelakeError) -> ForgelakeError:
        if isinstance(place, Remote) and isinstance(error, NotLetInError):
            self.faults[place.host, place.credentials].append(error)
        elif isinstance(place, Remote) and isinstance(error, RetryError):
            self.faults[place.host].append(error)
        return error

    def _raise_known(self, place: Remote) -> None:
        if place.credentials is not None and (refused := self.faults[place.host, place.credentials]):
            raise refused[0]
        if len(down := self.faults[place.host]) >= ENOUGH_FAULTS:
            raise down[0]


def _take(context: Context, loop: CommitLoop, done: Collected, task: Task, found: Found) -> None:
    if found is None:
        done.unchanged += 1
    elif isinstance(found, ForgelakeError):
        done.failures.append(Failure(task.wanted.key, str(found)))
        # The reason may name the repository, which others who read the ledger need not know.
        told = "it could not be read; the command that collects says why"
        verdict = Verdict(task.key, *_day(context), SliceStatus.FAILED, told)
        context.state.ledger.asked_many([verdict], datetime.now(UTC))
    else:
        done.changed += 1
        done.commits += len(found.commits)
        done.notes += [(found.label, note) for note in found.notes if found.head is not None]
        done.strangers += [(found.label, found.by_others)] if found.by_others else []
        before = context.state.ledger.get(task.key)
        repo = replace(found, label="", by_others=0, further=())
        receipt = _landed(context, task, repo)
        _commit(context, loop, receipt, repo)
        if before is not None and before.receipt is not None and before.receipt.path != receipt.path:
            # The newer one holds all that it held, but for what its person has taken back.
            context.landing.remove(before.receipt)


def _day(context: Context) -> tuple[datetime, datetime]:
    """The UTC day that it is."""
    start = midnight(context.clock().astimezone(UTC).date())
    return start, start + timedelta(days=1)


def _landed(context: Context, task: Task, repo: MinedRepo) -> Receipt:
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
        "repo": key, "visibility": "public" if repo.is_public else "private",
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
