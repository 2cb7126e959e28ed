"""A metric's newest number and the one before it, where enough of both periods was received to know them.

The period ends with the last whole hour (or day, of what is collected once a day) that was received, never with now:
what has not come yet neither lowers a number nor raises an alert.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from forgelake.metrics.answer import Answer, answer_from
from forgelake.metrics.binding import Bound, bind
from forgelake.metrics.catalogue import Catalogue
from forgelake.metrics.definition import Metric
from forgelake.metrics.intervals import Interval
from forgelake.metrics.observed import Slice, observed, slice_kind
from forgelake.model.coverage import Coverage, percent
from forgelake.model.errors import ConfigurationError
from forgelake.model.period import Period
from forgelake.query.snapshot import Snapshot
from forgelake.settings.alerts import AlertSettings, span

LOOK_BACK: Final = timedelta(days=14)
"""How far before the period something received is looked for."""

_INSTANT: Final = "%Y-%m-%dT%H:%M:%SZ"


@dataclass(frozen=True, slots=True)
class Number:
    """A metric's value in a period.

    Attributes:
        value: None where it is not known.
        share: what was received of what was expected; None if nothing was.
    """

    value: float | None
    period: Period
    share: float | None

    @property
    def words(self) -> str:
        """The period and its coverage."""
        if self.share is None:
            return f"{self.period}, nothing expected"
        return f"{self.period}, {percent(self.share)} received"


@dataclass(frozen=True)
class Numbers:
    """Asks for numbers of one moment of the lake."""

    snapshot: Snapshot
    catalogue: Catalogue
    now: datetime

    def newest_end(self, alert: AlertSettings) -> datetime | None:
        """Until when something was received of what an alert's metric is made from, now at the latest."""
        slices, _ = self.slices(alert, Period(self.now - span(alert.period) - LOOK_BACK, self.now))
        return max((min(one.end, self.now) for one in slices if one.received), default=None)

    def slices(self, alert: AlertSettings, period: Period) -> tuple[list[Slice], Coverage]:
        """What ought to be there in a period of what an alert's metric is made from, and how much of it is."""
        found = observed(self.snapshot, self._bound(alert, period), self.now)
        return list(found.slices), found.coverage

    def newest(self, alert: AlertSettings) -> tuple[Number, Number] | None:
        """The newest number and the one before it; None where nothing was received.

        Raises:
            ConfigurationError: the alert's metric has no such number.
            UsageError: its parameters are wrong.
        """
        metric = self.catalogue.get(alert.metric)
        column = _column(metric, alert.column)
        end = self.newest_end(alert)
        if end is None:
            return None
        end = (Interval.DAY if slice_kind(metric) else Interval.HOUR).floor(end)
        if metric.kind == "series":
            return self._of_series(alert, end, column)
        length = span(alert.period)
        now = Period(end - length, end)
        return self._of_period(alert, now, column), self._of_period(
            alert, Period(now.start - length, now.start), column
        )

    def _of_series(self, alert: AlertSettings, end: datetime, column: str) -> tuple[Number, Number]:
        """The last two whole buckets."""
        interval = self._bound(alert, Period(end - timedelta(days=1), end)).interval or Interval.DAY
        after = interval.floor(end)
        start = interval.floor(after - timedelta(microseconds=1))
        before = interval.floor(start - timedelta(microseconds=1))
        found = self._asked(alert, Period(before, after))
        values: dict[datetime, float | None] = {row["bucket"]: row[column] for row in found.table.to_pylist()}
        shares = {one.start: one.received / one.expected if one.expected else None for one in found.buckets}

        def number(period: Period) -> Number:
            share = shares.get(period.start)
            return Number(_if_whole(values.get(period.start), share, alert), period, share)

        return number(Period(start, after)), number(Period(before, start))

    def _of_period(self, alert: AlertSettings, period: Period, column: str) -> Number:
        """A single value, or the first line of a list."""
        found = self._asked(alert, period)
        value = found.table[column][0].as_py() if found.table.num_rows else None
        share = found.coverage.share
        return Number(_if_whole(value, share, alert), period, share)

    def _asked(self, alert: AlertSettings, period: Period) -> Answer:
        return answer_from(self.snapshot, self._bound(alert, period), self.now)

    def _bound(self, alert: AlertSettings, period: Period) -> Bound:
        given: Mapping[str, str] = {
            **alert.parameters,
            "from": period.start.strftime(_INSTANT),
            "to": period.end.strftime(_INSTANT),
        }
        return bind(self.catalogue.get(alert.metric), given, self.now)


def _if_whole(value: float | None, share: float | None, alert: AlertSettings) -> float | None:
    """A number, if enough was received to take it for one."""
    return value if share is not None and share >= alert.complete else None


def _column(metric: Metric, name: str) -> str:
    """The column that is compared.

    Raises:
        ConfigurationError: there is none, or too much of it.
    """
    names = [column.name for column in metric.values if column.kind in ("integer", "number")]
    further = [column.name for column in metric.dimensions if column.name != "bucket"]
    if metric.kind == "series" and further:
        message = f"{metric.name} has several rows at a time, by {', '.join(further)}; take a metric with one"
        raise ConfigurationError(message)
    if name and name not in names:
        message = f'{metric.name} has no number "{name}"; it has {", ".join(names)}'
        raise ConfigurationError(message)
    if not names:
        message = f"{metric.name} has no number that could be compared"
        raise ConfigurationError(message)
    return name or names[0]
