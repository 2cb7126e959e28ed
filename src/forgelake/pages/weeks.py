"""Weeks as people name them: 2026-W47 is the 47th ISO week, from Monday on, in UTC."""

import re
from datetime import date, datetime, timedelta
from typing import Final

from forgelake.metrics.intervals import Interval
from forgelake.metrics.values import ParameterError
from forgelake.model.period import Period, midnight

WEEK: Final = timedelta(weeks=1)
YEAR: Final = timedelta(weeks=52)
"""A year before by whole weeks, so that weekdays match."""

_NAME: Final = re.compile(r"(\d{4})-W(\d\d)", re.ASCII)


def name_of(week: Period) -> str:
    """A week's name."""
    year, number, _ = week.start.isocalendar()
    return f"{year}-W{number:02}"


def last_week(now: datetime) -> Period:
    """The last week that is over."""
    end = Interval.WEEK.floor(now)
    return Period(end - WEEK, end)


def around(week: Period, now: datetime) -> list[str]:
    """The names of the weeks before and after one, as far as they are over."""
    weeks = (Period(week.start + step, week.end + step) for step in (-WEEK, WEEK))
    return [name_of(one) for one in weeks if one.end <= now]


def week_named(text: str, now: datetime) -> Period:
    """The week of a name.

    Raises:
        ParameterError: it is none, or it is not over yet.
    """
    last = last_week(now)
    found = _NAME.fullmatch(text)
    try:
        start = midnight(date.fromisocalendar(int(found[1]), int(found[2]), 1)) if found else None
    except ValueError:
        start = None
    if start is None or start > last.start:
        good = f"a week that is over, at latest {name_of(last)}"
        raise ParameterError(parameter="week", value=text, good=good)
    return Period(start, start + WEEK)
