"""A job: a name, what it does, and whether it has anything to do; `forgelake.app.jobs` says which jobs there are."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from forgelake.model.errors import UsageError, nearest
from forgelake.pipelines.clock import Clock
from forgelake.pipelines.context import Context
from forgelake.settings.root import Settings


@dataclass(frozen=True, slots=True)
class Turn:
    """What a run of a job works with.

    Attributes:
        clock: the real time, and the wish to end; every wait looks at it.
        until: when a run that lasts ends, by the context's clock; None for one that ends by itself.
    """

    context: Context
    clock: Clock
    until: datetime | None = None

    def raise_if_stopped(self) -> None:
        """Leave work that does not look at the clock itself.

        Raises:
            KeyboardInterrupt: the run has to end.
        """
        if self.clock.stopped():
            raise KeyboardInterrupt


@dataclass(frozen=True, slots=True)
class Job:
    """Something that runs on a schedule or by hand.

    Attributes:
        name: as settings, commands and addresses write it, e.g. ``collect_gharchive``.
        meaning: what it does, for a person.
        work: one run; returns in words what it could not do, nothing if all is well. It records itself by
            ``forgelake.pipelines.record.recorded`` or is recorded without counts.
        idle: why there is nothing to do with these settings; empty when there is something.
        nobody: why there is nothing to do with this state; empty when there is something.
        lasts: whether a run goes on until the schedule's next time.
    """

    name: str
    meaning: str
    work: Callable[[Turn], str]
    idle: Callable[[Settings], str] = lambda _: ""
    nobody: Callable[[Context], str] = lambda _: ""
    lasts: bool = False

    def off(self, context: Context) -> str:
        """Why there is nothing to do; empty when there is something."""
        return self.idle(context.settings) or self.nobody(context)

    @property
    def title(self) -> str:
        """What the run history calls it, e.g. ``collect gharchive``."""
        return self.name.replace("_", " ")


Known: TypeAlias = Mapping[str, Job]
"""All jobs by name."""


def named(jobs: Known, words: str) -> Job:
    """The job of that name, written with ``_``, ``-`` or blanks.

    Raises:
        UsageError: there is none.
    """
    name = "_".join(words.lower().replace("-", " ").split())
    if name in jobs:
        return jobs[name]
    message = f'there is no job "{words}"{nearest(name, jobs)}; the jobs are {", ".join(jobs)}'
    raise UsageError(message)
