"""A week's figures of repositories: each with those of the week before and of the year before."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from forgelake.metrics.answer import Answer, Bucket
from forgelake.metrics.intervals import Interval
from forgelake.model.coverage import Coverage, about_equal, percent
from forgelake.model.period import Period
from forgelake.pages.numbers import change, exact, signed_percent
from forgelake.pages.periods import asked
from forgelake.pages.site import Site
from forgelake.pages.weeks import WEEK, YEAR
from forgelake.query.days import STILL_TOLD

LEAST_MOVED: Final = 10
"""A change between numbers below this one is not told as something that moved."""


@dataclass(frozen=True, slots=True)
class Measure:
    """What is told of a repository: a column of a metric by week.

    Attributes:
        later: the table whose days are told whole only by what is collected on a later day; empty if none.
        stock: the table of a number that is one of a moment, so that the week's last day decides; empty if none.
    """

    title: str
    metric: str
    column: str
    later: str = ""
    stock: str = ""


MEASURES: Final = (
    Measure("Stars", "stars_net", "stars", stock="repo_snapshots"),
    Measure("Views", "traffic_views", "views", "traffic_days"),
    Measure("Clones", "traffic_clones", "clones", "traffic_days"),
    Measure("Issues opened", "issues_opened_closed", "opened"),
    Measure("Issues closed", "issues_opened_closed", "closed"),
    Measure("Pull requests opened", "pull_requests_opened_merged_closed", "opened"),
    Measure("Pull requests merged", "pull_requests_opened_merged_closed", "merged"),
)


@dataclass(frozen=True, slots=True)
class Known:
    """A number of one week.

    Attributes:
        value: None where nothing was received.
        share: how much of the week was received; None where nothing was expected.
        is_whole: whether the last day was looked at after it was over.
    """

    value: float | None
    share: float | None
    is_whole: bool = True


@dataclass(frozen=True, slots=True)
class Figure:
    """A measure of a repository in a week, and in the two weeks that it is compared with."""

    measure: Measure
    repo: str
    now: Known
    before: Known
    year_before: Known

    @property
    def text(self) -> str:
        """The number; what is not known is a dash."""
        return exact(self.now.value)

    @property
    def partly(self) -> str:
        """How much of the week was received, where that is not all."""
        share = self.now.share
        if share is None or self.now.value is None:
            return ""
        if self.measure.stock:
            return "" if self.now.is_whole else "of an earlier day"
        if share < 1:
            return f"{percent(share)} received"
        return "" if self.now.is_whole else "without the last day"

    @property
    def change(self) -> str:
        """The change against the week before; empty where it is not known."""
        return _change(self.now, self.before)

    @property
    def change_of_year(self) -> str:
        """The change against the same week a year before; empty where it is not known."""
        return _change(self.now, self.year_before)

    @property
    def moved(self) -> float:
        """How much it moved against the week before, 0 where that is not known or both numbers are small."""
        largest = max(abs(self.now.value or 0), abs(self.before.value or 0))
        if not _comparable(self.now, self.before) or largest < LEAST_MOVED:
            return 0.0
        return abs(change(self.now.value, self.before.value) or 0.0)


def figures(site: Site, repo: str, week: Period) -> list[Figure]:
    """All measures of a repository."""
    before, year = Period(week.start - WEEK, week.start), Period(week.start - YEAR, week.end - YEAR)
    return [
        Figure(one, repo, _known(site, one, repo, week), _known(site, one, repo, before), _known(site, one, repo, year))
        for one in MEASURES
    ]


def coverage(site: Site, repos: Sequence[str], week: Period) -> list[tuple[str, Coverage]]:
    """What each measure of some repositories rests on; what has the same coverage is told together."""
    found: dict[Coverage, dict[str, list[str]]] = {}
    for repo in repos:
        for measure in MEASURES:
            answer = _asked(site, measure, repo, week)
            if isinstance(answer, Answer):
                found.setdefault(answer.coverage, {}).setdefault(measure.title, []).append(repo)
    return [(_titles(of, len(repos)), one) for one, of in found.items()]


def movers(rows: Iterable[Sequence[Figure]], most: int) -> list[str]:
    """What moved most, in words."""
    all_of_them = sorted((one for row in rows for one in row if one.moved), key=lambda one: -one.moved)
    return [
        f"{one.repo}: {one.measure.title.lower()} from {exact(one.before.value)} to {one.text} ({one.change})"
        for one in all_of_them[:most]
    ]


def _titles(of: Mapping[str, Sequence[str]], repos: int) -> str:
    """Measures, with the repositories behind them unless these are all."""
    alike: dict[tuple[str, ...], list[str]] = {}
    for title, names in of.items():
        alike.setdefault(tuple(names), []).append(title)
    told = (
        ", ".join(titles) + ("" if len(names) == repos else f" of {', '.join(names)}")
        for names, titles in alike.items()
    )
    return "; ".join(told)


def _asked(site: Site, measure: Measure, repo: str, week: Period) -> object:
    return site.ask(measure.metric, {"repo": repo, "interval": str(Interval.WEEK), **asked(week)})


def _known(site: Site, measure: Measure, repo: str, week: Period) -> Known:
    answer = _asked(site, measure, repo, week)
    if not isinstance(answer, Answer):
        return Known(None, None)
    rows = [row for row in answer.table.to_pylist() if row["bucket"] == week.start]
    value = rows[0][measure.column] if rows else None
    # The end of a stock is all of it, whatever is missing before.
    is_whole = _last_day_is_whole(site, measure, repo, week)
    share = 1.0 if measure.stock and is_whole else _share(answer.buckets)
    return Known(value, share, is_whole)


def _last_day_is_whole(site: Site, measure: Measure, repo: str, week: Period) -> bool:
    """Whether what a measure needs of a week's last day was received: on that day, or on a later one."""
    if measure.stock:
        table, days = measure.stock, Period(week.end - timedelta(days=1), week.end)
    elif measure.later:
        table, days = measure.later, Period(week.end, week.end + STILL_TOLD[measure.later])
    else:
        return True
    return any(day.received for day in site.snapshot.days((table,), days, site.now, [repo]))


def _share(buckets: Sequence[Bucket]) -> float | None:
    expected = sum(bucket.expected for bucket in buckets)
    return sum(bucket.received for bucket in buckets) / expected if expected else None


def _comparable(one: Known, other: Known) -> bool:
    """Whether both weeks are known and about equally complete; else a change would be one of the collecting."""
    if one.value is None or other.value is None or one.share is None or other.share is None:
        return False
    if not (one.is_whole and other.is_whole):
        return False
    return about_equal(one.share, other.share)


def _change(now: Known, before: Known) -> str:
    relative = change(now.value, before.value) if _comparable(now, before) else None
    return "" if relative is None else signed_percent(relative)
