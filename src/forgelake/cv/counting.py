"""Counting a person's commits."""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Final

from forgelake.cv.page import (
    Aside,
    Completeness,
    Cv,
    Day,
    Failure,
    Language,
    Lines,
    RepoPart,
    Totals,
    Trend,
    UsedPackage,
    Year,
)
from forgelake.model.commits import CommitKind, MinedCommit, MinedRepo, Package, Tally

_WEEKS: Final = (52, 13, 1)
_Sorted = dict[Aside | None, Lines]


def cv(
    repos: Sequence[MinedRepo],
    as_of: datetime,
    counted_by: str,
    *,
    own: Collection[Aside] = (),
    failures: Sequence[Failure] = (),
) -> Cv:
    """Count everything.

    Args:
        counted_by: the mark of the settings that lines were counted with.
        own: what is not set aside but counts as the person's own.
        failures: repositories that could not be read.
    """
    parts, commits = _apart(repos)
    sorted_lines = {commit.id: _sorted(commit, own) for commit in commits}
    lines: Callable[[MinedCommit], Lines] = lambda commit: sorted_lines[commit.id].get(None, Lines())  # noqa: E731
    return Cv(
        as_of=as_of,
        totals=_totals(repos, commits, list(sorted_lines.values())),
        trends=tuple(_trends(commits, lines, as_of)),
        years=tuple(_years(commits, lines)),
        calendar=tuple(Day(day, number) for day, number in sorted(Counter(_days(commits)).items())),
        languages=tuple(_languages(commits, own)),
        kinds=_kinds(commits),
        packages=tuple(_packages(repos, commits)),
        punch_card=_punch_card(commits),
        repos=tuple(parts),
        coverage=Completeness(
            repos_expected=len(repos) + len(failures),
            repos_received=len(repos),
            commits_expected=len(commits),
            commits_counted=sum(commit.tallies is not None for commit in commits),
            undated=sum(commit.authored_at is None for commit in commits),
            without_zone=sum(commit.utc_offset is None for commit in commits),
            failures=tuple(failures),
        ),
        counted=counted_by,
    )


def _apart(repos: Sequence[MinedRepo]) -> tuple[list[RepoPart], list[MinedCommit]]:
    """Each commit once: forks and mirrors share theirs."""
    known: dict[str, MinedCommit] = {}
    parts = list[RepoPart]()
    for repo in repos:
        before = len(known)
        for commit in repo.commits:
            held = known.get(commit.id)
            if held is None or held.tallies is None:
                known[commit.id] = commit
        new = len(known) - before
        parts.append(RepoPart(repo.label, len(repo.commits), len(repo.commits) - new, repo.notes))
    return parts, list(known.values())


def aside(commit: MinedCommit, tally: Tally, own: Collection[Aside]) -> Aside | None:
    """Why files of a commit are set aside; None for the person's own."""
    holds = {
        Aside.LARGE: commit.is_large,
        Aside.GENERATED: tally.of.is_generated,
        Aside.VENDORED: tally.of.is_vendored,
    }
    return next((reason for reason in Aside if holds[reason] and reason not in own), None)


def _sorted(commit: MinedCommit, own: Collection[Aside]) -> _Sorted:
    """A commit's lines by why they are set aside."""
    groups: dict[Aside | None, list[Tally]] = defaultdict(list)
    for tally in commit.tallies or ():
        groups[aside(commit, tally, own)].append(tally)
    return {reason: _lines(group) for reason, group in groups.items()}


def _lines(tallies: Iterable[Tally]) -> Lines:
    files = added = deleted = 0
    for tally in tallies:
        files, added, deleted = files + tally.files, added + tally.added, deleted + tally.deleted
    return Lines(files, added, deleted)


def _sum(several: Iterable[Lines]) -> Lines:
    files = added = deleted = 0
    for one in several:
        files, added, deleted = files + one.files, added + one.added, deleted + one.deleted
    return Lines(files, added, deleted)


