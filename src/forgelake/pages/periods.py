"""Which stretch of time a page shows: chosen by a person, or so that there is something to be seen."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

import pyarrow.compute as pc

from forgelake.metrics.definition import Metric
from forgelake.metrics.intervals import INTERVALS, Interval
from forgelake.metrics.observed import slice_kind
from forgelake.metrics.parameters import IntervalParameter
from forgelake.metrics.values import ParameterError, instant
from forgelake.model.hours import FIRST_HOUR, ONE_HOUR, Hour
from forgelake.model.period import Period, midnight
from forgelake.model.slices import SliceStatus
from forgelake.query.snapshot import Snapshot
from forgelake.sources.gharchive import SOURCE

PRESETS: Final = {
    "24h": timedelta(hours=24),
    "7d": timedelta(days=7),
    "30d": timedelta(days=30),
    "90d": timedelta(days=90),
    "1y": timedelta(days=365),
    "all": None,
}
"""Every choice; None is all that there is."""

_WORDS: Final = {"24h": "24 hours", "7d": "7 days", "30d": "30 days", "90d": "90 days", "1y": "1 year", "all": "All"}
_SMALLEST: Final = ((timedelta(days=2), Interval.HOUR), (timedelta(days=120), Interval.DAY))
_WEEKS: Final = timedelta(days=3 * 366)


@dataclass(frozen=True, slots=True)
class Reach:
    """From when to when the lake has something."""

    first: datetime
    last: datetime


@dataclass(frozen=True, slots=True)
class Chosen:
    """A period and the width of its buckets.

    Attributes:
        preset: a key of ``PRESETS``, empty if both ends were given.
        query: what a page's address says of the choice; nothing where it is the default.
    """

    period: Period
    interval: Interval
    preset: str
    query: Mapping[str, str]

    @property
    def before(self) -> Period:
        """The equally long period before."""
        span = self.period.end - self.period.start
        return Period(self.period.start - span, self.period.start)

    @property
    def asked(self) -> dict[str, str]:
        """The period as metrics are asked for it."""
        return asked(self.period)

    @property
    def daily(self) -> "Chosen":
        """The same for what is collected once a day: from the begin of a day, and no hours."""
        width = Interval.DAY if self.interval is Interval.HOUR else self.interval
        return replace(self, period=Period(Interval.DAY.floor(self.period.start), self.period.end), interval=width)

    def of(self, metric: Metric) -> dict[str, str]:
        """The choice as a metric is asked for it: whole days where it rests on them, and buckets that it takes."""
        fitting = self.daily if slice_kind(metric) else self
        declared = metric.parameters.get("interval")
        if not isinstance(declared, IntervalParameter):
            return fitting.asked
        wider = (one for one in _from(fitting.interval) if one in declared.values)
        return {**fitting.asked, "interval": next(wider, declared.values[-1]).value}

    @property
    def words(self) -> str:
        """The choice for a heading."""
        if self.preset:
            return "All that there is" if self.preset == "all" else f"Last {_WORDS[self.preset]}"
        return f"{self.period.start:%Y-%m-%d} to {self.period.end:%Y-%m-%d}"


def asked(period: Period) -> dict[str, str]:
    """A period as parameters of a metric."""
    return {"from": f"{period.start:%Y-%m-%dT%H:%M:%SZ}", "to": f"{period.end:%Y-%m-%dT%H:%M:%SZ}"}


def reach(snapshot: Snapshot) -> Reach | None:
    """From when to when there are rows of any kind; None in an empty lake."""
    archive = archive_reach(snapshot)
    found = [(archive.first, archive.last)] if archive else []
    for planned in snapshot.tables.values():
        if planned.table.slices and planned.files:
            days = [file.day for file in planned.files]
            found.append((midnight(min(days)), midnight(max(days)) + timedelta(days=1)))
    return Reach(min(first for first, _ in found), max(last for _, last in found)) if found else None


def archive_reach(snapshot: Snapshot) -> Reach | None:
    """From when to when archive hours were received; None without any."""
    slices = snapshot.slices
    received = slices.filter(
        pc.and_(pc.equal(slices["source"], SOURCE), pc.equal(slices["status"], str(SliceStatus.RECEIVED)))
    )
    if not len(received):
        return None
    return Reach(pc.min(received["start"]).as_py(), pc.max(received["end"]).as_py())


def asked_since(snapshot: Snapshot) -> datetime | None:
    """The first archive hour that an origin was ever asked for, whatever became of it; None without any."""
    starts = snapshot.slices.filter(pc.equal(snapshot.slices["source"], SOURCE))["start"]
    first: datetime | None = pc.min(starts).as_py()
    return first


def chosen(given: Mapping[str, str], there: Reach | None, now: datetime) -> Chosen:
    """The period that a page's query asks for; by default one that holds data.

    Raises:
        ParameterError: the query names no period.
    """
    hour = Hour.containing(now).start
    end = min(hour, there.last) if there else hour
    if "from" in given or "to" in given:
        return _between(given, end)
    default = _default(there)
    preset = given.get("period", default)
    if preset not in PRESETS:
        raise ParameterError(parameter="period", value=preset, good=f"one of {', '.join(PRESETS)}")
    span = PRESETS[preset]
    start = max(end - span, FIRST_HOUR.start) if span else (there.first if there else end - timedelta(days=30))
    width = _width(given, end - start)
    # Whole buckets at the beginning; the last one may still go on.
    start = start if preset == "24h" else width.floor(start)
    query = {name: given[name] for name in ("period", "interval") if given.get(name) and given[name] != default}
    return Chosen(Period(start, max(end, start + ONE_HOUR)), width, preset, query)


def _between(given: Mapping[str, str], end: datetime) -> Chosen:
    last = instant("to", given["to"]) if "to" in given else end
    first = instant("from", given["from"]) if "from" in given else last - timedelta(days=30)
    if first >= last:
        raise ParameterError(parameter="from", value=given.get("from", ""), good=f"before {last:%Y-%m-%d}")
    query = {name: given[name] for name in ("from", "to", "interval") if given.get(name)}
    return Chosen(Period(first, last), _width(given, last - first), "", query)


def _default(there: Reach | None) -> str:
    """The longest of the three shortest choices that the lake can fill at least by half."""
    span = there.last - there.first if there else timedelta()
    fitting = [name for name in ("24h", "7d", "30d") if span * 2 >= (PRESETS[name] or span)]
    return fitting[-1] if fitting else "24h"


def _width(given: Mapping[str, str], span: timedelta) -> Interval:
    if "interval" in given:
        if given["interval"] not in INTERVALS:
            good = f"one of {', '.join(interval.value for interval in Interval)}"
            raise ParameterError(parameter="interval", value=given["interval"], good=good)
        return INTERVALS[given["interval"]]
    fitting = (width for longest, width in _SMALLEST if span <= longest)
    return next(fitting, Interval.WEEK if span <= _WEEKS else Interval.MONTH)


def _from(width: Interval) -> list[Interval]:
    """A width and all that are wider."""
    widths = list(Interval)
    return widths[widths.index(width) :]
