"""A lake whose time a test moves, and workers on it; jobs do what a test says."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from forgelake.jobs.execution import Execution
from forgelake.jobs.job import Job, Turn
from forgelake.jobs.worker import Worker
from forgelake.pipelines.context import Context
from forgelake.state.jobs import JobRow
from tests.pipelines.lakes import Lake

START = datetime(2026, 11, 23, 6, 30, tzinfo=UTC)
GIVE_UP_SECONDS = 200.0


class Stop:
    """The real time, and an end that a test calls for."""

    def __init__(self) -> None:
        self._over = threading.Event()

    def now(self) -> datetime:
        return datetime.now(UTC)

    def sleep(self, seconds: float) -> None:
        self._over.wait(seconds)

    def stopped(self) -> bool:
        return self._over.is_set()

    def end(self) -> None:
        self._over.set()


@dataclass
class Bench:
    """One opened lake, its jobs and the instant that it is."""

    context: Context
    jobs: dict[str, Job] = field(default_factory=dict)
    instant: datetime = START
    done: list[str] = field(default_factory=list)

    def job(self, name: str, work: Callable[[Turn], str] | None = None, *, lasts: bool = False, idle: str = "") -> None:
        """A job that notes its name, or does something else; its settings are those of that name."""

        def noted(_: Turn) -> str:
            self.done.append(name)
            return ""

        self.jobs[name] = Job(name, f"what {name} does", work or noted, lambda _: idle, lasts=lasts)

    def passes(self, **span: float) -> None:
        """Let time pass."""
        self.instant += timedelta(**span)

    def work(self) -> None:
        """A worker that ends when nothing is due."""
        assert self.worker(Stop()).run(until_idle=True)

    def worker(self, stop: Stop) -> Worker:
        """A worker that has not begun."""
        return Worker(Execution(self.context, self.jobs, stop), look_every=0.01)

    def row(self, name: str) -> JobRow:
        """What is known of a job."""
        found = self.context.state.jobs.get(name)
        assert found is not None
        return found

    def causes(self) -> list[tuple[str, str | None, str]]:
        """Job, cause and status of every run, oldest first."""
        return [(run.job, run.cause, str(run.status)) for run in self.context.state.runs.all_rows()]


@contextmanager
def opened(lake: Lake, **variables: str) -> Iterator[Bench]:
    """The lake on the bench."""
    with lake.open(**variables) as context:
        bench = Bench(context)
        bench.context = replace(context, clock=lambda: bench.instant)
        yield bench


def until(happened: Callable[[], bool], look_every: float = 0.005) -> None:
    """Wait for something."""
    deadline = time.monotonic() + GIVE_UP_SECONDS
    while not happened():
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(look_every)
