"""A metric and a question made into one: every parameter checked, every default filled in."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from forgelake.metrics.definition import Metric
from forgelake.metrics.intervals import Interval
from forgelake.metrics.parameters import REPO_IDS, IntervalParameter, NameParameter
from forgelake.metrics.values import LATEST, ParameterError, instant, interval, value
from forgelake.model.eras import eras_between
from forgelake.model.errors import nearest
from forgelake.model.hours import FIRST_HOUR
from forgelake.model.period import Period

DEFAULT_SPAN: Final = timedelta(days=30)
DEFAULT_SPAN_BY_HOUR: Final = timedelta(days=2)
MOST_BUCKETS: Final = 20_000

Value = str | int | float | None


@dataclass(frozen=True, slots=True)
class Bound:
    """A question that can be answered.

    Attributes:
        start, end: the period, end excluded (UTC).
        interval: of a series, else None.
        values: the declared parameters but the interval, defaults filled in; None where nothing was asked.
    """

    metric: Metric
    start: datetime
    end: datetime
    interval: Interval | None
    values: Mapping[str, Value]

    @property
    def period(self) -> Period:
        """What was asked for."""
        return Period(self.start, self.end)

    @property
    def reach(self) -> Period:
        """What the SQL reads: the period, and before it as far as the metric looks back."""
        span = self.metric.lookback_span(self.end - self.start)
        first = FIRST_HOUR.start
        since = first if span is None else self.start - span
        return Period(min(since, self.start), self.end)

    @property
    def eras(self) -> tuple[str, ...] | None:
        """The eras whose events the SQL may see; None where that is all of its reach."""
        here = {era.name for era in eras_between(*self.reach)}
        return None if here <= set(self.metric.eras) else self.metric.eras

    @property
    def sql_parameters(self) -> dict[str, object]:
        """What the SQL is run with: just what it names. Without a lake no name stands for any id."""
        span: dict[str, object] = {"from": self.start, "to": self.end, "since": self.reach.start}
        given = {**self.values, **span, REPO_IDS: ""}
        if self.interval:
            given["unit"] = self.interval.unit
        asked = self.metric.asked_in_sql
        return {name: bound for name, bound in given.items() if name in asked}

    @property
    def buckets(self) -> Iterator[Period]:
        """The buckets of a series, whole: the first may begin before the period and the last end after it."""
        if self.interval:
            yield from (Period(*bucket) for bucket in self.interval.buckets(self.start, self.end))

    @property
    def parameters(self) -> dict[str, Value]:
        """Everything that was asked, defaults included, as text would give it."""
        shown: dict[str, Value] = {"from": _shown(self.start), "to": _shown(self.end)}
        if self.interval:
            shown["interval"] = self.interval.value
        return {**shown, **self.values}

    @property
    def texts(self) -> dict[str, str]:
        """What ``bind`` makes the same question of, defaults included."""
        return {name: str(value) for name, value in self.parameters.items() if value is not None}


def bind(metric: Metric, given: Mapping[str, str], now: datetime) -> Bound:
    """Check a question and fill in defaults; a blank text counts as not given.

    Without a period: up to the last whole hour, from 30 days (hourly series: 2 days) before that.

    Raises:
        ParameterError: a parameter is unknown, missing or wrong.
    """
    given = {name: text for name, text in given.items() if text.strip()}
    known = ("from", "to", *metric.parameters)
    for name, text in given.items():
        if name not in known:
            raise ParameterError(name, text, f"one of the parameters {', '.join(known)}", _unknown(metric, name, known))
    width = _interval(metric, given)
    start, end = _period(given, width, now)
    if width is not None:
        _check_buckets(given, width, start, end)
    return Bound(metric, start, end, width, dict(_values(metric, given)))


def _interval(metric: Metric, given: Mapping[str, str]) -> Interval | None:
    declared = metric.parameters.get("interval")
    if not isinstance(declared, IntervalParameter):
        return None
    return interval("interval", given["interval"], declared.values) if "interval" in given else declared.default


def _period(given: Mapping[str, str], width: Interval | None, now: datetime) -> tuple[datetime, datetime]:
    end = instant("to", given["to"]) if "to" in given else Interval.HOUR.floor(now)
    span = DEFAULT_SPAN_BY_HOUR if width is Interval.HOUR else DEFAULT_SPAN
    start = instant("from", given["from"]) if "from" in given else end - span
    if end <= start:
        if "to" in given:
            raise ParameterError(parameter="to", value=given["to"], good=f"later than from = {_shown(start)}")
        raise ParameterError(parameter="from", value=given["from"], good=f"before to = {_shown(end)}")
    return start, min(end, LATEST)


def _check_buckets(given: Mapping[str, str], width: Interval, start: datetime, end: datetime) -> None:
    count = sum(1 for _ in zip(width.buckets(start, end), range(MOST_BUCKETS + 1), strict=False))
    if count > MOST_BUCKETS:
        good = f"longer, or the period shorter: at most {MOST_BUCKETS:,} buckets are answered at once"
        raise ParameterError(parameter="interval", value=given.get("interval", width.value), good=good)


def _values(metric: Metric, given: Mapping[str, str]) -> Iterator[tuple[str, Value]]:
    for name, declared in metric.parameters.items():
        if isinstance(declared, IntervalParameter):
            continue
        if name in given:
            yield name, value(name, declared, given[name])
        elif isinstance(declared, NameParameter) and declared.required:
            raise ParameterError(name, "", f"given: {metric.name} is asked for one {declared.type}")
        else:
            yield name, declared.default


def _unknown(metric: Metric, name: str, known: tuple[str, ...]) -> str:
    return f": {metric.name} has no such parameter{nearest(name, known)}"


def _shown(instant: datetime) -> str:
    return f"{instant:%Y-%m-%dT%H:%M:%SZ}"
