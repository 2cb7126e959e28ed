"""Making the rows of daily slices again from landing, without asking GitHub."""

from datetime import UTC, date, datetime
from typing import Final

from forgelake.model.slices import Receipt
from forgelake.pipelines.context import Context
from forgelake.pipelines.daily.committing import DailyCommits
from forgelake.pipelines.daily.day import receipt_of
from forgelake.pipelines.daily.kinds import KINDS
from forgelake.pipelines.record import recorded
from forgelake.sources.github import SOURCE, is_daily
from forgelake.sources.github.pieces import unpacked
from forgelake.state.runs import RunCounters

JOB: Final = "rebuild daily"


def rebuild_daily(context: Context, first: date, last: date) -> RunCounters:
    """Make the rows of the days from first to last, both included, again; of several versions the latest counts."""
    objects = [one for one in context.landing.receipts(SOURCE, first, last) if is_daily(one.key)]
    if not objects:
        return RunCounters()
    with recorded(context, JOB, {"from": str(first), "to": str(last), "objects": len(objects)}) as record:
        commits = DailyCommits(context, record.owner, tuple(KINDS), rebuilding=True)
        record.counters = lambda: commits.loop.counters
        latest: dict[str, Receipt] = {}
        for whole in sorted(objects, key=lambda one: one.received_at):
            pieces = unpacked(context.storage.get(whole.path))
            latest |= {piece.name.text: receipt_of(whole, piece) for piece in pieces}
        context.state.ledger.landed_many(latest.values(), datetime.now(UTC))
        commits.commit(list(latest.values()))
        return commits.loop.counters
