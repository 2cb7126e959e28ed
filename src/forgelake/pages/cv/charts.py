"""The charts of a CV as Vega-Lite specifications, complete with their data."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Final

from forgelake.cv.page import Cv, Language, Year
from forgelake.metrics.look import REST, SERIES
from forgelake.metrics.vega import COUNTS, SCHEMA

WEEKDAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
BROAD_WEEKS, SLIM_WEEKS = 53, 26
_LEVELS: Final = 4
_PALEST: Final = 0.07

Specification = dict[str, Any]


def calendar(cv: Cv, weeks: int) -> Specification:
    """Commits of each day of the last weeks: a column for each week, the newest on the right."""
    today = cv.as_of.date()
    first = today - timedelta(days=today.weekday(), weeks=weeks - 1)
    days = {one.day: one.commits for one in cv.calendar}
    most = max((commits for day, commits in days.items() if day >= first), default=0)
    rows = [
        {"week": number // 7, "weekday": number % 7, "level": _level(days.get(day, 0), most)}
        for number, day in enumerate(_days(first, today))
    ]
    months = {week: _month(first + timedelta(weeks=week)) for week in range(weeks)}
    labels = " : ".join(f"datum.value == {week} ? '{name}'" for week, name in months.items() if name)
    x = {"axis": {"labelExpr": f"{labels} : ''", "ticks": False, "domain": False, "labelOverlap": False}}
    y = {"axis": {"labelExpr": _weekday_label(step=2), "ticks": False, "domain": False}}
    return _heat(rows, "week", "weekday", {"x": x, "y": y}, (weeks * 15, 7 * 15))


def punch_card(cv: Cv) -> Specification:
    """Commits by weekday and hour."""
    most = max(map(max, cv.punch_card))
    rows = [
        {"hour": hour, "weekday": weekday, "level": _level(commits, most)}
        for weekday, row in enumerate(cv.punch_card)
        for hour, commits in enumerate(row)
    ]
    x = {"axis": {"labelExpr": "datum.value % 3 ? '' : datum.value", "ticks": False, "domain": False}}
    y = {"axis": {"labelExpr": _weekday_label(step=1), "ticks": False, "domain": False}}
    return _heat(rows, "hour", "weekday", {"x": x, "y": y}, (24 * 16, 7 * 16))


def years(some: Sequence[Year]) -> Specification:
    """Commits of each year."""
    rows = [{"year": str(one.year), "commits": one.commits} for one in some]
    encoding = {
        "x": {"field": "year", "type": "ordinal", "title": None},
        "y": {"field": "commits", "type": "quantitative", "title": None, "axis": COUNTS},
    }
    return _chart(rows, (400, 170), {"mark": "bar", "encoding": encoding})


def languages(some: Sequence[Language]) -> Specification:
    """Lines added and deleted by language, from the middle to the right and to the left."""
    names = [one.language or OTHER_FILES for one in some]
    rows = [
        {"language": one.language or OTHER_FILES, "what": what, "lines": lines}
        for one in some
        for what, lines in (("added", one.lines.added), ("deleted", -one.lines.deleted))
    ]
    axis = {"labelExpr": "format(abs(datum.value), '~s')"}
    colours = {"domain": ["added", "deleted"], "range": [SERIES[0], REST]}
    encoding = {
        "y": {"field": "language", "type": "nominal", "sort": names, "title": None},
        "x": {"field": "lines", "type": "quantitative", "title": None, "axis": axis},
        "color": {"field": "what", "type": "nominal", "scale": colours, "legend": {"title": None, "orient": "top"}},
    }
    return _chart(rows, (330, {"step": 20}), {"mark": "bar", "encoding": encoding})


def bars(named: Mapping[str, int]) -> Specification:
    """A bar for each name, with its number at its end."""
    rows = [{"name": name, "number": number} for name, number in named.items()]
    encoding = {
        "y": {"field": "name", "type": "nominal", "sort": list(named), "title": None},
        "x": {"field": "number", "type": "quantitative", "axis": None},
    }
    number = {"field": "number", "type": "quantitative", "format": ","}
    text = {"mark": {"type": "text", "align": "left", "dx": 4}, "encoding": {"text": number}}
    return _chart(rows, (330, {"step": 22}), {"layer": [{"mark": "bar"}, text], "encoding": encoding})


OTHER_FILES: Final = "other files"


def _heat(
    rows: Sequence[Mapping[str, Any]], x: str, y: str, axes: Mapping[str, Any], size: tuple[int, int]
) -> Specification:
    """Cells of one colour, the stronger the more: what changes a colour for dark pages changes it here, too."""
    scale = {"domain": [0, _LEVELS], "range": [_PALEST, 1]}
    encoding = {
        "x": {"field": x, "type": "ordinal", "title": None, **axes["x"]},
        "y": {"field": y, "type": "ordinal", "title": None, **axes["y"]},
        "opacity": {"field": "level", "type": "quantitative", "scale": scale, "legend": None},
    }
    mark = {
        "type": "rect",
        "color": SERIES[0],
        "cornerRadius": 2,
        "stroke": None,
        "xOffset": 1,
        "width": {"band": 0.86},
    }
    return _chart(rows, size, {"mark": {**mark, "height": {"band": 0.86}}, "encoding": encoding})


def _chart(rows: Sequence[Mapping[str, Any]], size: tuple[int, Any], drawn: Specification) -> Specification:
    return {"$schema": SCHEMA, "width": size[0], "height": size[1], "data": {"values": rows}, **drawn}


def _level(commits: int, most: int) -> int:
    """How strong a cell is: 0 for nothing, then by quarters of the most."""
    return -(-commits * _LEVELS // most) if most else 0


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def _month(monday: date) -> str:
    """A month's name where its first week begins."""
    return f"{monday:%b}" if monday.day <= 7 else ""  # noqa: PLR2004 - the days of a week


def _weekday_label(*, step: int) -> str:
    names = [name if number % step == 0 else "" for number, name in enumerate(WEEKDAYS)]
    return f"{names}[datum.value]"
