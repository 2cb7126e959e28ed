"""Which rollups may stand in for which events.

A file of a rollup is named after the files of ``events`` that it counts: its name holds a digest of theirs, its mark.
Data files never change, so a rollup is fresh exactly while the table still consists of those files, and nobody has to
keep a record of it. Where one is stale, or was never made, the events of just that time are read instead.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Final

from forgelake.lake.columns import Span
from forgelake.lake.events import EVENTS
from forgelake.lake.rollups import DIMENSIONS, MEASURES, ROLLUPS, Rollup
from forgelake.model.period import Period, midnight
from forgelake.query.files import DataFile, TableFiles
from forgelake.query.views import quoted, rows_sql, seen_sql

_MARK_DIGITS: Final = 20


@dataclass(frozen=True, slots=True)
class Cover:
    """The files that a period's events are counted from: each day from one table, as coarse as can be."""

    days: Period
    events: tuple[str, ...]
    rollups: Mapping[Rollup, tuple[str, ...]]

    def sql(self, eras: Iterable[str] | None) -> str:
        """Rows with a time, the dimensions and the measures of a rollup, in SQL."""
        shared = ", ".join((*DIMENSIONS, *MEASURES))
        of_events = ", ".join(f"{sql} AS {name}" for name, sql in {**DIMENSIONS, **MEASURES}.items())
        # Put together from our own names and paths only, hence the S608 marks.
        raw = seen_sql(EVENTS, rows_sql(EVENTS, self.events))
        # Even of no files it would have to be planned.
        parts = [f"SELECT created_at, {of_events} FROM ({raw})"] if self.events else []  # noqa: S608
        for rollup, paths in self.rollups.items():
            at, rows = rollup.table.day_column, rows_sql(rollup.table, paths)
            within = f"{at} >= TIMESTAMPTZ '{self.days.start}' AND {at} < TIMESTAMPTZ '{self.days.end}'"
            parts.append(f"SELECT {at} AS created_at, {shared} FROM ({rows}) WHERE {within}")  # noqa: S608
        kept = "true" if eras is None else f"era IN ({', '.join(map(quoted, eras))})"
        return f"SELECT * FROM ({' UNION ALL '.join(parts)}) WHERE {kept}"  # noqa: S608


@dataclass(frozen=True, slots=True)
class Due:
    """A span of a rollup that has to be made, or made again: its first day, and how its file's name begins."""

    start: date
    name: str


def marked(rollup: Rollup, start: date, events: Iterable[DataFile]) -> str:
    """How the name of a file begins that holds a rollup's span and counts these files of events."""
    names = "\n".join(sorted(file.path.rpartition("/")[2] for file in events))
    mark = hashlib.sha256(f"{_definition(rollup)}\n{names}".encode()).hexdigest()[:_MARK_DIGITS]
    return f"{start}-{mark}"


def started(path: str) -> str:
    """The first day of the span that a rollup's file holds."""
    return path.rpartition("/")[2][:10]


def covering(tables: Mapping[str, TableFiles], reach: Period, grain: str, instants: Sequence[datetime]) -> Cover | None:
    """What to count a period from; None if no rollup can help.

    Args:
        grain: the widest bucket that keeps the answer as it is: hour, day or month.
        instants: between which the SQL tells events apart, besides by buckets; no bucket may straddle one.
    """
    usable = [one for one in reversed(ROLLUPS) if _GRAINS.index(one.grain) <= _GRAINS.index(grain)]
    found: dict[Rollup, list[str]] = defaultdict(list)
    raw: list[str] = []
    for days, rollup, path in _parts(tables, reach, usable, instants):
        if rollup is None:
            raw += [file.path for file in tables[EVENTS.name].within(days)]
        else:
            found[rollup].append(path)
    first, last = reach.days
    whole = Period(midnight(first), midnight(last + timedelta(days=1)))
    return Cover(whole, tuple(raw), {one: tuple(paths) for one, paths in found.items()}) if found else None


