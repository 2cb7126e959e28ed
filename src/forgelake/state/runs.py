"""Runs: what ran, with which arguments, and how it ended."""

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Self

from forgelake.state.address import masked
from forgelake.state.owners import Owner, this_host

_SECRET = re.compile(r"token|secret|password|credential", re.IGNORECASE)


class RunStatus(StrEnum):
    """How a run stands."""

    RUNNING = "running"
    DONE = "done"
    DONE_WITH_GAPS = "done_with_gaps"
    """It ended, and some slices or lines are missing."""
    FAILED = "failed"
    INTERRUPTED = "interrupted"
    """Its process went away without saying how it ended."""


@dataclass(frozen=True, slots=True)
class RunCounters:
    """What a run has done so far: totals since its start, not steps."""

    slices_done: int = 0
    events: int = 0
    rejected: int = 0
    bytes: int = 0


@dataclass(frozen=True, slots=True)
class RunRow:
    """A run; the fields are the columns, described in ``schema.RUNS_COLUMNS``."""

    id: str
    job: str
    started_at: datetime
    finished_at: datetime | None
    status: RunStatus
    host: str
    pid: int
    process_started: int | None
    arguments: dict[str, Any]
    slices_done: int
    events: int
    rejected: int
    bytes: int
    error: str | None
    heartbeat_at: datetime
    cause: str | None

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Self:
        """From a row of the table."""
        read: dict[str, Any] = {**values, "status": RunStatus(values["status"])}
        return cls(**read)

    @property
    def owner(self) -> Owner:
        """The process that executes or executed it."""
        return Owner(self.id, self.host, self.pid, self.process_started)


@dataclass(frozen=True, slots=True)
class RunTotal:
    """How often a job ended so, and how many seconds that took in all."""

    job: str
    status: RunStatus
    runs: int
    seconds: float


Change = Callable[[RunRow], RunRow]


class Runs(ABC):
    """The table ``runs``."""

    def start(
        self, job: str, arguments: Mapping[str, object], owner: Owner, now: datetime, cause: str | None = None
    ) -> str:
        """Record that a run began, and why if a worker began it; returns its id, which is the owner's.

        Arguments are kept as JSON. Values named like secrets, and passwords within URLs, are masked.
        """
        self._add(
            RunRow(
                id=owner.run_id,
                job=job,
                started_at=now,
                finished_at=None,
                status=RunStatus.RUNNING,
                host=owner.host,
                pid=owner.pid,
                process_started=owner.process_started,
                arguments=_arguments(arguments),
                **asdict(RunCounters()),
                error=None,
                heartbeat_at=now,
                cause=cause,
            )
        )
        return owner.run_id

    def describe(self, run_id: str, arguments: Mapping[str, object]) -> None:
        """Record what a run does, where that is known only after it began."""
        self._change(run_id, lambda run: replace(run, arguments=_arguments(arguments)))

    def progress(self, run_id: str, counters: RunCounters, now: datetime) -> None:
        """Record how far a run has come; says at the same time that it lives. Nothing happens once it has ended."""
        self._change(run_id, lambda run: replace(run, **asdict(counters), heartbeat_at=now), running=True)

    def finish(self, run_id: str, status: RunStatus, counters: RunCounters, error: str | None, now: datetime) -> None:
        """Record how a run ended; ``error`` is kept for the reader and must hold no secrets."""
        ended = {"status": status, "error": error, "finished_at": now, "heartbeat_at": now, **asdict(counters)}
        self._change(run_id, lambda run: replace(run, **ended))

    def give_up(self, run_id: str, error: str) -> None:
        """Close a run of which nothing more is heard, as of its last sign of life; one that has ended stays so."""
        self._change(run_id, lambda run: _interrupted(run, error), running=True)

    def mark_interrupted(self, now: datetime) -> list[str]:
        """Close the running runs of this host whose process is gone; returns their ids."""
        gone = [run for run in self.running() if run.host == this_host() and run.owner.is_dead()]
        for run in gone:
            error = f"process {run.pid} on {run.host} was found gone at {now:%Y-%m-%dT%H:%M:%SZ}"
            self.give_up(run.id, error)
        return [run.id for run in gone]

    def recent(self, limit: int) -> list[RunRow]:
        """The latest runs, newest first; those whose process is gone are closed as interrupted first."""
        self.mark_interrupted(datetime.now(UTC))
        return self.page(limit)

    @abstractmethod
    def get(self, run_id: str) -> RunRow | None:
        """One run."""

    @abstractmethod
    def page(self, limit: int, before: tuple[datetime, str] | None = None, job: str | None = None) -> list[RunRow]:
        """Runs, newest first, that come after the one with that start and id; only reads, unlike ``recent``.

        Args:
            job: only runs of this job, as the run history calls it.
        """

    @abstractmethod
    def running(self) -> list[RunRow]:
        """Runs that have not said how they ended, by their start."""

    @abstractmethod
    def totals(self) -> list[RunTotal]:
        """Sums over all runs that ended, by job and status."""

    @abstractmethod
    def all_rows(self) -> Iterator[RunRow]:
        """Every run, oldest first, streamed; may hold a connection until it is exhausted or closed."""

    @abstractmethod
    def _add(self, run: RunRow) -> None:
        """Keep a new run."""

    @abstractmethod
    def _change(self, run_id: str, to: Change, *, running: bool = False) -> None:
        """Change a run if there is one, or only if it is still running."""


def _interrupted(run: RunRow, error: str) -> RunRow:
    return replace(run, status=RunStatus.INTERRUPTED, error=error, finished_at=run.heartbeat_at)


def _arguments(arguments: Mapping[str, object]) -> dict[str, object]:
    return {name: _shown(name, value) for name, value in arguments.items()}


def _shown(name: str, value: object) -> object:
    if value is not None and _SECRET.search(name):
        return "***"
    if isinstance(value, str):
        return masked(value) if "://" in value else value
    if isinstance(value, Mapping):
        return {str(key): _shown(str(key), inner) for key, inner in value.items()}
    if isinstance(value, Iterable):
        return [_shown("", inner) for inner in value]
    return value if value is None or isinstance(value, bool | int | float) else str(value)
