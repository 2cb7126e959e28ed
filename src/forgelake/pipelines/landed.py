"""Landing and making rows of what has landed, each in runs of its own: they meet through landing and the ledger.

That suits where somebody is told of each object that a bucket gets: one short run waits for origins and needs little
memory, another one starts with the note of a slice and needs much.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

from forgelake.model.hours import Hour
from forgelake.model.slices import Receipt, SliceStatus
from forgelake.pipelines.collect import Collected, collect
from forgelake.pipelines.context import Context
from forgelake.pipelines.manner import Manner
from forgelake.pipelines.plan import Plan, task_for
from forgelake.pipelines.slice_task import SOURCE, SliceTask
from forgelake.state.ledger_rows import LedgerRow

JOB: Final = "transform gharchive"
TOLD_AGAIN_AFTER: Final = timedelta(hours=1)
"""How long a slice may lie in landing before its note is written again: whoever waits for notes may have missed it."""

Over = Callable[[], bool]
"""Whether it is time to end; see ``Manner``."""


def land(context: Context, plan: Plan, over: Over) -> Collected:
    """Land the hours of a plan, and leave them to ``transform``; errors as ``collect`` has them."""
    limit = datetime.now(UTC) - TOLD_AGAIN_AFTER
    for row in context.state.ledger.landed_not_committed(SOURCE):
        if row.receipt is not None and row.receipt.received_at < limit:
            context.landing.tell_again(row.receipt)
    return collect(context, plan, workers=1, manner=Manner(choose=_task_to_land, over=over))


def transform(context: Context, receipts: Iterable[Receipt], over: Over) -> list[Receipt]:
    """Make rows of landed slices and commit them; doing it twice equals doing it once.

    Returns:
        Those that have to be tried again: it was time to end, or their bytes could not be had.

    Raises:
        RetryError, ConfigurationError, StopError: the lake cannot be written.
    """
    landed = by_hour(receipts)

    def choose(context: Context, hour: Hour, rows: list[LedgerRow], *, again: bool) -> SliceTask | None:
        del again
        known = {row.key: row for row in rows}
        left = [one for one in landed[hour].values() if not _is_done(one, known.get(one.key))]
        return task_from_landing(context, hour, left) if left else None

    if landed:
        plan = Plan(min(landed), max(landed), tuple(sorted(landed)))
        manner = Manner(JOB, choose, asks=False, unattended=True, over=over)
        collect(context, plan, workers=1, manner=manner)
    listed = [receipt for origins in landed.values() for receipt in origins.values()]
    known = context.state.ledger.get_many(one.key for one in listed)
    return [one for one in listed if not _is_done(one, known.get(one.key))]


def by_hour(receipts: Iterable[Receipt]) -> dict[Hour, dict[str, Receipt]]:
    """What has landed, by hour and origin; of several versions of a slice the one received last counts."""
    landed: dict[Hour, dict[str, Receipt]] = defaultdict(dict)
    for receipt in receipts:
        origins = landed[Hour.containing(receipt.start)]
        known = origins.get(receipt.key.origin)
        if known is None or known.received_at < receipt.received_at:
            origins[receipt.key.origin] = receipt
    return landed


def task_from_landing(context: Context, hour: Hour, landed: Iterable[Receipt]) -> SliceTask:
    """What makes rows of an hour without asking any origin."""
    settings = context.settings.gharchive
    return SliceTask(
        hour=hour,
        origins=(),
        all_origins=True,
        landed=tuple(landed),
        now=context.clock(),
        missing_after_hours=settings.missing_after_hours,
        ask_again_hours=settings.ask_again_hours,
    )


def _task_to_land(context: Context, hour: Hour, rows: list[LedgerRow], *, again: bool) -> SliceTask | None:
    """What ``task_for`` would have asked for, an origin whose copy is known to be empty last."""
    task = task_for(context, hour, rows, again=again)
    if task is None or not task.origins or (task.landed and not task.all_origins):
        return None
    empty = {row.origin for row in rows if row.status is SliceStatus.EMPTY}
    origins = tuple(sorted(task.origins, key=lambda one: one[0].name in empty))
    return replace(task, origins=origins, landed=(), land_only=True)


def _is_done(receipt: Receipt, row: LedgerRow | None) -> bool:
    """Whether the ledger knows what became of these bytes, or of newer ones."""
    if row is None or row.receipt is None or row.status is SliceStatus.LANDED:
        return False
    same = row.status is SliceStatus.RECEIVED and row.receipt.sha256 == receipt.sha256
    return same or row.receipt.received_at >= receipt.received_at
