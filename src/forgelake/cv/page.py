"""What a CV page says, block by block. All days and years are UTC; lines are those of ``git diff --numstat``."""

import dataclasses
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
        co_authored: commits of others that name the person as co-author; they count nowhere else.
        merges: merges of theirs, which count nowhere else; None where they are not known.
        breaking: commits that announce a break.
        days: UTC days with a commit.
        first, last: of the commits whose time is believable.
        lines: without what is set aside; together with that, ``git diff --numstat`` to the line.
        set_aside: by the first reason that holds, in the order of ``Aside``.
    """

    commits: int
    co_authored: int
    merges: int | None
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


class Contributed(StrEnum):
    """What a person does with pull requests, or merge requests as some forges call them."""

    OPENED = "opened"
    MERGED = "merged"
    REVIEWED = "reviewed"


@dataclass(frozen=True, slots=True)
class Source:
    """A repository that commits come from.

    Attributes:
        key: its key in the rows.
        label: what it is called where it is shown.
        part: those of the same part are shown as one; empty for one that is shown by itself.
        visibility: public, private or internal; None where it is not known.
        url: where others find it; only of public ones.
        stars: of a public repository of the person's own that is no fork; None of others, or where it is not known.
        collected_at: when it was last brought up to date; None where it never was.
        notes: what is not complete.
        merges: merges of the person; None where they are not known.
    """

    key: str
    label: str
    part: str = ""
    visibility: str | None = None
    url: str | None = None
    stars: int | None = None
    collected_at: datetime | None = None
    notes: tuple[str, ...] = ()
    merges: int | None = None

    @property
    def is_public(self) -> bool:
        """Whether anybody may see it."""
        return self.visibility == "public"


@dataclass(frozen=True, slots=True)
class RepoPart:
    """What a repository brought, or several that are shown as one.

    Attributes:
        commits: of it; a commit that several hold counts for the first.
        shared: of it, those that an earlier one had brought.
        notes: what is not complete.
        url, stars: see ``Source``; None where several are shown as one.
    """

    label: str
    commits: int
    shared: int
    notes: tuple[str, ...]
    visibility: str | None = None
    url: str | None = None
    stars: int | None = None


@dataclass(frozen=True, slots=True)
class OpenSource:
    """How much of the work anybody can see: commits that a public repository holds, of those in all."""

    commits: int
    of: int


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
        oldest, newest: when the repositories were brought up to date, the first and the last of them.
    """

    repos_expected: int
    repos_received: int
    commits_expected: int
    commits_counted: int
    undated: int
    without_zone: int
    failures: tuple[Failure, ...]
    oldest: datetime | None = None
    newest: datetime | None = None

    @property
    def is_whole(self) -> bool:
        """Whether nothing is missing."""
        return self.repos_received == self.repos_expected and self.commits_counted == self.commits_expected


@dataclass(frozen=True, slots=True)
class Cv:
    """The page.

    Attributes:
        as_of: what "now" was.
        contributions: pull requests, in the shape of trends; empty where no forge was asked.
        open_source: None where it is not known what is public.
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
    contributions: tuple[Trend, ...]
    open_source: OpenSource | None
    packages: tuple[UsedPackage, ...]
    punch_card: tuple[tuple[int, ...], ...]
    repos: tuple[RepoPart, ...]
    coverage: Completeness
    counted: str


def plain(value: object) -> object:
    """JSON values; fields keep their names."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, dict):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, (tuple, list)):
        return [plain(inner) for inner in value]
    return value.isoformat() if isinstance(value, date | datetime) else value
