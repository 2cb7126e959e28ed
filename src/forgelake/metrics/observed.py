"""What a metric's answer rests on: the archive hours of its period, or the days of what is collected once a day."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from itertools import accumulate
from typing import Final, Protocol

from forgelake.lake.catalog import TABLES
from forgelake.metrics.binding import Bound
from forgelake.metrics.definition import Metric
from forgelake.metrics.parameters import NameParameter
from forgelake.model.coverage import Coverage
from forgelake.model.eras import eras_between
from forgelake.model.hours import Hour
from forgelake.model.period import Period
from forgelake.query import days
from forgelake.query.coverage import HourCoverage, summary
from forgelake.query.snapshot import Snapshot

_UNITS: Final = {"topic": "topic day"}
_SUBJECTS: Final = ("repo", "repos", "topic")


class Slice(Protocol):
    """A slice that ought to be there."""

    @property
    def start(self) -> datetime:
        """Its first instant."""
        ...

    @property
    def end(self) -> datetime:
        """The first instant after it."""
        ...

    @property
    def received(self) -> bool:
        """Whether its rows are in the lake."""
        ...


def slice_kind(metric: Metric) -> str:
    """The kind of daily slices that a metric reads, e.g. ``snapshot``; empty for archive hours."""
    kinds = (TABLES[name].slices for name in metric.tables if name in TABLES)
    return next((kind for kind in kinds if kind), "")


@dataclass(frozen=True)
class Observed:
    """Slices that SQL reads, in the order in which they begin and end, and their coverage."""

    slices: Sequence[Slice]
    coverage: Coverage

    def ended(self, instant: datetime) -> int:
        """How many of them are over at an instant."""
        return bisect_right(self._ends, instant)

    def begun(self, instant: datetime) -> int:
        """How many of them begin before an instant."""
        return bisect_left(self._starts, instant)

    def received(self, first: int, end: int) -> int:
        """How many were received, from one of them up to another, which is excluded."""
        return self._received[end] - self._received[first]

    @cached_property
    def _starts(self) -> list[datetime]:
        return [one.start for one in self.slices]

    @cached_property
    def _ends(self) -> list[datetime]:
        return [one.end for one in self.slices]

    @cached_property
    def _received(self) -> list[int]:
        return list(accumulate((one.received for one in self.slices), initial=0))


def observed(snapshot: Snapshot, bound: Bound, now: datetime) -> Observed:
    """The slices that the SQL reads."""
    metric, reach = bound.metric, bound.reach
    if kind := slice_kind(metric):
        found = snapshot.days(metric.tables, reach, now, named(bound))
        return Observed(found, days.summary(found, _UNITS.get(kind, "repository day")))

    def of_hours() -> Observed:
        hours = _in_era(metric, snapshot.hours(reach, now), reach)
        return Observed(hours, summary(hours))

    # Of metrics that all eras can answer the hours are the same.
    whose = "" if all(era.name in metric.eras for era in eras_between(*reach)) else metric.name
    return snapshot.memory.known(("observed", whose, reach, Hour.containing(now)), of_hours)


def named(bound: Bound) -> list[str]:
    """The subjects that were asked for."""
    declared = bound.metric.parameters.items()
    names = [name for name, one in declared if isinstance(one, NameParameter) and one.type in _SUBJECTS]
    given = (bound.values.get(name) for name in names)
    return [part for value in given if isinstance(value, str) for part in value.split(",")]


def _in_era(metric: Metric, hours: Sequence[HourCoverage], period: Period) -> Sequence[HourCoverage]:
    """Hours of eras that cannot answer count as not received, and say why."""
    for era in eras_between(*period):
        if era.name not in metric.eras:
            reason = f"{metric.name} cannot be computed from era {era.name} ({era.span})"
            hours = [
                replace(hour, status=None, reason=reason) if era.start <= hour.hour.start < era.end else hour
                for hour in hours
            ]
    return hours
