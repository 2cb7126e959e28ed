"""What a measurement may be told."""

from dataclasses import dataclass

BENCHMARKS = (
    "normalise", "memory", "workers", "query", "api", "mining", "fetching", "pages", "growth", "steady", "aws",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Options:
    """0 leaves a choice to the measurement.

    Attributes:
        rounds: how often everything is run.
        hours: how many archive hours are used.
        size: how many commits and repositories are made up, or runs are done.
    """

    rounds: int = 0
    hours: int = 0
    size: int = 0
