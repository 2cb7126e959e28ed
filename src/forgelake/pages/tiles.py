"""Tiles: a number of the period, its change against another one, and its course as a line without axes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from markupsafe import Markup

from forgelake.metrics.answer import Answer
from forgelake.metrics.look import SERIES
from forgelake.metrics.vega import SCHEMA
from forgelake.model.coverage import about_equal
from forgelake.model.period import Period
from forgelake.pages.numbers import change, exact, short, signed_percent
from forgelake.pages.panel import received
from forgelake.pages.periods import Chosen, asked
from forgelake.pages.site import Failure, Site

_WIDTH, _HEIGHT = 150, 34


@dataclass(frozen=True, slots=True)
class Wanted:
    """A tile to be made.

    Attributes:
        title: its heading.
        totals: the metric that has the number of the whole period, and its column.
        course: the series that its line shows, and its column; empty for none.
        better: whether more is better, or fewer; empty where neither is.
    """

    title: str
    totals: tuple[str, str]
    course: tuple[str, str] = ("", "")
    better: str = "more"


@dataclass(frozen=True, slots=True)
class Tile:
    """A tile as its template takes it; ``direction`` is good, bad or neither."""

    title: str
    value: str
    full: str
    change: str
    against: str
    direction: str
    worth: str
    href: str | None
    line: Markup


def questions(
    wanted: Sequence[Wanted], period: Chosen, given: Mapping[str, str], against: Period
) -> list[tuple[str, Mapping[str, str]]]:
    """What ``tiles`` asks, each question once, for who has them answered beforehand."""
    totals = dict.fromkeys(one.totals[0] for one in wanted)
    return [
        *((metric, {**given, **one}) for metric in totals for one in (period.asked, asked(against))),
        *((one.course[0], {**given, **period.asked, "interval": period.interval}) for one in wanted if one.course[0]),
    ]


def tiles(
    site: Site, wanted: Sequence[Wanted], period: Chosen, given: Mapping[str, str], against: Period
) -> list[Tile]:
    """Tiles of a period, each compared with the other period; ``given`` are further parameters."""
    made = [_tile(site, one, period, given, against) for one in wanted]
    lines = site.drawn([_line(site, one, period, given) for one in wanted])
    return [replace(tile, line=line) for tile, line in zip(made, lines, strict=True)]


def _tile(site: Site, wanted: Wanted, period: Chosen, given: Mapping[str, str], against: Period) -> Tile:
    metric, column = wanted.totals
    found = site.ask(metric, {**given, **period.asked})
    earlier = site.ask(metric, {**given, **asked(against)})
    value, before = _value(found, column), _value(earlier, column)
    relative = change(value, before) if comparable(found, earlier) else None
    href = site.addresses.page(
        "explore", wanted.course[0], query={**given, **period.asked, "interval": period.interval}
    )
    worth = received(found.coverage) if isinstance(found, Answer) else found.message
    return Tile(
        title=wanted.title,
        value=short(value),
        full=exact(value),
        change="no earlier data" if relative is None else signed_percent(relative),
        against=_against(earlier, before, against),
        direction=_direction(relative, wanted.better),
        worth=worth,
        href=href if wanted.course[0] else None,
        line=Markup(""),
    )


def comparable(found: Answer | Failure, earlier: Answer | Failure) -> bool:
    """Whether both periods are about equally complete; else a change would be one of the collecting."""
    if isinstance(found, Failure) or isinstance(earlier, Failure):
        return False
    return about_equal(found.coverage.share or 0, earlier.coverage.share or 0)


def _against(earlier: Answer | Failure, before: float | None, period: Period) -> str:
    days = f"{period.start:%Y-%m-%d %H:%M} to {period.end:%Y-%m-%d %H:%M} UTC"
    if isinstance(earlier, Failure) or before is None:
        return f"nothing to compare with: {days} was not received"
    return f"{exact(before)} in {days}, {received(earlier.coverage)}"


def _value(found: object, column: str) -> float | None:
    """The number of a value's one row; None where it is unknown, or known of a part of the period only."""
    if not isinstance(found, Answer) or not found.table.num_rows:
        return None
    value: float | None = found.table[column][0].as_py()
    return value


def _direction(relative: float | None, better: str) -> str:
    if not relative or not better:
        return ""
    return "good" if (relative > 0) == (better == "more") else "bad"


def line(answer: Answer, column: str, width: int, height: int) -> dict[str, Any] | None:
    """A column's course as a line without axes; None where there is nothing to be drawn."""
    values = answer.table[column].to_pylist()
    if not any(value is not None for value in values):
        return None
    # A stock of 30,000 that grows by 20 a day would be a flat line above zero.
    stock = any(one.name == column and one.additivity == "last" for one in answer.columns)
    place = {"type": "quantitative", "axis": None}
    at = {"field": "at", **place, "scale": {"nice": False, "zero": False}}
    return {
        "$schema": SCHEMA,
        "width": width,
        "height": height,
        "padding": 2,
        "data": {"values": [{"at": number, "value": value} for number, value in enumerate(values)]},
        "mark": {"type": "line", "color": SERIES[0], "strokeWidth": 1.5, "point": {"size": 1, "color": SERIES[0]}},
        "encoding": {"x": at, "y": {"field": "value", **place, "scale": {"zero": not stock}}},
    }


def _line(site: Site, wanted: Wanted, period: Chosen, given: Mapping[str, str]) -> dict[str, Any] | None:
    metric, column = wanted.course
    found = site.ask(metric, {**given, **period.asked, "interval": period.interval}) if metric else None
    return line(found, column, _WIDTH, _HEIGHT) if isinstance(found, Answer) else None
