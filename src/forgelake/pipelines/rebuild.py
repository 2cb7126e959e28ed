"""Making tables again from landing, without asking any origin."""

from collections.abc import Callable

from forgelake.model.errors import UsageError
from forgelake.model.hours import Hour
from forgelake.pipelines.collect import Collected, Progress, collect
from forgelake.pipelines.context import Context
from forgelake.pipelines.contributions import SOURCE as CONTRIBUTIONS
from forgelake.pipelines.landed import by_hour, task_from_landing
from forgelake.pipelines.manner import Manner
from forgelake.pipelines.plan import Plan
from forgelake.pipelines.slice_task import SOURCE, SliceTask
from forgelake.sources import git, github, repo_stats
from forgelake.state.ledger_rows import LedgerRow

JOB = "rebuild"


def rebuild(
    context: Context, first: Hour, last: Hour, *, workers: int = 0, watch: Callable[[Progress], None] = lambda _: None
) -> tuple[Plan, Collected]:
    """Normalise again what has landed of the hours from first to last, both included, and replace their rows.

    Of several versions of a slice the one received last counts.
    """
    receipts = context.landing.receipts(SOURCE, first.day, last.day)
    landed = by_hour(one for one in receipts if first <= Hour.containing(one.start) <= last)

    def choose(context: Context, hour: Hour, rows: list[LedgerRow], *, again: bool) -> SliceTask | None:
        del rows, again
        return task_from_landing(context, hour, landed[hour].values())

    plan = Plan(min(landed, default=first), max(landed, default=first), tuple(sorted(landed)))
    manner = Manner(JOB, choose, asks=False, rebuilding=True)
    return plan, collect(context, plan, workers=workers, manner=manner, watch=watch)


def landed_period(context: Context) -> tuple[Hour, Hour]:
    """The first and last hour that anything has landed of, archive hours, polls or imported archives.

    Raises:
        UsageError: nothing has landed.
    """
    sources = (SOURCE, git.SOURCE, github.SOURCE, repo_stats.SOURCE, CONTRIBUTIONS)
    days = sorted({day for source in sources for day in context.landing.days(source)})
    if not days:
        message = "nothing has landed yet; collect something first: forgelake collect gharchive --last 24h"
        raise UsageError(message)
    return Hour.parse(str(days[0])), Hour.parse(str(days[-1])).shifted(23)
