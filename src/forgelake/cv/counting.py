"""Counting a person's commits, in SQL: the same for rows of the lake and for what was mined a moment ago.

The rows of one person stand in the relations ``held_commits``, ``held_commit_languages``, ``held_commit_packages`` and
``held_contributions``, with the columns of the lake's tables, and the repositories in ``sources``; see
``forgelake.cv.held``. Rows of other repositories count nowhere.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import duckdb

from forgelake.cv import sql
from forgelake.cv.held import parts_of
from forgelake.cv.page import (
    Aside,
    Completeness,
    Contributed,
    Cv,
    Day,
    Failure,
    Language,
    Lines,
    OpenSource,
    RepoPart,
    Source,
    Totals,
    Trend,
    UsedPackage,
    Year,
)
from forgelake.model.commits import CommitKind

WEEKS: Final = (52, 13, 1)
_METRICS: Final = (
    "commits", "commit days", "features", "fixes", "lines added", "lines deleted", "packages added",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Counting:
    """What is to be counted, and how.

    Attributes:
        sources: the repositories, in the order in which a shared commit counts for them.
        as_of: what "now" is.
        counted_by: the mark of the settings that lines were counted with.
        own: what is not set aside but counts as the person's own.
        all_packages: whether packages of repositories are told that are not known to be public.
        failures: repositories that could not be read; one by whose key there are rows has those of an earlier time.
        forges: whether forges were asked for pull requests.
    """

    sources: Sequence[Source]
    as_of: datetime
    counted_by: str
    own: Collection[Aside] = ()
    all_packages: bool = True
    failures: Sequence[Failure] = ()
    forges: bool = False


def count(connection: duckdb.DuckDBPyConnection, what: Counting) -> Cv:
    """Count everything that the connection's relations hold."""
    prepare(connection, what.own)
    totals, coverage, open_source = _totals(connection, what)
    return Cv(
        as_of=what.as_of,
        totals=totals,
        trends=_trends(connection, what.as_of),
        years=tuple(_years(connection)),
        calendar=tuple(Day(*row) for row in _rows(connection, sql.DAYS)),
        languages=tuple(
            Language(name, commits, Lines(*lines)) for name, commits, *lines in _rows(connection, sql.LANGUAGES)
        ),
        kinds=_kinds(connection),
        contributions=_contributions(connection, what) if what.forges else (),
        open_source=open_source,
        packages=tuple(
            UsedPackage(ecosystem, name, repos, added, _utc(first))
            for ecosystem, name, repos, added, first in _rows(connection, sql.PACKAGES, {"all": what.all_packages})
        ),
        punch_card=_punch_card(connection),
        repos=tuple(_parts(connection, what.sources)),
        coverage=coverage,
        counted=what.counted_by,
    )


def prepare(connection: duckdb.DuckDBPyConnection, own: Collection[Aside] = ()) -> None:
    """Make the relations that everything is counted from: each commit once, and its lines."""
    connection.execute(sql.COMMITS)
    connection.execute(sql.LINES, {str(reason): reason in own for reason in Aside})


def _rows(
    connection: duckdb.DuckDBPyConnection, query: str, given: dict[str, Any] | None = None
) -> list[tuple[Any, ...]]:
    return connection.execute(query, given or {}).fetchall()


def _utc(at: datetime | None) -> datetime | None:
    return None if at is None else at.replace(tzinfo=UTC)


def _totals(connection: duckdb.DuckDBPyConnection, what: Counting) -> tuple[Totals, Completeness, OpenSource | None]:
    ((commits, breaking, days, first, last, counted, undated, without_zone, public),) = _rows(connection, sql.TOTALS)
    ((co_authored, repos),) = _rows(connection, sql.OTHERS)
    lines = {reason: Lines(*numbers) for reason, *numbers in _rows(connection, sql.ASIDE)}
    aside = {reason: lines.get(str(reason), Lines()) for reason in Aside}
    merges = [source.merges for source in what.sources if source.merges is not None]
    totals = Totals(
        commits, co_authored, sum(merges) if merges else None, breaking, days, repos, _utc(first), _utc(last),
        lines.get(None, Lines()), aside,
    )  # fmt: skip
    is_known = any(source.visibility is not None for source in what.sources)
    return (
        totals,
        _coverage(what, commits, counted, undated, without_zone),
        (OpenSource(public, commits) if is_known else None),
    )


def _coverage(what: Counting, commits: int, counted: int, undated: int, without_zone: int) -> Completeness:
    failed = {failure.label for failure in what.failures}
    there = {source.key for source in what.sources}
    collected = [source.collected_at for source in what.sources if source.collected_at is not None]
    return Completeness(
        repos_expected=len(there | failed),
        repos_received=len(there - failed),
        commits_expected=commits,
        commits_counted=counted,
        undated=undated,
        without_zone=without_zone,
        failures=tuple(what.failures),
        oldest=min(collected, default=None),
        newest=max(collected, default=None),
    )


def _trends(connection: duckdb.DuckDBPyConnection, as_of: datetime) -> tuple[Trend, ...]:
    starts = [None, *(_naive(as_of, weeks) for weeks in WEEKS)]
    spans = [_rows(connection, sql.SPAN, {"since": since})[0] for since in starts]
    return tuple(Trend(name, *numbers) for name, *numbers in zip(_METRICS, *spans, strict=True))


def _naive(as_of: datetime, weeks: int) -> datetime:
    return (as_of - timedelta(weeks=weeks)).astimezone(UTC).replace(tzinfo=None)


def _years(connection: duckdb.DuckDBPyConnection) -> Iterable[Year]:
    for year, commits, days, files, added, deleted, kinds in _rows(connection, sql.YEARS):
        by_kind = dict(zip(CommitKind, kinds or [0] * len(CommitKind), strict=True))
        yield Year(year, commits, days, Lines(files, added, deleted), by_kind)


def _kinds(connection: duckdb.DuckDBPyConnection) -> dict[CommitKind, int]:
    ((*numbers,),) = _rows(connection, sql.KINDS)
    return dict(zip(CommitKind, numbers, strict=True))


def _contributions(connection: duckdb.DuckDBPyConnection, what: Counting) -> tuple[Trend, ...]:
    given = {f"weeks_{weeks}": _naive(what.as_of, weeks) for weeks in WEEKS}
    found = {kind: numbers for kind, *numbers in _rows(connection, sql.CONTRIBUTIONS, given)}
    return tuple(Trend(str(kind), *found.get(str(kind), (0, 0, 0, 0))) for kind in Contributed)


def _punch_card(connection: duckdb.DuckDBPyConnection) -> tuple[tuple[int, ...], ...]:
    card = [[0] * 24 for _ in range(7)]
    for weekday, hour, commits in _rows(connection, sql.PUNCH_CARD):
        card[weekday - 1][hour] = commits
    return tuple(map(tuple, card))


def _parts(connection: duckdb.DuckDBPyConnection, sources: Sequence[Source]) -> Iterable[RepoPart]:
    brought = {part: numbers for part, *numbers in _rows(connection, sql.PARTS)}
    for part, some in parts_of(sources).items():
        alone = some[0] if len(some) == 1 else None
        commits, shared = brought.get(part, (0, 0))
        notes = tuple(dict.fromkeys(note for source in some for note in source.notes))
        facts = (alone.url, alone.stars) if alone else (None, None)
        yield RepoPart(some[0].label, commits, shared, notes, some[0].visibility, *facts)
