"""When each form of GitHub's public events began, so that a period can be told by its eras before any row is read.

Rows carry their own era, because files mix forms around the changes; these dates are for hours.
Sources: GH Archive's description of the archive (the Events API until 2012, the timeline until 2014-12-31, the Events
API since 2015-01-01), GitHub's changelog of 2025-08-08 on the Events API (payloads trimmed from 2025-10-07), and the
published hours themselves.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final, NamedTuple

from forgelake.model.hours import FIRST_HOUR


class EraPeriod(NamedTuple):
    """An era's stretch of time, end excluded (UTC); the last one is open."""

    name: str
    start: datetime
    end: datetime

    @property
    def span(self) -> str:
        """Its dates in words."""
        since = f"since {self.start:%Y-%m-%d}"
        return since if self.end == _OPEN else f"{since}, until {self.end:%Y-%m-%d}"


_OPEN: Final = datetime.max.replace(tzinfo=UTC)
_STARTS: Final = (
    ("api-2011", FIRST_HOUR.start),
    ("timeline-2012", datetime(2012, 3, 10, tzinfo=UTC)),
    ("api-2015", datetime(2015, 1, 1, tzinfo=UTC)),
    ("trimmed-2025", datetime(2025, 10, 7, tzinfo=UTC)),
)

ERA_PERIODS: Final = tuple(
    EraPeriod(name, start, end)
    for (name, start), end in zip(_STARTS, (*(start for _, start in _STARTS[1:]), _OPEN), strict=True)
)


def eras_between(start: datetime, end: datetime) -> Iterator[EraPeriod]:
    """The eras that a period, end excluded, reaches into."""
    yield from (era for era in ERA_PERIODS if era.start < end and start < era.end)
