"""Forgetting landed bytes after the time that the settings keep them. Tables, ledger and rejects stay."""

from datetime import timedelta

from forgelake.model.slices import SliceStatus
from forgelake.pipelines.context import Context


def forget_old_bytes(context: Context) -> int:
    """Remove landed bytes whose rows have been in the lake for ``landing.keep_days``; returns how many slices."""
    days = context.settings.landing.keep_days
    if not days:
        return 0
    limit = context.clock() - timedelta(days=days)
    removed, seen = 0, set[str]()
    for row in list(context.state.ledger.all_rows()):
        old = row.status is SliceStatus.RECEIVED and row.committed_at is not None and row.committed_at < limit
        if not old or row.receipt is None or row.receipt.path in seen:
            continue
        # Daily slices share their objects.
        seen.add(row.receipt.path)
        if context.storage.exists(row.receipt.path):
            context.landing.remove(row.receipt)
            removed += 1
    return removed
