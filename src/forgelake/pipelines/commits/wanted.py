"""A repository whose commits are wanted, how its owner wants them counted, and what the lake has of it."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from forgelake.model.commits import NOTHING_SKIPPED, MinedRepo, Skipped
from forgelake.model.slices import Receipt, SliceKey, SliceStatus
from forgelake.normalise.git.linguist_data import mark
from forgelake.pipelines.commits.gather import Asked, Place
from forgelake.pipelines.context import Context
from forgelake.sources.git import SOURCE
from forgelake.sources.git.isolation import COUNTED_BY, Remote
from forgelake.sources.git.packing import unpacked

_MARK_DIGITS = 8


@dataclass(frozen=True, slots=True)
class Wanted:
    """A repository to be brought up to date.

    Attributes:
        key: what the lake calls it.
        head: where its default branch points to, where that was asked already; an empty text for no commit at all.
    """

    place: Place
    key: str
    is_public: bool = False
    skipped: Skipped = NOTHING_SKIPPED
    head: str | None = None


def repo_key(place: Place) -> str:
    """A repository's key in the lake: it does not tell the name."""
    text = place.url if isinstance(place, Remote) else str(place.absolute().resolve())
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Task:
    """What is to be done for one of them.

    Attributes:
        counts, mark: tell what its lines were, and are to be, counted with, and what else decides about its rows.
        etag: where it stood and with which mark its rows were made; None where they were not, or not wholly.
        receipt: of what was mined of it before.
    """

    wanted: Wanted
    key: SliceKey
    counts: str
    mark: str
    etag: str | None = None
    receipt: Receipt | None = None

    def known(self, context: Context) -> MinedRepo | None:
        """What was mined of it before, as far as it still holds."""
        if self.receipt is None or not context.storage.exists(self.receipt.path):
            return None
        before = (self.receipt.etag or "").partition(" ")[2]
        return unpacked(context.storage.get(self.receipt.path)) if before.startswith(f"{self.counts}-") else None


def tasks(context: Context, asked: Asked, several: Iterable[Wanted], account: str) -> list[Task]:
    """What is to be done for each."""
    keys = {one.key: slice_key(account, one) for one in several}
    held = context.state.ledger.get_many(keys.values())
    found = list[Task]()
    for one in several:
        row = held.get(keys[one.key])
        counts = f"{COUNTED_BY}-{_digest(mark(), *one.skipped.paths)}"
        rest = _digest(asked.emails.text, *one.skipped.commits, "", *one.skipped.accepted, str(one.is_public))
        receipt = row.receipt if row is not None else None
        is_whole = row is not None and row.status in (SliceStatus.RECEIVED, SliceStatus.EMPTY)
        etag = receipt.etag if receipt is not None and is_whole else None
        found.append(Task(one, keys[one.key], counts, f"{counts}-{rest}", etag, receipt))
    return found


def slice_key(account: str, one: Wanted) -> SliceKey:
    """What an account has in a repository, as the ledger calls it."""
    return SliceKey(SOURCE, f"commits/{account}/{one.key}", "remote" if isinstance(one.place, Remote) else "local")


def _digest(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:_MARK_DIGITS]
