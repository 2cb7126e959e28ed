"""The archive's past, day by day: the hours of a day are collected by whatever workers there are and committed at once.

A run that ends in the middle is gone on with by the next one: committed days are skipped, landed hours are not asked
for again.
"""

from collections.abc import Callable

from forgelake.model.hours import FIRST_HOUR, Hour
from forgelake.pipelines import plan
from forgelake.pipelines.collect import Collected, Progress, collect
from forgelake.pipelines.context import Context
from forgelake.pipelines.manner import Manner, Pool
from forgelake.pipelines.slice_task import Place
from forgelake.pipelines.workers import Workers
from forgelake.sources.gharchive.due import last_complete

JOB = "backfill"
NOW = "now"


def period(context: Context, from_: str | None, to: str | None) -> plan.Plan:
    """The hours from one to another, both included; the whole archive if they are left out.

    Raises:
        UsageError: the period is none.
    """
    now = context.clock()
    latest = last_complete(now, context.settings.gharchive.publish_delay_minutes)
    last = latest if to is None or to == NOW else Hour.parse(to)
    return plan.period(Hour.parse(from_) if from_ else FIRST_HOUR, last, now)


def backfill(
    context: Context,
    hours: plan.Plan,
    *,
    workers: int = 0,
    pool: Callable[[int, Place], Pool] = Workers,
    watch: Callable[[Progress], None] = lambda _: None,
) -> Collected:
    """Collect the hours of a plan, a commit for each day; see ``collect``.

    Args:
        workers: how many hours at once; 0 takes what the pool has.
        pool: what does the work.
    """
    settings = context.settings.backfill
    manner = Manner(
        job=JOB, pool=pool, by_day=True, attempts=settings.attempts, hours_per_minute=settings.hours_per_minute
    )
    return collect(context, hours, workers=workers, manner=manner, watch=watch)
