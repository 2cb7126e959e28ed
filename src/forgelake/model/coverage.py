"""Coverage: the ledger's answer to "how complete is this?"."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

_ABOUT_EQUAL: Final = 0.05


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch of time, end excluded (UTC), in which nothing was received, and why."""

    start: datetime
    end: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Coverage:
    """How many slices of a period ought to exist and how many were received.

    Attributes:
        expected: slices that ought to exist in the period.
        received: those of them whose rows are in the lake.
        unit: what a slice is, e.g. ``hour``.
        gaps: neighbouring slices without data for the same reason, joined.
        sources: the origins that the received slices came from.
        rejected: stretches of input in the received slices that could not be read.
    """

    expected: int
    received: int
    unit: str
    gaps: tuple[Gap, ...] = field(default_factory=tuple)
    sources: tuple[str, ...] = field(default_factory=tuple)
    rejected: int = 0

    @property
    def share(self) -> float | None:
        """Received over expected, from 0 to 1; None when nothing was expected."""
        return self.received / self.expected if self.expected else None


def about_equal(one: float, other: float) -> bool:
    """Whether two periods are about equally complete; else a change between them would be one of the collecting.

    >>> about_equal(1, 0.96), about_equal(1, 0.9)
    (True, False)
    """
    return abs(one - other) <= _ABOUT_EQUAL


def percent(share: float) -> str:
    """A share in words: never 100 % unless it is.

    >>> percent(1), percent(0.9999), percent(0.125)
    ('100%', '99.9%', '12.5%')
    """
    return "100%" if share == 1 else f"{min(share, 0.999):.1%}"
