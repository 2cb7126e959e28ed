"""A stretch of time, end excluded."""

from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple


def midnight(day: date) -> datetime:
    """The first instant of a UTC day."""
    return datetime.combine(day, time(), UTC)


class Period(NamedTuple):
    """From ``start`` to before ``end``, both timezone-aware."""

    start: datetime
    end: datetime

    @property
    def days(self) -> tuple[date, date]:
        """The first and the last UTC day that it reaches into."""
        last = self.end - timedelta(microseconds=1)
        return self.start.astimezone(UTC).date(), last.astimezone(UTC).date()

    def __str__(self) -> str:
        return f"{self.start:%Y-%m-%dT%H:%M:%SZ} to {self.end:%Y-%m-%dT%H:%M:%SZ}"
