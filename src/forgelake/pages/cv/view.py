"""What a CV shows: the person's words, and the blocks that they chose in their order, each with what it is worth.

Only this is given to pages, files, cards and PDFs. It names repositories that are known to be public, and no others.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from forgelake.cv.page import Cv, Trend
from forgelake.cv.profile import Block, Link, Profile, Project
from forgelake.model.counted import counted
from forgelake.pages.cv import charts
from forgelake.pages.numbers import exact, instant, short
from forgelake.pages.panel import Cell, Head, Table

MOST_LANGUAGES: Final = 12
MOST_PACKAGES: Final = 25
MOST_REPOS: Final = 50
TITLES: Final = {
    Block.SUMMARY: "In numbers",
    Block.CALENDAR: "Day by day",
    Block.YEARS: "Years",
    Block.LANGUAGES: "Languages",
    Block.KINDS: "What commits were for",
    Block.PROJECTS: "Projects",
    Block.OPEN_SOURCE: "Open source",
    Block.CONTRIBUTIONS: "Pull requests",
    Block.PACKAGES: "Packages",
    Block.PUNCH_CARD: "Weekday and hour",
}
_KINDS: Final = {"feat": "features", "fix": "fixes", "docs": "documentation", "test": "tests", "ci": "CI",
                 "refactor": "refactoring", "other": "other"}  # fmt: skip
_TILES: Final = ("commits", "commit days", "lines added", "features")


@dataclass(frozen=True, slots=True)
class Section:
    """A block as templates take it.

    Attributes:
        unit: what is counted, and since when.
        charts: for wide and for narrow screens, or one for both.
        worth: how complete it is.
        nothing: what is said where there is nothing to show.
    """

    id: str
    title: str
    unit: str = ""
    wide: bool = False
    charts: Sequence[Mapping[str, Any]] = ()
    table: Table | None = None
    worth: str = ""
    nothing: str = ""


@dataclass(frozen=True, slots=True)
class Tile:
    """A number, and what the last weeks brought of it."""

    title: str
    value: str
    full: str
    changes: Sequence[str]


@dataclass(frozen=True, slots=True)
class RepoLine:
    """A repository that anybody can see, or all others together."""

    name: str
    url: str | None
    commits: int
    stars: int | None


@dataclass(frozen=True, slots=True)
class Shown:
    """A CV as it is shown.

    Attributes:
        coverage: how complete it is, in words; ``gaps`` what is missing.
        tiles: empty where the summary is not shown.
        projects, repos: likewise.
    """

    name: str
    headline: str
    about: Sequence[str]
    links: Sequence[Link]
    cv: Cv
    sections: Sequence[Section]
    tiles: Sequence[Tile]
    projects: Sequence[Project]
    repos: Sequence[RepoLine]
    stars: int | None
    coverage: str
    gaps: Sequence[str] = field(default=())


def shown(cv: Cv, profile: Profile, name: str) -> Shown:
    """A CV as its person wants it shown; ``name`` is used where the profile has none."""
    blocks = profile.shown
    starred = [part.stars for part in cv.repos if part.stars is not None]
    return Shown(
        name=profile.name or name,
        headline=profile.headline,
        about=_paragraphs(profile.about),
        links=profile.links,
        cv=cv,
        sections=[_SECTIONS[block](cv) for block in blocks if block in _SECTIONS and _is_there(block, cv, profile)],
        tiles=_tiles(cv) if Block.SUMMARY in blocks else (),
        projects=profile.projects if Block.PROJECTS in blocks else (),
        repos=_repos(cv) if Block.OPEN_SOURCE in blocks else (),
        stars=sum(starred) if starred and Block.OPEN_SOURCE in blocks else None,
        coverage=coverage_words(cv),
        gaps=_gaps(cv),
    )


def coverage_words(cv: Cv) -> str:
    """How complete it is."""
    covered = cv.coverage
    of_all = counted(covered.repos_expected, "repository")
    words = f"{covered.repos_received:,} of {of_all} up to date"
    if covered.oldest is None or covered.newest is None:
        return words
    if covered.oldest.date() == covered.newest.date():
        return f"{words}, collected {instant(covered.newest)}"
    return f"{words}, collected {covered.oldest:%Y-%m-%d} to {instant(covered.newest)}"


def _gaps(cv: Cv) -> list[str]:
    covered = cv.coverage
    uncounted = covered.commits_expected - covered.commits_counted
    said = (
        (covered.repos_expected - covered.repos_received, "repositories could not be brought up to date"),
        (uncounted, "commits whose lines are not known; they are in no number of lines"),
        (covered.undated, "commits without a believable date; they are in no day, year or trend"),
    )
    return [f"{number:,} {words}" for number, words in said if number]


def _is_there(block: Block, cv: Cv, profile: Profile) -> bool:
    """Whether there can be anything in a block: what nobody wrote or asked for is not shown as empty."""
    return {
        Block.PROJECTS: bool(profile.projects),
        Block.OPEN_SOURCE: cv.open_source is not None,
        Block.CONTRIBUTIONS: bool(cv.contributions),
    }.get(block, True)


def _paragraphs(text: str) -> list[str]:
    return [part.strip() for part in text.split("\n\n") if part.strip()]


def _tiles(cv: Cv) -> list[Tile]:
    by_name = {trend.metric: trend for trend in cv.trends}
    return [
        Tile(name.capitalize(), short(trend.total), exact(trend.total), _changes(trend))
        for name, trend in ((name, by_name[name]) for name in _TILES)
    ]


def _changes(trend: Trend) -> list[str]:
    spans = ((trend.weeks_52, "52 weeks"), (trend.weeks_13, "13 weeks"), (trend.weeks_1, "1 week"))
    return [f"+{short(number)} in {words}" for number, words in spans]


def _summary(cv: Cv) -> Section:
    rows = [_row(t.metric.capitalize(), t.total, t.weeks_52, t.weeks_13, t.weeks_1) for t in cv.trends]
    table = _table(("What", "Total", "52 weeks", "13 weeks", "1 week"), rows)
    said = [f"{lines.added + lines.deleted:,} {reason}" for reason, lines in cv.totals.set_aside.items() if lines.files]
    aside = f"Lines set aside, in no number: {', '.join(said)}. " if said else ""
    co = f"{cv.totals.co_authored:,} more commits name the person as co-author. " if cv.totals.co_authored else ""
    return Section("summary", TITLES[Block.SUMMARY], "in all, and of it in the last weeks", table=table,
                   worth=f"{co}{aside}{_lines_known(cv)}", nothing=_NONE)  # fmt: skip


def _calendar(cv: Cv) -> Section:
    since = cv.as_of.date().toordinal() - 7 * charts.BROAD_WEEKS
    days = [one for one in cv.calendar if one.day.toordinal() > since]
    table = _table(("Day", "Commits"), [_row(one.day, one.commits) for one in reversed(days)])
    specs = [charts.calendar(cv, charts.BROAD_WEEKS), charts.calendar(cv, charts.SLIM_WEEKS)] if days else ()
    return Section("calendar", TITLES[Block.CALENDAR], "commits, days in UTC", wide=True, charts=specs,
                   table=table, worth=_dated(cv), nothing="No commit in the last 53 weeks.")  # fmt: skip


def _years(cv: Cv) -> Section:
    rows = [_row(one.year, one.commits, one.days, one.lines.added, one.lines.deleted) for one in reversed(cv.years)]
    table = _table(("Year", "Commits", "Days", "Lines added", "Deleted"), rows)
    specs = [charts.years(cv.years)] if cv.years else ()
    return Section("years", TITLES[Block.YEARS], "commits", charts=specs, table=table, worth=_dated(cv), nothing=_NONE)


def _languages(cv: Cv) -> Section:
    known = [one for one in cv.languages if one.lines.added or one.lines.deleted]
    rows = [_row(one.language or charts.OTHER_FILES, one.commits, one.lines.added, one.lines.deleted) for one in known]
    table = _table(("Language", "Commits", "Lines added", "Deleted"), rows)
    specs = [charts.languages(known[:MOST_LANGUAGES])] if known else ()
    return Section("languages", TITLES[Block.LANGUAGES], "lines added and deleted", charts=specs, table=table,
                   worth=_lines_known(cv), nothing=_NONE)  # fmt: skip


def _kinds(cv: Cv) -> Section:
    named = {_KINDS[str(kind)]: number for kind, number in cv.kinds.items()}
    table = _table(("Kind", "Commits"), [_row(*pair) for pair in named.items()])
    specs = [charts.bars(named)] if cv.totals.commits else ()
    return Section("kinds", TITLES[Block.KINDS], "commits, by Conventional Commits", charts=specs, table=table,
                   worth=coverage_words(cv), nothing=_NONE)  # fmt: skip


def _projects(cv: Cv) -> Section:
    del cv
    return Section("projects", TITLES[Block.PROJECTS], wide=True)


def _open_source(cv: Cv) -> Section:
    found = cv.open_source
    if found is None or not found.of:
        return Section("open-source", TITLES[Block.OPEN_SOURCE], nothing=_NONE)
    unit = f"{found.commits / found.of:.0%} of commits are in repositories that anybody can see"
    return Section("open-source", TITLES[Block.OPEN_SOURCE], unit, worth=coverage_words(cv), nothing=_NONE)


def _contributions(cv: Cv) -> Section:
    rows = [_row(t.metric.capitalize(), t.total, t.weeks_52, t.weeks_13, t.weeks_1) for t in cv.contributions]
    table = _table(("What", "Total", "52 weeks", "13 weeks", "1 week"), rows)
    named = {trend.metric: trend.total for trend in cv.contributions}
    specs = [charts.bars(named)] if any(named.values()) else ()
    return Section("contributions", TITLES[Block.CONTRIBUTIONS], "pull and merge requests", charts=specs, table=table,
                   worth=coverage_words(cv), nothing="No pull or merge request is known.")  # fmt: skip


def _packages(cv: Cv) -> Section:
    rows = [_row(f"{one.ecosystem} {one.name}", one.repos, one.added) for one in cv.packages]
    table = _table(("Package", "Repositories that use it", "Added"), rows)
    named = {one.name: one.repos for one in cv.packages[:MOST_LANGUAGES] if one.repos}
    specs = [charts.bars(named)] if named else ()
    return Section("packages", TITLES[Block.PACKAGES], "third-party, by repositories that use them", charts=specs,
                   table=table, worth=coverage_words(cv), nothing="No package is known.")  # fmt: skip


def _punch_card(cv: Cv) -> Section:
    known = sum(map(sum, cv.punch_card))
    heads = ("Weekday", *(str(hour) for hour in range(24)))
    rows = [_row(name, *row) for name, row in zip(charts.WEEKDAYS, cv.punch_card, strict=True)]
    worth = f"the clock is known of {known:,} of {counted(cv.totals.commits, 'commit')}"
    return Section("punch-card", TITLES[Block.PUNCH_CARD], "commits, by the author's own clock",
                   charts=[charts.punch_card(cv)] if known else (), table=_table(heads, rows), worth=worth,
                   nothing=_NONE)  # fmt: skip


_NONE: Final = "No commit is known yet."
_SECTIONS: Final = {
    Block.SUMMARY: _summary,
    Block.CALENDAR: _calendar,
    Block.YEARS: _years,
    Block.LANGUAGES: _languages,
    Block.KINDS: _kinds,
    Block.PROJECTS: _projects,
    Block.OPEN_SOURCE: _open_source,
    Block.CONTRIBUTIONS: _contributions,
    Block.PACKAGES: _packages,
    Block.PUNCH_CARD: _punch_card,
}


def _repos(cv: Cv) -> list[RepoLine]:
    public = [part for part in cv.repos if part.visibility == "public" and part.commits]
    ranked = sorted(public, key=lambda part: (-part.commits, part.label))[:MOST_REPOS]
    return [RepoLine(part.label, part.url, part.commits, part.stars) for part in ranked]


def _dated(cv: Cv) -> str:
    if not cv.coverage.undated:
        return coverage_words(cv)
    return f"{coverage_words(cv)}; {counted(cv.coverage.undated, 'commit has', 'commits have')} no believable date"


def _lines_known(cv: Cv) -> str:
    covered = cv.coverage
    if covered.commits_counted == covered.commits_expected:
        return coverage_words(cv)
    known = f"lines are known of {covered.commits_counted:,} of {counted(covered.commits_expected, 'commit')}"
    return f"{coverage_words(cv)}; {known}"


def _table(heads: Iterable[str], rows: Sequence[Sequence[Cell]]) -> Table | None:
    if not rows:
        return None
    return Table([Head(text, number=number > 0) for number, text in enumerate(heads)], rows)


def _row(name: str | int | date, *numbers: int) -> list[Cell]:
    return [Cell(str(name), str(name), number=False), *(Cell(exact(n), exact(n), number=True) for n in numbers)]
