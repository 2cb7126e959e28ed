"""Polling timelines for a time, or until told to stop.

One process polls a timeline at a time: it holds a lease on it. Timelines are asked one after the other, each when its
interval is over, and all of them less often where the token's budget would not last until it is whole again.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

import structlog

from forgelake.model.errors import ConfigurationError, RetryError, SkipError
from forgelake.pipelines.clock import Clock, until_stopped
from forgelake.pipelines.context import Context
from forgelake.pipelines.polls.committing import PollCommits
from forgelake.pipelines.polls.poller import Poller, Tally
from forgelake.pipelines.polls.watch import Watch, lease
from forgelake.pipelines.record import LEASE_TTL_SECONDS, recorded
from forgelake.sources.github import SOURCE, is_daily
from forgelake.sources.github.answer import LimitedError
from forgelake.sources.github.client import GithubClient
from forgelake.sources.github.timelines import MOST_PAGES, timelines
from forgelake.sources.github.token import Token
from forgelake.state.owners import Owner
from forgelake.state.runs import RunCounters

JOB: Final = "collect events"
CLAIM_EVERY: Final = timedelta(seconds=15)

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Polled:
    """How a run ended.

    Attributes:
        tally: what the polls came to.
        counters: what was committed, leftovers of earlier runs included.
        unreadable: landed polls that could not be read.
        held_by_others: timelines that another run polled all the time.
    """

    tally: Tally
    counters: RunCounters
    unreadable: int
    held_by_others: tuple[str, ...]

    @property
    def complete(self) -> bool:
        """Whether nothing was lost, refused or rejected."""
        return not (self.tally.lost or self.tally.faults or self.counters.rejected or self.unreadable)


def poll_events(
    context: Context,
    clock: Clock,
    *,
    seconds: float | None = None,
    watch: Callable[[Tally], None] = lambda _: None,
) -> Polled:
    """Poll all timelines that the settings ask for.

    Args:
        clock: the time, and the wish to end.
        seconds: how long; None means until the clock says that it is over.
        watch: told of progress.

    Raises:
        ConfigurationError: there is nothing to poll, or the token is refused.
        RetryError: in all the time given not a single answer came.
    """
    github = context.settings.github
    if not timelines(github):
        message = 'github.events is "tracked", but github.repos, orgs and users are empty; name some, or poll "public"'
        raise ConfigurationError(message)
    token = Token.all_of(github, context.kept_token)[0]
    arguments = {"seconds": seconds, "timelines": [one.title for one in timelines(github)]}
    sleep = until_stopped(clock, RetryError)
    with (
        recorded(context, JOB, arguments) as record,
        GithubClient(github.api_url, token, context.http, context.state, clock.now, sleep) as api,
    ):
        commits = PollCommits(context, record.owner, clock.now)
        record.counters = lambda: commits.loop.counters
        run = _Run(context, clock, api, commits, record.owner)
        run.work(None if seconds is None else clock.now() + timedelta(seconds=seconds), watch)
        polled = Polled(run.tally, commits.loop.counters, commits.loop.unreadable, run.held_by_others)
        record.complete = polled.complete
    return polled


@dataclass(slots=True)
class _Run:
    context: Context
    clock: Clock
    api: GithubClient
    commits: PollCommits
    owner: Owner
    tally: Tally = field(default_factory=Tally)
    _watches: list[Watch] = field(default_factory=list)
    _origins: set[str] = field(default_factory=set)

    @property
    def held_by_others(self) -> tuple[str, ...]:
        return tuple(one.timeline.title for one in self._watches if one.memory is None)

    def work(self, end: datetime | None, watch: Callable[[Tally], None]) -> None:
        now = self.clock.now()
        self._watches = [
            Watch(one, one.origin(self.api.api), one.url(self.api.api), now)
            for one in timelines(self.context.settings.github)
        ]
        poller = Poller(self.context, self.clock, self.api, self.tally)
        commit_every = timedelta(seconds=self.context.settings.github.commit_seconds)
        claim_at = commit_at = now
        try:
            while not self._over(end):
                if (now := self.clock.now()) >= claim_at:
                    self._claim(poller)
                    claim_at = now + CLAIM_EVERY
                if now >= commit_at:
                    self._commit_if_possible()
                    commit_at = now + commit_every
                self._poll_or_wait(poller, [claim_at, commit_at, *([end] if end else [])])
                watch(self.tally)
        except Exception:
            self._commit_if_possible()
            raise
        self._commit()
        if self.tally.faults and not self.tally.answers:
            raise RetryError("; ".join(self.tally.faults.values()))

    def _over(self, end: datetime | None) -> bool:
        return self.clock.stopped() or (end is not None and self.clock.now() >= end)

    def _poll_or_wait(self, poller: Poller, wake: list[datetime]) -> None:
        """Poll the timeline that is due, if one is and no limit stands in the way; else wait for the next thing."""
        held = [one for one in self._watches if one.memory is not None]
        now = self.clock.now()
        if held:
            due = min(held, key=lambda one: one.next_at)
            at = max(due.next_at, self.api.free_at(MOST_PAGES, now))
            if at <= now:
                self._poll(poller, due)
                return
            wake = [*wake, at]
        self.clock.sleep((min(wake) - now).total_seconds())

    def _poll(self, poller: Poller, due: Watch) -> None:
        now = self.clock.now()
        try:
            poller.poll(due)
        except LimitedError as error:
            _log.warning("waiting for GitHub's rate limit", until=f"{error.until:%Y-%m-%dT%H:%M:%SZ}")
            due.next_at = max(error.until, now + timedelta(seconds=1))
        except (RetryError, SkipError) as error:
            if not self.clock.stopped():
                poller.failed(due, str(error), lasting=isinstance(error, SkipError))
        else:
            due.next_at = max(due.next_at, now + self._spread(now))

    def _spread(self, now: datetime) -> timedelta:
        """The least time between two rounds with which what is left of the budget lasts until it is whole again."""
        budget = self.api.budget()
        left, cost = budget.left(now), sum(one.spent for one in self._watches)
        if not left or budget.reset_at is None:
            return timedelta()
        return (budget.reset_at - now) * cost / left

    def _claim(self, poller: Poller) -> None:
        """Take the timelines that nobody polls, and what crashed runs left of others; let go of those that were lost.

        A lease is lost when this process could not renew it for too long, e.g. because the machine slept.
        """
        leases = self.context.state.leases
        lost = leases.lost(self.owner)
        self._origins = {origin for origin in self._origins if lease(origin) not in lost}
        for one in self._watches:
            if one.lease in lost:
                one.memory = None
        landed = self.context.state.ledger.landed_not_committed(SOURCE)
        wanted = {one.origin for one in self._watches} | {row.origin for row in landed if not is_daily(row.key)}
        names = {lease(origin): origin for origin in wanted - self._origins}
        claimed = leases.acquire(list(names), self.owner, LEASE_TTL_SECONDS, datetime.now(UTC))
        new = {names[name] for name in claimed}
        self._origins |= new
        if new:
            poller.begin([one for one in self._watches if one.origin in new])

    def _commit(self) -> None:
        self.commits.commit(self.commits.waiting(self._origins))

    def _commit_if_possible(self) -> None:
        """What cannot be committed now stays landed."""
        try:
            self._commit()
        except RetryError as error:
            _log.warning("landed polls are committed later", reason=str(error))
