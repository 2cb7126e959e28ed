"""Making tables again from landing, without asking any origin."""

from collections import defaultdict
from collections.abc import Callable

from forgelake.model.errors import UsageError
from forgelake.model.hours import Hour
from forgelake.model.slices import Receipt
from forgelake.pipelines.collect import Collected, Progress, collect
from forgelake.pipelines.context import Context
from forgelake.pipelines.contributions import SOURCE as CONTRIBUTIONS
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
    landed: dict[Hour, dict[str, Receipt]] = defaultdict(dict)
    for receipt in context.landing.receipts(SOURCE, first.day, last.day):
        hour = Hour.containing(receipt.start)
        known = landed[hour].get(receipt.key.origin)
        if first <= hour <= last and (known is None or known.received_at < receipt.received_at):
            landed[hour][receipt.key.origin] = receipt

    def choose(context: Context, hour: Hour, rows: list[LedgerRow], *, again: bool) -> SliceTask | None:
        del rows, again
        settings = context.settings.gharchive
        return SliceTask(
            hour=hour,
            origins=(),
            all_origins=True,
            landed=tuple(landed[hour].values()),
            now=context.clock(),
            missing_after_hours=settings.missing_after_hours,
            ask_again_hours=settings.ask_again_hours,
        )

    hours = tuple(sorted(hour for hour, receipts in landed.items() if receipts))
    plan = Plan(hours[0] if hours else first, hours[-1] if hours else first, hours)
    return plan, collect(context, plan, workers=workers, manner=Manner(JOB, choose), watch=watch)


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