def due(
    tables: Mapping[str, TableFiles], rollup: Rollup, today: date, *, with_base: bool = True
) -> tuple[list[Due], list[str]]:
    """The spans that are over and have no fresh file, and the files that are out of date.

    Args:
        with_base: leave out spans whose base has to be made first.
    """
    span = rollup.table.span
    spans: dict[date, list[DataFile]] = defaultdict(list)
    for file in tables[EVENTS.name].files:
        spans[span.start(file.day)].append(file)
    names = {start: marked(rollup, start, events) for start, events in spans.items() if span.after(start) <= today}
    have = {file.path: _mark(file.path) for file in tables[rollup.table.name].files}
    known, wanted = set(have.values()), set(names.values())
    missing = [Due(start, name) for start, name in sorted(names.items()) if name not in known]
    stale = [path for path, name in have.items() if name not in wanted]
    return [one for one in missing if not with_base or _has_base(tables, rollup, one.start)], stale


def _parts(
    tables: Mapping[str, TableFiles], reach: Period, usable: Sequence[Rollup], instants: Sequence[datetime]
) -> Iterator[tuple[Period, Rollup | None, str]]:
    """Every month, or day of it, that the reach touches and that has events, with the file to count it from."""
    for month in _spans(reach, Span.MONTH):
        if not tables[EVENTS.name].within(month):
            continue
        if (chosen := _fresh(tables, month, Span.MONTH, usable, instants)) is not None:
            yield month, *chosen
            continue
        inside = Period(max(month.start, reach.start), min(month.end, reach.end))
        for day in _spans(inside, Span.DAY):
            chosen = _fresh(tables, day, Span.DAY, usable, instants)
            yield (day, *chosen) if chosen else (day, None, "")


def _fresh(
    tables: Mapping[str, TableFiles], days: Period, span: Span, usable: Sequence[Rollup], instants: Sequence[datetime]
) -> tuple[Rollup, str] | None:
    """The coarsest rollup with a fresh file of a span, of which no bucket straddles an instant."""
    events = tables[EVENTS.name].within(days)
    for rollup in usable:
        if rollup.table.span is not span or not events:
            continue
        if any(days.start < at < days.end and not _begins(rollup.grain, at) for at in instants):
            continue
        name = marked(rollup, days.start.date(), events)
        files = [file.path for file in tables[rollup.table.name].within(days)]
        if len(files) == 1 and _mark(files[0]) == name:
            return rollup, files[0]
    return None


def _has_base(tables: Mapping[str, TableFiles], rollup: Rollup, start: date) -> bool:
    """Whether all that a span is made of is fresh."""
    base = next((one for one in ROLLUPS if one.table is rollup.base), None)
    if base is None:
        return True
    days = Period(midnight(start), midnight(rollup.table.span.after(start)))
    spans = _spans(days, base.table.span)
    return all(_fresh(tables, one, base.table.span, [base], ()) for one in spans if tables[EVENTS.name].within(one))


def _mark(path: str) -> str:
    return path.rpartition("/")[2].rpartition("-")[0]


def _spans(period: Period, span: Span) -> Iterator[Period]:
    """The whole days or months that a period reaches into."""
    first, last = period.days
    start = span.start(first)
    while start <= last:
        following = span.after(start)
        yield Period(midnight(start), midnight(following))
        start = following


def _begins(grain: str, instant: datetime) -> bool:
    """Whether a bucket begins at an instant."""
    at = instant.astimezone(UTC)
    if grain == "hour":
        return (at.minute, at.second, at.microsecond) == (0, 0, 0)
    return at == midnight(at.date()) and (grain == "day" or at.day == 1)


@cache
def _definition(rollup: Rollup) -> str:
    """All that decides a rollup's rows besides the events: its SQL, and that of its bases, with what a bot is."""
    base = next((one for one in ROLLUPS if one.table is rollup.base), None)
    return f"{rollup.sql}\n{_definition(base) if base else seen_sql(EVENTS, '')}"


_GRAINS: Final = tuple(rollup.grain for rollup in ROLLUPS)
