"""Reading the files of an archive. Pure: bytes in, observations and refused lines out.

The aggregate holds the highest numbers that the Action has seen of each day, and does not say when. A day of it has
left the mutable window if a later day shows that the Action still ran then.
"""

import csv
import io
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import PurePosixPath
from typing import Final, TypeVar

from forgelake.model.traffic import Popular, Traffic, TrafficDay, utc_day
from forgelake.sources.repo_stats.folder import AGGREGATE, FRAGMENT, PATHS, REFERRERS

_TAKEN: Final = re.compile(r"(\d{4}-\d{2}-\d{2}_\d{6})_")
_DAY_COLUMNS: Final = ("views_total", "views_unique", "clones_total", "clones_unique")
_POPULAR_COLUMNS: Final = ("views_total", "views_unique")
Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Refused:
    """A line that could not be read; ``line`` counts from 1."""

    file: str
    line: int
    reason: str


@dataclass(slots=True)
class Archive:
    """What an archive holds.

    Attributes:
        days: the aggregate; when each of them was seen is not known.
        snapshots: what was seen at a known time.
        refused: lines that could not be read.
    """

    days: tuple[TrafficDay, ...] = ()
    snapshots: list[Traffic] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)

    @property
    def last_day(self) -> date | None:
        """The last day of the aggregate: the Action ran then, or later."""
        return max((day.day for day in self.days), default=None)

    @property
    def observed(self) -> Iterator[date]:
        """The days that anything is known of: traffic days, and days on which a snapshot was taken."""
        yield from (day.day for day in self.days)
        for one in self.snapshots:
            yield from (day.day for day in one.days) if one.days else (one.taken_at.date(),)


def parse(files: Mapping[str, bytes]) -> Archive:
    """The traffic in the files of an archive, by their path within it."""
    archive = Archive()
    for name, content in sorted(files.items()):
        reader = _Reader(name, content, archive.refused)
        if name.endswith(AGGREGATE):
            archive.days = tuple(reader.rows(_day))
        elif (taken_at := _taken_at(name)) is None:
            archive.refused.append(Refused(name, 1, "its name does not say when it was taken"))
        elif name.endswith(FRAGMENT):
            archive.snapshots.append(Traffic(taken_at, days=tuple(reader.rows(_day))))
        elif name.endswith(REFERRERS):
            archive.snapshots.append(Traffic(taken_at, referrers=tuple(reader.rows(_ranked("referrer")))))
        elif name.endswith(PATHS):
            archive.snapshots.append(Traffic(taken_at, paths=tuple(reader.rows(_ranked("url_path")))))
    return archive


class _Reader:
    """The lines of one file, those that cannot be read set aside."""

    def __init__(self, name: str, content: bytes, refused: list[Refused]) -> None:
        self._name = name
        self._lines = csv.DictReader(io.StringIO(content.decode("utf-8-sig", errors="replace"), newline=""))
        self._refused = refused

    def rows(self, read: Callable[[Mapping[str, str], int], Row]) -> Iterator[Row]:
        for rank, line in enumerate(self._lines, start=1):
            try:
                yield read(line, rank)
            except (KeyError, TypeError, ValueError) as error:
                reason = f"no column {error}" if isinstance(error, KeyError) else str(error)
                self._refused.append(Refused(self._name, self._lines.line_num, reason))


def _day(line: Mapping[str, str], _rank: int) -> TrafficDay:
    views, view_uniques, clones, clone_uniques = (_number(line[name]) for name in _DAY_COLUMNS)
    day = utc_day(datetime.fromisoformat(line["time_iso8601"]))
    return TrafficDay(day, views, view_uniques, clones, clone_uniques)


def _ranked(column: str) -> Callable[[Mapping[str, str], int], Popular]:
    def read(line: Mapping[str, str], rank: int) -> Popular:
        views, uniques = (_number(line[name]) for name in _POPULAR_COLUMNS)
        if not line[column] or views is None or uniques is None:
            message = "a value is missing"
            raise ValueError(message)
        return Popular(rank, line[column], views, uniques)

    return read


def _number(text: str) -> int | None:
    """A count; pandas writes ``4.0`` where a neighbour is missing, and nothing for what is missing."""
    if not text:
        return None
    number = float(text)
    if number < 0 or not number.is_integer():
        message = f'"{text}" is no count'
        raise ValueError(message)
    return int(number)


def _taken_at(name: str) -> datetime | None:
    found = _TAKEN.match(PurePosixPath(name).name)
    return datetime.strptime(found[1], "%Y-%m-%d_%H%M%S").replace(tzinfo=UTC) if found else None
