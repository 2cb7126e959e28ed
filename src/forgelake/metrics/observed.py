"""What a metric's answer rests on: the archive hours of its period, or the days of what is collected once a day."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final, Protocol

from forgelake.lake.catalog import TABLES
from forgelake.metrics.binding import Bound
from forgelake.metrics.definition import Metric
from forgelake.metrics.parameters import NameParameter
from forgelake.model.coverage import Coverage
from forgelake.model.eras import eras_between
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


def observed(snapshot: Snapshot, bound: Bound, now: datetime) -> tuple[Sequence[Slice], Coverage]:
    """The slices that the SQL reads, in order, with their coverage."""
    if kind := slice_kind(bound.metric):
        found = days.about(snapshot.days(bound.metric.tables, bound.reach, now), named(bound))
        return found, days.summary(found, _UNITS.get(kind, "repository day"))
    hours = _in_era(bound.metric, snapshot.hours(bound.reach, now), bound.reach)
    return hours, summary(hours)


def named(bound: Bound) -> list[str]:
    """The subjects that were asked for."""
    declared = bound.metric.parameters.items()
    names = [name for name, one in declared if isinstance(one, NameParameter) and one.type in _SUBJECTS]
    given = (bound.values.get(name) for name in names)
    return [part for value in given if isinstance(value, str) for part in value.split(",")]


def _in_era(metric: Metric, hours: list[HourCoverage], period: Period) -> list[HourCoverage]:
    """Hours of eras that cannot answer count as not received, and say why."""
    for era in eras_between(*period):
        if era.name not in metric.eras:
            reason = f"{metric.name} cannot be computed from era {era.name} ({era.span})"
            hours = [
                replace(hour, status=None, reason=reason) if era.start <= hour.hour.start < era.end else hour
                for hour in hours
            ]
    return hours
