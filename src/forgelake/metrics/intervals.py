"""Intervals: the widths of a series' buckets, all by the UTC calendar. Weeks begin on Monday (ISO 8601)."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

_MONTHS: Final = {"m": 1, "q": 3, "y": 12}
_SPANS: Final = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}
_WORDS: Final = {"h": "hour", "d": "day", "w": "week", "m": "month", "q": "quarter", "y": "year"}


class Interval(StrEnum):
    """The width of a bucket, by its short name."""

    HOUR = "h"
    DAY = "d"
    WEEK = "w"
    MONTH = "m"
    QUARTER = "q"
    YEAR = "y"

    @property
    def unit(self) -> str:
        """Its name for SQL's ``date_trunc``."""
        return _WORDS[self.value]

    def floor(self, instant: datetime) -> datetime:
        """The first instant of the bucket in which an instant (UTC) lies."""
        if self is Interval.HOUR:
            return instant.replace(minute=0, second=0, microsecond=0)
        midnight = instant.replace(hour=0, minute=0, second=0, microsecond=0)
        if self is Interval.DAY:
            return midnight
        if self is Interval.WEEK:
            return midnight - timedelta(days=midnight.weekday())
        months = _MONTHS[self.value]
        return midnight.replace(month=(midnight.month - 1) // months * months + 1, day=1)

    def after(self, start: datetime) -> datetime:
        """The first instant of the bucket that follows the one beginning at ``start``."""
        if self.value in _SPANS:
            return start + _SPANS[self.value]
        years, month = divmod(start.month - 1 + _MONTHS[self.value], 12)
        return start.replace(year=start.year + years, month=month + 1)

    def buckets(self, start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
        """All buckets that a period, end excluded, reaches into, whole."""
        bucket = self.floor(start)
        while bucket < end:
            following = self.after(bucket)
            yield bucket, following
            bucket = following


INTERVALS: Final = {**{short: Interval(short) for short in _WORDS}, **{w: Interval(s) for s, w in _WORDS.items()}}
"""Every way to write an interval: ``w`` and ``week``."""
