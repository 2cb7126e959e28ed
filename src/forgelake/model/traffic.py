"""A repository's traffic as it was seen at one moment, and when a day of it counts as final.

GitHub shows 14 UTC days and corrects the last of them for about two days. What is seen of a day therefore only ever
counts as "at least so much": of several observations the highest holds, so that no outage can lower a day. Different
visitors are counted by GitHub for a day or for its whole window; such counts are never added up.
"""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Final

WINDOW_DAYS: Final = 14
"""Days before today that GitHub shows."""
MUTABLE_DAYS: Final = 2
"""Days after a day in which its numbers may still change."""


def is_final(day: date, seen_on: date) -> bool:
    """Whether a day's numbers, seen on a later day, can no longer change; both are UTC days."""
    return (seen_on - day).days > MUTABLE_DAYS


def utc_day(instant: datetime) -> date:
    """The UTC day of an instant; without a zone it is UTC already."""
    return instant.date() if instant.tzinfo is None else instant.astimezone(UTC).date()


@dataclass(frozen=True, slots=True)
class TrafficDay:
    """One UTC day; what was not seen is None."""

    day: date
    views: int | None = None
    view_uniques: int | None = None
    clones: int | None = None
    clone_uniques: int | None = None


@dataclass(frozen=True, slots=True)
class TrafficWindow:
    """GitHub's own totals of the rolling 14 days; what was not seen is None."""

    views: int | None = None
    view_uniques: int | None = None
    clones: int | None = None
    clone_uniques: int | None = None


@dataclass(frozen=True, slots=True)
class Popular:
    """A place in a top ten of the rolling 14 days; ``name`` is a referrer, or a path."""

    rank: int
    name: str
    views: int
    view_uniques: int
    title: str | None = None


@dataclass(frozen=True, slots=True)
class Traffic:
    """What was seen of one repository at ``taken_at``; lists that were not seen are None, seen empty ones are empty."""

    taken_at: datetime
    days: tuple[TrafficDay, ...] = field(default_factory=tuple)
    window: TrafficWindow | None = None
    referrers: tuple[Popular, ...] | None = None
    paths: tuple[Popular, ...] | None = None
