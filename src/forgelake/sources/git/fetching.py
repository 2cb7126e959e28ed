"""A repository on a server, as much of it as a person's commits need, for as long as they are mined.

First the skeleton: commits without trees and files, some 400 bytes each. Then, for the person's own commits, the trees
before and after them, and of those the files that differ. Servers that do not give single objects are asked for more:
for everything but files, then for everything. All of it lies in a folder in memory that is gone afterwards.
"""

from collections.abc import Callable, Collection, Container, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain, islice
from pathlib import Path
from typing import Final, TypeAlias

from forgelake.normalise.git.headers import Header
from forgelake.sources.git.faults import GitError
from forgelake.sources.git.history import History
from forgelake.sources.git.isolation import Remote
from forgelake.sources.git.memory import emptied
from forgelake.sources.git.packages import is_manifest
from forgelake.sources.git.process import Git

LADDER: Final = ("tree:0", "blob:none", "")
"""What is left out of a clone, from almost everything to nothing."""

MOST_OWN: Final = 0.25
"""Above this share of a repository's commits, asking for single objects costs more than a clone."""

HEAD_FILES: Final = (b".gitattributes", b".mailmap")
"""What a repository says of its files, and of its people's addresses."""

Theirs: TypeAlias = Callable[[History, str], list[Header]]
"""The commits of a branch that are to be counted."""

_AT_ONCE: Final = 5_000


@contextmanager
def fetched(
    git: Git,
    remote: Remote,
    wanted: Container[str] | None,
    now: datetime,
    scratch: Path,
    known: Collection[str] = (),
) -> Iterator[History]:
    """A clone in which a person's commits can be mined.

    Args:
        wanted: e-mail addresses in folded case; None for everybody.
        scratch: a folder, in memory where there is such.
        known: commits that need not be counted.

    Raises:
        ConfigurationError: the server refuses the token.
        RetryError: it cannot be reached now.
        SkipError: the repository is not there, or too large.
    """
    with emptied(scratch) as folder:
        fetching = _Fetching(git, remote, folder)

        def theirs(history: History, head: str) -> list[Header]:
            found = history.commits(head, wanted, now)
            return [one for one in found if not one.is_merge and one.id not in known]

        yield _first_that_works(fetching, theirs)


def _first_that_works(fetching: "_Fetching", theirs: Theirs) -> History:
    for left_out in LADDER[:-1]:
        try:
            return fetching.partial(left_out, theirs)
        except GitError:
            continue
    return fetching.clone(LADDER[-1])


@dataclass(frozen=True, slots=True)
class _Fetching:
    """Clones of one repository, each in a folder of its own."""

    git: Git
    remote: Remote
    folder: Path

    def clone(self, left_out: str) -> History:
        """A bare clone of the default branch."""
        place = self.folder / (left_out.replace(":", "-") or "whole")
        flags = ["--bare", "--quiet", "--single-branch", "--no-tags", "--template="]
        filters = [f"--filter={left_out}"] if left_out else []
        self.git.run(["clone", *flags, *filters, "--", self.remote.url, str(place)], remote=self.remote)
        return History(self.git, place)

    def partial(self, left_out: str, theirs: Theirs) -> History:
        """A clone with as much as the person's commits need."""
        history = self.clone(left_out)
        head = history.head()
        if head is None or _is_whole(history, head):
            return history
        own = theirs(history, head)
        every = int(history.ask("rev-list", "--count", "--no-merges", head))
        if len(own) > MOST_OWN * every:
            return self.clone("")
        if left_out == LADDER[0]:
            commits = {head, *chain.from_iterable((one.id, *one.parents) for one in own)}
            self._bring(history, _trees(history, commits))
        self._bring(history, _blobs(history, head, [one.id for one in own]))
        return replace(history, is_partial=True)

    def _bring(self, history: History, objects: Iterable[str]) -> None:
        """Fetch single objects, trees with all that is below them but for the files."""
        config = ["-c", "fetch.negotiationAlgorithm=noop"]
        flags = ["--quiet", "--no-tags", "--no-write-fetch-head", "--recurse-submodules=no", "--filter=blob:none"]
        command = [f"--git-dir={history.folder}", *config, "fetch", "origin", *flags, "--stdin"]
        wanted = iter(dict.fromkeys(objects))
        while some := list(islice(wanted, _AT_ONCE)):
            given = "".join(f"{one}\n" for one in some).encode()
            self.git.run(command, given=given, remote=self.remote)


def _is_whole(history: History, head: str) -> bool:
    """Whether the server sent everything, whatever it was asked to leave out."""
    try:
        history.ask("rev-list", "--objects", "--quiet", "--max-count=1", head)
    except GitError:
        return False
    return True


def _trees(history: History, commits: Iterable[str]) -> list[str]:
    """The top trees of commits."""
    given = "".join(f"{one}\n" for one in sorted(commits)).encode()
    # A mailmap would be looked for in a tree that is not there.
    flags = ("--no-walk=unsorted", "--stdin", "--no-mailmap", "--format=%T")
    return history.ask("log", *flags, given=given).decode("ascii").split()


def _blobs(history: History, head: str, own: Iterable[str]) -> Iterator[str]:
    """The files that commits changed, before and after, and what tells of languages and packages today."""
    yield from history.blobs(own)
    for blob, path in history.tree(head):
        if path in HEAD_FILES or is_manifest(path):
            yield blob
