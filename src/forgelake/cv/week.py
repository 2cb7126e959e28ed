"""A person's week beside their own weeks before it, from the same commits and requests that their CV counts."""

from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median
from typing import Final

import duckdb

from forgelake.cv import sql
from forgelake.cv.counting import prepare
from forgelake.cv.page import Contributed
from forgelake.model.period import Period

MOST_WEEKS: Final = 12
"""Weeks before that a week is compared with, as far back as anything of the person is known."""

COMMITS, DAYS = "commits", "days"
_WEEK: Final = timedelta(weeks=1)


@dataclass(frozen=True, slots=True)
class Beside:
    """A number of a week, and of the weeks before.

    Attributes:
        what: commits, days (with commits), opened, merged or reviewed.
        usual: the median of the weeks before; None where there are none.
    """

    what: str
    number: int
    usual: float | None

    @property
    def is_more(self) -> bool:
        """Whether it is more than usual."""
        return self.usual is not None and self.number > self.usual


@dataclass(frozen=True, slots=True)
class WeekLanguage:
    """A language of a week, by commits; ``is_new`` where the weeks before had none of it."""

    name: str
    commits: int
    is_new: bool


@dataclass(frozen=True, slots=True)
class Week:
    """A week.

    Attributes:
        numbers: without those of requests where no forge was asked for them.
        languages: most commits first.
        weeks: how many weeks before it is compared with.
    """

    period: Period
    numbers: tuple[Beside, ...]
    languages: tuple[WeekLanguage, ...]
    weeks: int

    @property
    def is_quiet(self) -> bool:
        """Whether nothing is known to have happened."""
        return not any(one.number for one in self.numbers)


def week_of(connection: duckdb.DuckDBPyConnection, period: Period, *, forges: bool) -> Week:
    """Count a week of what the connection's relations hold; see ``forgelake.cv.counting``.

    Args:
        period: seven days from a Monday on, UTC.
        forges: whether forges were asked for requests.
    """
    prepare(connection)
    numbers: dict[tuple[date, str], int] = {}
    for start, commits, days in connection.execute(sql.WEEKS).fetchall():
        numbers |= {(start, COMMITS): commits, (start, DAYS): days}
    for start, kind, requests in connection.execute(sql.REQUEST_WEEKS).fetchall() if forges else ():
        numbers[start, kind] = requests
    this = period.start.date()
    # Before the first that is known there are no quiet weeks, there is nothing.
    known = min((start for start, _ in numbers), default=this)
    before = [this - _WEEK * number for number in range(1, MOST_WEEKS + 1) if this - _WEEK * number >= known]
    asked = (COMMITS, DAYS, *(map(str, Contributed) if forges else ()))
    beside = (
        Beside(what, numbers.get((this, what), 0), _usual([numbers.get((start, what), 0) for start in before]))
        for what in asked
    )
    span = {"first": this - _WEEK * len(before), "start": this, "end": this + _WEEK}
    languages = [
        WeekLanguage(name, commits, is_new and bool(before))
        for name, commits, is_new in connection.execute(sql.WEEK_LANGUAGES, span).fetchall()
    ]
    return Week(period, tuple(beside), tuple(languages), len(before))


def _usual(numbers: list[int]) -> float | None:
    return median(numbers) if numbers else None
