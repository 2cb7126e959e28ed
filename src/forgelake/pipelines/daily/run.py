"""One run of a daily job: what broke off before is committed first, then what is due today is collected.

One process runs a job at a time; a second one leaves it alone. Whoever runs it twice a day asks for nothing twice.
"""

from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

from forgelake.pipelines.clock import Clock, until_stopped
from forgelake.pipelines.context import Context
from forgelake.pipelines.daily.asking import Asker, StoppedError
from forgelake.pipelines.daily.committing import DailyCommits
from forgelake.pipelines.daily.day import Day
from forgelake.pipelines.daily.journal import Journal
from forgelake.pipelines.record import LEASE_TTL_SECONDS, recorded
from forgelake.sources.github.client import GithubClient
from forgelake.sources.github.token import Token
from forgelake.state.runs import RunCounters


@dataclass(frozen=True, slots=True)
class DailyJob:
    """A job that is done once a day.

    Attributes:
        name: as the run history calls it, e.g. ``collect repos``.
        kinds: the kinds of slices that it lands.
        gather: asks and lands; raises StoppedError when the run has to end.
    """

    name: str
    kinds: Collection[str]
    gather: Callable[[Day], None]


@dataclass(frozen=True, slots=True)
class Gathered:
    """How a run ended.

    Attributes:
        landed: slices that landed in this run.
        requests: requests that it made.
        counters: what was committed, leftovers of earlier runs included.
        faults: what could not be had, by what a person calls it.
        told: further lines for the person.
        unreadable: landed slices that could not be read.
        held_by_other: whether another run is at it, so that this one did nothing.
        stopped: whether the run was ended before it was done.
    """

    landed: int = 0
    requests: int = 0
    counters: RunCounters = field(default_factory=RunCounters)
    faults: tuple[tuple[str, str], ...] = ()
    told: tuple[str, ...] = ()
    unreadable: int = 0
    held_by_other: bool = False
    stopped: bool = False

    @property
    def complete(self) -> bool:
        """Whether everything that is due has been had."""
        return not (self.faults or self.unreadable or self.held_by_other or self.stopped)


def run_daily(context: Context, clock: Clock, job: DailyJob) -> Gathered:
    """Collect what is due today.

    Raises:
        ConfigurationError: there is nothing to collect, or no token is taken.
        StopError: GitHub cannot be reached, or fails again and again.
    """
    today = context.clock().astimezone(UTC).date()
    with recorded(context, job.name, {"day": str(today)}) as record:
        lease = f"github/{job.name}"
        held = context.state.leases.acquire([lease], record.owner, LEASE_TTL_SECONDS, datetime.now(UTC))
        if lease not in held:
            record.complete = False
            return Gathered(held_by_other=True)
        commits = DailyCommits(context, record.owner, job.kinds)
        record.counters = lambda: commits.loop.counters
        commits.commit_waiting()
        with asker(context, clock, job.name) as ask:
            day = Day(context, ask, job.name, today)
            stopped = _gather(job, day, commits)
            if not (stopped or day.landed):
                ask.raise_if_silent()
            requests = ask.requests
        gathered = Gathered(
            day.landed, requests, commits.loop.counters, tuple(day.faults.items()), tuple(day.told),
            commits.loop.unreadable, stopped=stopped,
        )  # fmt: skip
        record.complete = gathered.complete
    return gathered


@contextmanager
def asker(context: Context, clock: Clock, job: str) -> Iterator[Asker]:
    """Clients for all tokens, and the journal of the day."""
    github = context.settings.github
    day = context.clock().astimezone(UTC).date()
    sleep = until_stopped(clock, StoppedError)
    with ExitStack() as stack:
        clients = [
            stack.enter_context(GithubClient(github.api_url, token, context.http, context.state, clock.now, sleep))
            for token in Token.all_of(github, context.kept_token)
        ]
        place = context.scratch / "journals" / f"{job.replace(' ', '-')}.jsonl"
        yield Asker(context, clock, clients, stack.enter_context(Journal(place, day)))


def _gather(job: DailyJob, day: Day, commits: DailyCommits) -> bool:
    """Whatever happens, what was received is landed and committed; returns whether the run was stopped."""
    try:
        job.gather(day)
    except StoppedError:
        return True
    finally:
        day.flush()
        commits.commit_waiting()
    return False
