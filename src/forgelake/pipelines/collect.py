"""Collecting archive hours: claim, hand to workers, commit, until every hour asked for is settled.

Two runs over the same hours share them: an hour is claimed by a lease before it is touched, and hours that
another run holds are waited for, so that when a command ends its period is done whoever did it.
"""

import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import structlog

from forgelake.model.coverage import Coverage
from forgelake.model.errors import ConfigurationError, RetryError
from forgelake.model.hours import Hour
from forgelake.model.slices import SliceStatus
from forgelake.pipelines.commit_loop import CommitLoop
from forgelake.pipelines.context import Context
from forgelake.pipelines.manner import COLLECTING, Attempts, Manner, Pace, Pool
from forgelake.pipelines.plan import Plan, move_bookmark
from forgelake.pipelines.record import LEASE_TTL_SECONDS, recorded
from forgelake.pipelines.slice_task import SOURCE, Place, SliceOutcome
from forgelake.pipelines.tries import Tries
from forgelake.query.coverage import hourly, summary
from forgelake.state.runs import RunCounters
from forgelake.traces.spans import handed
from forgelake.transport.client import HttpClient

LOOK_EVERY_SECONDS = 1.0
HOPELESS_HOURS = 3
"""Hours in a row for which no origin could be reached at all, after which the run gives up."""

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run has come.

    Attributes:
        hours_done, hours: hours settled and hours in all.
        bytes: compressed bytes normalised.
        events: events normalised.
    """

    hours_done: int
    hours: int
    bytes: int
    events: int


@dataclass(frozen=True, slots=True)
class Collected:
    """How a run ended: the coverage of its period and what it did itself."""

    coverage: Coverage
    counters: RunCounters

    @property
    def complete(self) -> bool:
        """Whether there is neither a gap nor a reject in the period."""
        return self.coverage.received == self.coverage.expected and not self.coverage.rejected


def collect(
    context: Context,
    plan: Plan,
    *,
    workers: int = 0,
    manner: Manner = COLLECTING,
    watch: Callable[[Progress], None] = lambda _: None,
) -> Collected:
    """Collect the hours of a plan.

    Args:
        workers: processes; 0 takes the setting.
        manner: how the run goes about it.
        watch: told of progress.

    Raises:
        RetryError: no origin can be reached.
        ConfigurationError: no origin's folder exists, or the lake cannot be written.
        StopError: the lake cannot be written.
    """
    for trouble in check_origins(context) if manner.asks else ():
        _log.warning("an origin of archive hours gives nothing", reason=trouble)
    arguments = {"from": str(plan.first), "to": str(plan.last), "hours": len(plan.hours)}
    with recorded(context, manner.job, arguments) as record:
        commits = CommitLoop(context, record.owner, rebuilding=manner.rebuilding, by_day=manner.by_day)
        record.counters = lambda: commits.counters
        _Run(context, plan, commits, manner, watch).work(workers or context.settings.gharchive.worker_count)
        if plan.continuing:
            move_bookmark(context, plan, record.owner.run_id)
        collected = Collected(coverage_of(context, plan), commits.counters)
        record.complete = collected.complete
    return collected


def check_origins(context: Context) -> list[str]:
    """Find out early that there is no network, instead of after many attempts; gives what is wrong with some origins.

    Raises:
        ConfigurationError: all of them are folders, and none exists: that does not pass.
        RetryError: no origin can be reached.
    """
    with HttpClient(context.http) as client:
        reasons = [origin.unreachable(client) for origin in context.origins]
    if not all(reasons):
        found = (reason or origin.without_hours for origin, reason in zip(context.origins, reasons, strict=True))
        return [trouble for trouble in found if trouble]
    if all(origin.is_folder for origin in context.origins):
        message = f"{'; '.join(reasons)}: name one that is there in FORGELAKE_GHARCHIVE_URLS (gharchive.urls)"
        raise ConfigurationError(message)
    raise RetryError(unreachable(reasons))


def coverage_of(context: Context, plan: Plan) -> Coverage:
    """The coverage of the hours that a plan answers for."""
    rows = context.state.ledger.rows(SOURCE, plan.first.start, plan.last.end)
    wanted = set(plan.hours)
    return summary([hour for hour in hourly(rows, plan.first, plan.last) if hour.hour in wanted])


class _Run:
    def __init__(
        self,
        context: Context,
        plan: Plan,
        commits: CommitLoop,
        manner: Manner,
        watch: Callable[[Progress], None],
    ) -> None:
        self.commits = commits
        self._context = context
        self._plan = plan
        self._manner = manner
        self._pace = Pace(manner.hours_per_minute)
        self._attempts = Attempts(manner.attempts)
        self._left = Counter(hour.day for hour in plan.hours)
        self._owner = commits.owner
        self._about = {"forgelake.run_id": commits.owner.run_id, "forgelake.job": manner.job}
        self._watch = watch
        self._tries = Tries(context, commits.owner.run_id)
        # Hours that may end the run come last.
        self._to_claim = sorted(plan.hours, key=lambda hour: (self._tries.is_suspect(hour), hour), reverse=True)
        self._alone = False
        self._held_by_others: list[Hour] = []
        self._uncommitted: list[Hour] = []
        self._done = self._bytes = self._events = self._hopeless = 0

    def work(self, number: int) -> None:
        settings = self._context.settings
        place = Place(
            settings.storage.uri, self._context.s3, self._context.http, self._context.scratch,
            settings.lake.part_mb << 20,
        )  # fmt: skip
        workers = self._manner.pool(min(number, max(1, len(self._plan.hours))), place)
        try:
            while self._to_claim or self._held_by_others or workers.busy:
                self._hand_out(workers)
                if workers.busy:
                    for outcome in workers.finished(timeout=self._look_again):
                        self._take(outcome)
                    # Whoever watches may end the run by an exception, and must not wait for a slow origin.
                    self._tell()
                elif self._to_claim:
                    time.sleep(self._look_again)
                elif self._held_by_others:
                    self._wait_for_others()
            self._commit()
        except KeyboardInterrupt as stop:
            workers.abandon()
            self._tries.ended_by(stop)
            raise
        except Exception as error:
            self._tries.ended_by(error)
            raise
        finally:
            workers.close()

    @property
    def _look_again(self) -> float:
        """Seconds after which another hour may be begun, if not a worker is done earlier."""
        wait = self._pace.wait_seconds
        return min(wait, LOOK_EVERY_SECONDS) if wait and self._to_claim else LOOK_EVERY_SECONDS

    def _hand_out(self, workers: Pool) -> None:
        """Claim as many hours as the workers can take, and start those that still need doing."""
        if self._manner.over():
            self._to_claim, self._held_by_others = list[Hour](), list[Hour]()
        while self._to_claim and workers.free and not self._pace.wait_seconds:
            suspect = self._tries.is_suspect(self._to_claim[-1])
            if (suspect or self._alone) and workers.busy:
                return
            self._alone = suspect
            if suspect:
                self._commit()
            hour = self._to_claim.pop()
            if not self._claim(hour):
                self._held_by_others.append(hour)
                continue
            # Read after claiming: another run may have finished the hour a moment ago.
            rows = self._context.state.ledger.rows(SOURCE, hour.start, hour.end)
            task = self._manner.choose(self._context, hour, rows, again=self._plan.again)
            unattended = self._plan.continuing or self._manner.by_day or self._manner.unattended
            if task is None or (unattended and self._tries.set_aside(task)):
                self._settled(hour)
            else:
                self._tries.begin(hour)
                self._pace.begun()
                workers.submit(replace(task, handed=handed(self._about)))

    def _claim(self, hour: Hour) -> bool:
        name = _lease(hour)
        return name in self._context.state.leases.acquire([name], self._owner, LEASE_TTL_SECONDS, datetime.now(UTC))

    def _wait_for_others(self) -> None:
        # What we hold uncommitted, another run may be waiting for in turn.
        self._commit()
        time.sleep(random.uniform(0.2, 0.5))  # noqa: S311 - spreads the waiters, guards nothing
        self._to_claim, self._held_by_others = self._held_by_others[::-1], list[Hour]()

    def _take(self, outcome: SliceOutcome) -> None:
        self._context.state.ledger.asked_many(outcome.verdicts, self._context.clock())
        self._context.state.ledger.landed_many(outcome.landed, datetime.now(UTC))
        for verdict in outcome.verdicts:
            _log.info("not received", slice=str(verdict.key), status=verdict.status, reason=verdict.reason)
        self._give_up_if_hopeless(outcome)
        self._bytes += sum(one.receipt.size for one in outcome.normalised)
        self._events += sum(one.counts.events for one in outcome.normalised)
        if outcome.normalised:
            self._uncommitted.append(outcome.hour)
            self.commits.add(outcome.normalised)
            if self._alone:
                self.commits.commit()
            self._one_less(outcome.hour)
        elif _has_failed(outcome) and self._attempts.another(outcome.hour):
            # It failed and did not end the run, which is what tries are counted for.
            self._tries.end(outcome.hour)
            self._to_claim.append(outcome.hour)
        else:
            self._settled(outcome.hour)
        self._release_committed()
        self._tell()

    def _one_less(self, hour: Hour) -> None:
        """A day is committed with its last hour."""
        self._left[hour.day] -= 1
        if self._manner.by_day and not self._left[hour.day]:
            self.commits.commit(hour.day)

    def _give_up_if_hopeless(self, outcome: SliceOutcome) -> None:
        alone = outcome.unreachable and len(outcome.unreachable) == len(outcome.verdicts) and not outcome.normalised
        self._hopeless = self._hopeless + 1 if alone else 0
        if self._hopeless >= min(HOPELESS_HOURS, len(self._plan.hours)):
            raise RetryError(unreachable(outcome.unreachable))

    def _commit(self) -> None:
        self.commits.commit()
        self._release_committed()
        self._tell()

    def _release_committed(self) -> None:
        waiting = self.commits.waiting
        for hour in [hour for hour in self._uncommitted if hour not in waiting]:
            self._uncommitted.remove(hour)
            self._release(hour)

    def _settled(self, hour: Hour) -> None:
        """Nothing is to be committed of an hour."""
        self._release(hour)
        self._one_less(hour)

    def _release(self, hour: Hour) -> None:
        self._context.state.leases.release([_lease(hour)], self._owner)
        self._tries.end(hour)
        self._done += 1

    def _tell(self) -> None:
        self._watch(Progress(self._done, len(self._plan.hours), self._bytes, self._events))


def _has_failed(outcome: SliceOutcome) -> bool:
    return any(verdict.status is SliceStatus.FAILED for verdict in outcome.verdicts)


def unreachable(reasons: list[str]) -> str:
    """One line for a person without network: what failed, and the two ways out."""
    return (
        f"no origin of archive hours can be reached ({'; '.join(reasons)}); name a mirror or folder in "
        "FORGELAKE_GHARCHIVE_URLS, e.g. file:///path/to/hours, or try it on synthetic data: make demo"
    )


def _lease(hour: Hour) -> str:
    return f"{SOURCE}/{hour.name}"
