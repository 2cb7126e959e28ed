"""How a run goes about its hours: what is left to do for each, who does it, how fast, and when it is committed."""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, Protocol

from forgelake.model.hours import Hour
from forgelake.pipelines.context import Context
from forgelake.pipelines.plan import task_for
from forgelake.pipelines.slice_task import Place, SliceOutcome, SliceTask
from forgelake.pipelines.workers import Workers
from forgelake.state.ledger_rows import LedgerRow

JOB: Final = "collect gharchive"


class Choose(Protocol):
    """Decides what is left to do for an hour; None if nothing."""

    def __call__(self, context: Context, hour: Hour, rows: list[LedgerRow], *, again: bool) -> SliceTask | None: ...


class Pool(Protocol):
    """Does slice tasks, some at once; ``forgelake.pipelines.workers.Workers`` is one."""

    @property
    def free(self) -> int:
        """How many more tasks should be given."""
        ...

    @property
    def busy(self) -> bool:
        """Whether any task has not been handed back."""
        ...

    def submit(self, task: SliceTask) -> None:
        """Start a task, or queue it."""
        ...

    def finished(self, timeout: float | None) -> Iterator[SliceOutcome]:
        """Outcomes as they come; waits for at least one, up to a time in seconds."""
        ...

    def abandon(self) -> None:
        """Stop at once; what was being done, the next run does again."""
        ...

    def close(self) -> None:
        """Forget what has not begun and wait for what has."""
        ...


@dataclass(frozen=True, slots=True)
class Manner:
    """How a run works.

    Attributes:
        job: what the run history calls it.
        choose: what to do for an hour, given what the ledger has on it.
        asks: whether origins are asked; without one that can be reached the run ends at once.
        rebuilding: whether the ledger may know less than the tables.
        pool: makes what does the tasks, for a number of them at once.
        by_day: whether hours are committed when all of their day are done, and not some at a time.
        attempts: how often an hour that failed is tried.
        hours_per_minute: how many hours may be begun in a minute; 0 for no limit.
        unattended: whether hours that end every run are set aside, as in runs that nobody asked for.
        over: whether it is time to end: no further hour is begun, and what is done is committed.
    """

    job: str = JOB
    choose: Choose = task_for
    asks: bool = True
    rebuilding: bool = False
    pool: Callable[[int, Place], Pool] = Workers
    by_day: bool = False
    attempts: int = 1
    hours_per_minute: float = 0
    unattended: bool = False
    over: Callable[[], bool] = lambda: False


COLLECTING: Final = Manner()
"""What ``forgelake collect gharchive`` does."""


class Pace:
    """Lets hours begin no faster than allowed, spread evenly."""

    def __init__(self, per_minute: float) -> None:
        self._apart = 60 / per_minute if per_minute else 0.0
        self._next = 0.0

    @property
    def wait_seconds(self) -> float:
        """How long until the next hour may begin."""
        return max(0.0, self._next - time.monotonic())

    def begun(self) -> None:
        """An hour has begun."""
        self._next = max(self._next, time.monotonic()) + self._apart


class Attempts:
    """Counts how often hours failed."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._failed: Counter[Hour] = Counter()

    def another(self, hour: Hour) -> bool:
        """Whether an hour that has failed may be tried again."""
        self._failed[hour] += 1
        return self._failed[hour] < self._most
