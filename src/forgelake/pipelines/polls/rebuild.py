"""Making the rows of polls again from landing, without asking GitHub."""

from datetime import UTC, date, datetime
from typing import Final

from forgelake.pipelines.context import Context
from forgelake.pipelines.polls.committing import PollCommits
from forgelake.pipelines.record import recorded
from forgelake.sources.github import SOURCE, is_daily
from forgelake.state.runs import RunCounters

JOB: Final = "rebuild events"


def rebuild_polls(context: Context, first: date, last: date) -> RunCounters:
    """Normalise again the polls of the days from first to last, both included, and replace their rows.

    Polls that the ledger does not know are entered first: what each brings follows from the one before it.
    """
    landed = (one for one in context.landing.receipts(SOURCE, first, last) if not is_daily(one.key))
    receipts = sorted(landed, key=lambda one: one.start)
    if not receipts:
        return RunCounters()
    with recorded(context, JOB, {"from": str(first), "to": str(last), "polls": len(receipts)}) as record:
        commits = PollCommits(context, record.owner, lambda: datetime.now(UTC), rebuilding=True)
        record.counters = lambda: commits.loop.counters
        for receipt in receipts:
            if context.state.ledger.get(receipt.key) is None:
                context.state.ledger.landed(receipt, datetime.now(UTC))
        commits.commit(receipts)
        return commits.loop.counters
