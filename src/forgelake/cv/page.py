"""What a CV page says, block by block. All days and years are UTC; lines are those of ``git diff --numstat``."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from forgelake.model.commits import CommitKind


class Aside(StrEnum):
    """Why lines are told apart from a person's own."""

    LARGE = "large"
    """The commit touches more than 200 files."""
    GENERATED = "generated"
    """A program wrote the file."""
    VENDORED = "vendored"
    """The file is somebody else's code, kept in the repository."""


@dataclass(frozen=True, slots=True)
class Lines:
    """Files and lines. Binary files are files without lines."""

    files: int = 0
    added: int = 0
    deleted: int = 0


@dataclass(frozen=True, slots=True)
class Totals:
    """Everything together.

    Attributes:
        commits: by the person on the default branches, no merges, each once however many repositories hold it.
        merges: merges of theirs, which count nowhere else.
        breaking: commits that announce a break.
        days: UTC days with a commit.
        first, last: of the commits whose time is believable.
        lines: without what is set aside; together with that, ``git diff --numstat`` to the line.
        set_aside: by the first reason that holds, in the order of ``Aside``.
    """

    commits: int
    merges: int
    breaking: int
    days: int
    repos: int
    first: datetime | None
    last: datetime | None
    lines: Lines
    set_aside: dict[Aside, Lines]


@dataclass(frozen=True, slots=True)
class Trend:
    """A number in all, and of it what the last 52, 13 and 1 weeks brought."""

    metric: str
    total: int
    weeks_52: int
    weeks_13: int
    weeks_1: int


@dataclass(frozen=True, slots=True)
class Year:
    """One calendar year."""

    year: int
    commits: int
    days: int
    lines: Lines
    kinds: dict[CommitKind, int]


@dataclass(frozen=True, slots=True)
class Day:
    """A day with commits; days that are not told had none."""

    day: date
    commits: int


@dataclass(frozen=True, slots=True)
class Language:
    """A language; None is for files that Linguist knows none for."""

    language: str | None
    commits: int
    lines: Lines


@dataclass(frozen=True, slots=True)
class UsedPackage:
    """A third-party package of the manifests nearest to the files that the person touched.

    Attributes:
        repos: how many repositories use it now.
        added: how often the person added it to a manifest that did not name it.
        first_added: when they did so first.
    """

    ecosystem: str
    name: str
    repos: int
    added: int
    first_added: datetime | None


@dataclass(frozen=True, slots=True)
class RepoPart:
    """What a repository brought.

    Attributes:
        commits: of it; a commit that several repositories hold counts for the first.
        shared: of it, those that an earlier repository had brought.
        notes: what is not complete.
    """

    label: str
    commits: int
    shared: int
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Failure:
    """A repository that could not be read, and why."""

    label: str
    reason: str


@dataclass(frozen=True, slots=True)
class Completeness:
    """How much of it all is known.

    Attributes:
        repos_expected, repos_received: repositories asked for, and read.
        commits_expected, commits_counted: commits, and those whose lines are known.
        undated: commits without a believable time: in no day, year, trend or punch card.
        without_zone: commits that do not say what time it was for their author: not in the punch card.
    """

    repos_expected: int
    repos_received: int
    commits_expected: int
    commits_counted: int
    undated: int
    without_zone: int
    failures: tuple[Failure, ...]

    @property
    def is_whole(self) -> bool:
        """Whether nothing is missing."""
        return self.repos_received == self.repos_expected and self.commits_counted == self.commits_expected


@dataclass(frozen=True, slots=True)
class Cv:
    """The page.

    Attributes:
        as_of: what "now" was.
        punch_card: commits by weekday (Monday first) and hour, by the author's own clock.
        counted: how lines were counted: rows with another mark are not comparable.
    """

    as_of: datetime
    totals: Totals
    trends: tuple[Trend, ...]
    years: tuple[Year, ...]
    calendar: tuple[Day, ...]
    languages: tuple[Language, ...]
    kinds: dict[CommitKind, int]
    packages: tuple[UsedPackage, ...]
    punch_card: tuple[tuple[int, ...], ...]
    repos: tuple[RepoPart, ...]
    coverage: Completeness
    counted: str
