"""The archive hour: the slice in which GH Archive publishes.

Names follow the publisher: the date zero-padded, the hour not (``2015-01-01-9``).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Self

from forgelake.model.errors import UsageError

ONE_HOUR = timedelta(hours=1)

_SHAPE = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:[T -](\d{1,2})(?::?00(?::?00)?)?Z?)?")


@dataclass(frozen=True, order=True, slots=True)
class Hour:
    """One whole hour in UTC, identified by its first instant."""

    start: datetime

    @classmethod
    def containing(cls, instant: datetime) -> Self:
        """The hour in which a timezone-aware instant lies."""
        return cls(instant.astimezone(UTC).replace(minute=0, second=0, microsecond=0))

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``2016-01-01T01``, ``2016-01-01-1``, ``2016-01-01T01:00:00Z`` or a bare date (its first hour).

        Raises:
            UsageError: the text is not an hour.
        """
        found = _SHAPE.fullmatch(text.strip())
        try:
            if found is None:
                raise ValueError
            year, month, day, hour = (int(part or 0) for part in found.groups())
            return cls(datetime(year, month, day, hour, tzinfo=UTC))
        except ValueError:
            message = f'"{text}" is not an hour in UTC; write it like 2016-01-01T01'
            raise UsageError(message) from None

    @property
    def end(self) -> datetime:
        """The first instant after the hour."""
        return self.start + ONE_HOUR

    @property
    def day(self) -> date:
        """The UTC day that the hour belongs to."""
        return self.start.date()

    @property
    def name(self) -> str:
        """The publisher's name of the hour, e.g. ``2016-01-01-1``."""
        return f"{self.start:%Y-%m-%d}-{self.start.hour}"

    def shifted(self, hours: int) -> Self:
        """The hour that many hours later (or earlier, when negative)."""
        return type(self)(self.start + hours * ONE_HOUR)

    def __str__(self) -> str:
        return f"{self.start:%Y-%m-%dT%H}"


FIRST_HOUR = Hour(datetime(2011, 2, 12, tzinfo=UTC))
"""GH Archive begins here (gharchive.org)."""


def hours_between(first: Hour, last: Hour) -> Iterator[Hour]:
    """All hours from ``first`` to ``last``, both included."""
    hour = first
    while hour <= last:
        yield hour
        hour = hour.shifted(1)


def horizon(end: datetime, now: datetime) -> datetime:
    """How far a period is over; what is expected in it grows with every hour until then."""
    return min(end, Hour.containing(now).start)
