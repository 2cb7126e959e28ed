"""Commits of a person, as far as they may be told: never a path, a message or an e-mail address."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

LARGE_FILES = 200
"""A commit that touches more files than this is set aside: few people write such a change by hand."""


class CommitKind(StrEnum):
    """What a commit is for, by Conventional Commits."""

    FEAT = "feat"
    FIX = "fix"
    DOCS = "docs"
    TEST = "test"
    CI = "ci"
    REFACTOR = "refactor"
    OTHER = "other"


class Role(StrEnum):
    """What a person did in a commit."""

    AUTHOR = "author"
    CO_AUTHOR = "co_author"
    """They are named in a Co-authored-by line, and somebody else is the author."""


@dataclass(frozen=True, slots=True)
class Skipped:
    """What a person leaves out of a repository.

    Attributes:
        paths: folders and files as ``.gitattributes`` would name them; a folder stands for all that is in it.
        commits: ids.
        accepted: ids of commits that touch more than 200 files and count all the same.
    """

    paths: tuple[str, ...] = ()
    commits: tuple[str, ...] = ()
    accepted: tuple[str, ...] = ()


NOTHING_SKIPPED = Skipped()


class PathClass(NamedTuple):
    """What a file is, by its path, and by its content where that leaves the language open.

    Attributes:
        language: as GitHub's Linguist calls it; None where it knows none.
        is_vendored: somebody else's code that is kept in the repository.
        is_generated: written by a program, lock files included.
        is_documentation: as Linguist sees it.
    """

    language: str | None
    is_vendored: bool = False
    is_generated: bool = False
    is_documentation: bool = False


class Tally(NamedTuple):
    """What a commit did to files of one class. Lines are those of ``git diff --numstat``; binary files have none."""

    of: PathClass
    files: int
    binaries: int
    added: int
    deleted: int


class Package(NamedTuple):
    """A third-party package: ``pypi``, ``flask``."""

    ecosystem: str
    name: str


@dataclass(frozen=True, slots=True)
class MinedCommit:
    """One commit that is no merge.

    Attributes:
        id: hexadecimal digits, 40 or, in a SHA-256 repository, 64.
        authored_at: when the author wrote it (UTC), else when it was committed; None where neither is believable.
        utc_offset: minutes by which the author's clock was ahead of UTC; None where it is not known.
        is_breaking: whether it says of itself that it breaks what used it.
        tallies: one for each class of files; None where its files could not be read, which is not zero.
        packages: third-party packages that a manifest names since this commit and did not before.
        is_accepted: whether its person has said that it counts, however many files it touches.
    """

    id: str
    authored_at: datetime | None
    utc_offset: int | None
    kind: CommitKind
    is_breaking: bool
    tallies: tuple[Tally, ...] | None
    packages: tuple[Package, ...] = ()
    role: Role = Role.AUTHOR
    is_accepted: bool = False

    @property
    def files(self) -> int:
        """Files that it touches."""
        return sum(tally.files for tally in self.tallies or ())

    @property
    def is_large(self) -> bool:
        """Whether it touches more files than people do by hand, and nobody has said that it was done so."""
        return self.files > LARGE_FILES and not self.is_accepted


@dataclass(frozen=True, slots=True)
class MinedRepo:
    """A person's commits on the default branch of a repository.

    Attributes:
        label: what the person calls it.
        head: the commit that the default branch pointed to; None where there was none yet.
        commits: theirs, no merges, newest first.
        merges: merges of theirs, which bring nothing of their own.
        uses: third-party packages of the manifests nearest to the files that they touched, as of ``head``.
        notes: what is not complete, for people.
        is_public: whether everybody may read the repository, as far as is known.
        left_out: ids of commits that touch nothing but what the person leaves out.
        by_others: commits of its branch, where none of them is theirs; else 0. Kept nowhere with what was mined.
        further: addresses that the repository says are the person's, too; kept nowhere with what was mined.
    """

    label: str
    head: str | None
    commits: tuple[MinedCommit, ...]
    merges: int = 0
    uses: frozenset[Package] = frozenset()
    notes: tuple[str, ...] = ()
    is_public: bool = False
    left_out: frozenset[str] = frozenset()
    by_others: int = 0
    further: tuple[str, ...] = ()


def in_all(tallies: Iterable[Tally]) -> tuple[int, int, int, int]:
    """Files, binaries, added and deleted lines of some tallies together."""
    files = binaries = added = deleted = 0
    for tally in tallies:
        files += tally.files
        binaries += tally.binaries
        added += tally.added
        deleted += tally.deleted
    return files, binaries, added, deleted
