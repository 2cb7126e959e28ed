"""Mining several repositories at a time; one that fails costs itself only."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from threading import Semaphore
from typing import TypeAlias

from forgelake.cv.page import Failure
from forgelake.model.addresses import Addresses
from forgelake.model.commits import NOTHING_SKIPPED, MinedRepo, Skipped
from forgelake.model.errors import ConfigurationError, RetryError, SkipError
from forgelake.normalise.git.mailmap import further
from forgelake.sources.git.fetching import fetched
from forgelake.sources.git.history import History
from forgelake.sources.git.isolation import Remote
from forgelake.sources.git.mining import mined
from forgelake.sources.git.process import Git
from forgelake.transport.guard import Guard

Place: TypeAlias = Path | Remote


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be mined.

    Attributes:
        emails: the person's addresses.
        guard: which addresses may be reached.
        scratch: a folder for what is fetched; it is private, and emptied again.
        workers: repositories at the same time; git itself takes a core for each.
        spare: those cores, as far as no repository takes them; the last one may have two.
    """

    git: Git
    emails: Addresses
    now: datetime
    guard: Guard
    scratch: Path
    workers: int = 2
    spare: Semaphore = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "spare", Semaphore(self.workers))

    def checked(self, place: Remote) -> Remote:
        """The same at an address that may be reached.

        Raises:
            ConfigurationError: its address is not public, and in no network that is allowed.
            RetryError: there is no such server.
        """
        return place if place.is_own or place.address else place.pinned(self.guard)


def gathered(asked: Asked, places: Sequence[Place]) -> tuple[list[MinedRepo], list[Failure]]:
    """Mine repositories; in the order given, those that could be read and those that could not."""
    with ThreadPoolExecutor(asked.workers) as pool:
        outcomes = list(pool.map(partial(_outcome, asked), places))
    return (
        [one for one in outcomes if isinstance(one, MinedRepo)],
        [one for one in outcomes if isinstance(one, Failure)],
    )


def _history(asked: Asked, place: Place, known: MinedRepo | None) -> AbstractContextManager[History]:
    if isinstance(place, Remote):
        counted = {one.id for one in known.commits if one.tallies is not None} | known.left_out if known else set[str]()
        return fetched(asked.git, asked.checked(place), asked.emails, asked.now, asked.scratch, counted)
    return nullcontext(History.at(asked.git, place))


def label(place: Place) -> str:
    """What a repository is called where its person has not named it: the end of its place."""
    text = place.url if isinstance(place, Remote) else str(place.absolute())
    return text.rstrip("/").rpartition("/")[2].removesuffix(".git") or text


def mine(asked: Asked, place: Place, known: MinedRepo | None = None, skipped: Skipped = NOTHING_SKIPPED) -> MinedRepo:
    """Mine one repository; ``known`` is what was mined of it before, which is not done again.

    Raises:
        SkipError, RetryError, ConfigurationError: as ``Git.stream``.
    """
    with asked.spare, _history(asked, place, known) as history:
        repo = mined(replace(history, spare=asked.spare), label(place), asked.emails, asked.now, known, skipped)
        if repo.head is None or not isinstance(place, Remote):
            return repo
        return replace(repo, further=further(history.file(repo.head, ".mailmap"), asked.emails))


def _outcome(asked: Asked, place: Place) -> MinedRepo | Failure:
    try:
        return mine(asked, place)
    except (SkipError, RetryError, ConfigurationError) as error:
        return Failure(label(place), str(error))