def _totals(repos: Sequence[MinedRepo], commits: list[MinedCommit], lines: list[_Sorted]) -> Totals:
    times = [commit.authored_at for commit in commits if commit.authored_at]
    return Totals(
        commits=len(commits),
        merges=sum(repo.merges for repo in repos),
        breaking=sum(commit.is_breaking for commit in commits),
        days=len(set(_days(commits))),
        repos=sum(bool(repo.commits) for repo in repos),
        first=min(times, default=None),
        last=max(times, default=None),
        lines=_sum(one.get(None, Lines()) for one in lines),
        set_aside={reason: _sum(one.get(reason, Lines()) for one in lines) for reason in Aside},
    )


def _days(commits: Iterable[MinedCommit]) -> list[date]:
    return [commit.authored_at.astimezone(UTC).date() for commit in commits if commit.authored_at]


def _trends(commits: list[MinedCommit], lines: Callable[[MinedCommit], Lines], as_of: datetime) -> Iterable[Trend]:
    spans = [commits, *([c for c in commits if _within(c, as_of, weeks)] for weeks in _WEEKS)]
    metrics: dict[str, Callable[[list[MinedCommit]], int]] = {
        "commits": len,
        "commit days": lambda some: len(set(_days(some))),
        "features": lambda some: _kinds(some)[CommitKind.FEAT],
        "fixes": lambda some: _kinds(some)[CommitKind.FIX],
        "lines added": lambda some: sum(lines(commit).added for commit in some),
        "lines deleted": lambda some: sum(lines(commit).deleted for commit in some),
        "packages added": lambda some: len({package for commit in some for package in commit.packages}),
    }
    return [Trend(name, *(count(span) for span in spans)) for name, count in metrics.items()]


def _within(commit: MinedCommit, as_of: datetime, weeks: int) -> bool:
    return commit.authored_at is not None and commit.authored_at > as_of - timedelta(weeks=weeks)


def _years(commits: list[MinedCommit], lines: Callable[[MinedCommit], Lines]) -> Iterable[Year]:
    by_year: dict[int, list[MinedCommit]] = defaultdict(list)
    for commit in commits:
        if commit.authored_at:
            by_year[commit.authored_at.astimezone(UTC).year].append(commit)
    if not by_year:
        return []
    return [
        Year(year, len(some := by_year[year]), len(set(_days(some))), _sum(map(lines, some)), _kinds(some))
        for year in range(min(by_year), max(by_year) + 1)
    ]


def _kinds(commits: Iterable[MinedCommit]) -> dict[CommitKind, int]:
    counted = Counter(commit.kind for commit in commits)
    return {kind: counted[kind] for kind in CommitKind}


def _languages(commits: list[MinedCommit], own: Collection[Aside]) -> Iterable[Language]:
    touched: Counter[str | None] = Counter()
    tallies: dict[str | None, list[Tally]] = defaultdict(list)
    for commit in commits:
        theirs = [tally for tally in commit.tallies or () if aside(commit, tally, own) is None]
        touched.update({tally.of.language for tally in theirs})
        for tally in theirs:
            tallies[tally.of.language].append(tally)
    found = (Language(name, touched[name], _lines(some)) for name, some in tallies.items())
    return sorted(found, key=lambda one: (-one.lines.added - one.lines.deleted, one.language or ""))


def _packages(repos: Sequence[MinedRepo], commits: list[MinedCommit]) -> Iterable[UsedPackage]:
    uses = Counter(package for repo in repos for package in repo.uses)
    adding: dict[Package, list[MinedCommit]] = defaultdict(list)
    for commit in commits:
        for package in commit.packages:
            adding[package].append(commit)
    for package in sorted(uses.keys() | adding.keys(), key=lambda one: (-uses[one], one)):
        times = [commit.authored_at for commit in adding[package] if commit.authored_at]
        yield UsedPackage(*package, uses[package], len(adding[package]), min(times, default=None))


def _punch_card(commits: list[MinedCommit]) -> tuple[tuple[int, ...], ...]:
    card = [[0] * 24 for _ in range(7)]
    for commit in commits:
        if commit.authored_at is not None and commit.utc_offset is not None:
            local = commit.authored_at + timedelta(minutes=commit.utc_offset)
            card[local.weekday()][local.hour] += 1
    return tuple(map(tuple, card))
