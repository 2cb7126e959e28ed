"""One number for a whole period, and what it is worth; how it is made is decided by its column's additivity.

A flow is summed, of a stock the last value counts, and what does not add up (different people, ratios, medians) is
computed anew from the tables. Where a source tells it for single days only, it stands for the last of them.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from forgelake.metrics.answer import Answer, as_one_bucket
from forgelake.metrics.definition import Column, Metric
from forgelake.metrics.drawn_rows import field_of
from forgelake.metrics.formats import column_head
from forgelake.metrics.intervals import Interval
from forgelake.metrics.observed import slice_kind
from forgelake.metrics.parameters import IntervalParameter
from forgelake.metrics.values import ParameterError
from forgelake.model.errors import StopError
from forgelake.model.period import Period
from forgelake.pages.addresses import Query
from forgelake.pages.periods import Chosen
from forgelake.pages.site import Failure, Site

_NUMBERS: Final = ("integer", "number")
_STOCK: Final = "last"


@dataclass(frozen=True, slots=True)
class Figure:
    """A number of a period.

    Attributes:
        value: None where it is not known.
        at: the begin of the bucket that it stands for; None where that is the whole period.
        answer: what it was made from.
    """

    value: float | None
    at: datetime | None
    answer: Answer


def figure(site: Site, metric: Metric, column: Column, question: Query) -> Figure:
    """The number.

    Raises:
        ParameterError: the answer has several rows for each time, so no single number.
        StopError: it could not be computed.
    """
    found = site.ask(metric.name, question)
    if isinstance(found, Failure):
        raise StopError(found.message)
    if not is_single(found):
        good = f"a metric with one number; {metric.name} is a list, so name what it is a list of"
        raise ParameterError(parameter="name", value=metric.name, good=good)
    if metric.kind != "series":
        return Figure(_first(found, column), None, found)
    if column.additivity == "sum":
        return Figure(_sum(found, column), None, found)
    if column.additivity == "max":
        return Figure(max(_known(found, column), default=None), None, found)
    if column.additivity == _STOCK or not _takes_any_width(metric):
        return _last(found, column)
    return Figure(_recomputed(site, found, column), None, found)


def column_of(metric: Metric, name: str) -> Column:
    """The column of that name; without one, the first that the metric's chart shows.

    Raises:
        ParameterError: there is none.
    """
    numbers = {column.name: column for column in metric.values if column.kind in _NUMBERS}
    wanted = [name] if name else [*_drawn(metric), *numbers]
    found = [numbers[one] for one in wanted if one in numbers]
    if not found:
        good = f"one of {', '.join(numbers)}" if numbers else "of a metric that counts"
        raise ParameterError(parameter="column", value=name, good=good)
    return found[0]


def title_of(metric: Metric, column: Column) -> str:
    """What a column of a metric is called where it stands alone."""
    own = str(column_head(metric, column)["title"])
    alone = sum(one.kind in _NUMBERS for one in metric.values) == 1
    return metric.title if alone or metric.title.lower().startswith(own.lower()) else f"{own} ({metric.title})"


def is_single(answer: Answer) -> bool:
    """Whether there is one row, or one for each bucket."""
    metric = answer.bound.metric
    if metric.kind != "series":
        return answer.table.num_rows <= 1
    others = [column.name for column in metric.dimensions if column.name != "bucket"]
    return len({tuple(row.values()) for row in answer.table.select(others).to_pylist()}) <= 1


def both(metric: Metric, column: Column, period: Chosen) -> tuple[Period, Period]:
    """The period and the equal one before it; of what flows day by day only days that are over."""
    if not slice_kind(metric):
        return period.period, period.before
    day = period.daily
    end = Interval.DAY.floor(day.period.end)
    if column.additivity != _STOCK and end > day.period.start:
        day = replace(day, period=Period(day.period.start, end))
    return day.period, day.before


def _drawn(metric: Metric) -> list[str]:
    """The columns that the chart shows, the main one first."""
    if metric.chart is None:
        return []
    fields = (field_of(metric.chart.encoding.get(channel)) for channel in ("y", "x"))
    return [*metric.chart.series, *fields]


def _takes_any_width(metric: Metric) -> bool:
    declared = metric.parameters.get("interval")
    return isinstance(declared, IntervalParameter) and Interval.YEAR in declared.values


def _known(answer: Answer, column: Column) -> list[float]:
    return [value for value in answer.table[column.name].to_pylist() if value is not None]


def _sum(answer: Answer, column: Column) -> float | None:
    """The sum of what was received; None where nothing was, or a bucket that was received has no value."""
    unknown = {bucket.start for bucket in answer.buckets if bucket.unknown}
    rows = zip(answer.table["bucket"].to_pylist(), answer.table[column.name].to_pylist(), strict=True)
    values = [value for start, value in rows if start not in unknown]
    if None in values or not any(bucket.received for bucket in answer.buckets):
        return None
    return sum(values)


def _last(answer: Answer, column: Column) -> Figure:
    rows = zip(answer.table["bucket"].to_pylist(), answer.table[column.name].to_pylist(), strict=True)
    there = [(start, value) for start, value in rows if value is not None]
    start, value = there[-1] if there else (None, None)
    return Figure(value, start, answer)


def _first(answer: Answer, column: Column) -> float | None:
    values = answer.table[column.name].to_pylist()
    return values[0] if values else None


def _recomputed(site: Site, answer: Answer, column: Column) -> float | None:
    if not any(bucket.received for bucket in answer.buckets):
        return None
    table = as_one_bucket(site.snapshot, answer.bound, timeout_seconds=site.timeout_seconds)
    values = table[column.name].to_pylist()
    return values[0] if values else (0 if column.additivity == "distinct" else None)
