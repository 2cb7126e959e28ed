"""Timing several ways to do one thing so that they can be compared.

The ways take turns, A B C A B C, so that a machine that gets busier or hotter does so for all of them. What is
measured is CPU time of the whole process, all threads included: it says what work costs, whoever else is running.
"""

import gc
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import median
from typing import Self


@dataclass(slots=True)
class Entrant:
    """One way, and the seconds of its rounds."""

    name: str
    work: Callable[[], object]
    seconds: list[float] = field(default_factory=list)

    @property
    def least(self) -> float:
        """Seconds of the best round."""
        return min(self.seconds)

    @property
    def median(self) -> float:
        """Seconds of the middle round."""
        return median(self.seconds)

    def ratio_to(self, other: Self) -> float:
        """How many times the other's time this took: the middle of the rounds, each compared within itself."""
        return median(mine / its for mine, its in zip(self.seconds, other.seconds, strict=True))


def race(entrants: list[Entrant], rounds: int) -> None:
    """Run all entrants in turn, round after round."""
    for _ in range(rounds):
        for entrant in entrants:
            gc.collect()
            started = time.process_time()
            entrant.work()
            entrant.seconds.append(time.process_time() - started)
