"""The columns that each step of a slice writes."""

from datetime import datetime

from forgelake.model.slices import Counts, Receipt, SliceKey, SliceStatus
from forgelake.state.ledger_rows import Verdict

_NOT_A_VERDICT = (SliceStatus.LANDED, SliceStatus.RECEIVED)


def verdict_values(verdict: Verdict, now: datetime) -> dict[str, object]:
    """A first row for a slice that brought no bytes.

    Raises:
        ValueError: the status is landed or received.
    """
    if verdict.status in _NOT_A_VERDICT:
        message = f'"{verdict.status}" of {verdict.key} is no verdict; record bytes by landed() and committed()'
        raise ValueError(message)
    return {
        **_fresh(verdict.key, verdict.start, verdict.end, now),
        "status": verdict.status,
        "reason": verdict.reason,
        "next_ask_at": verdict.next_ask_at,
    }


def receipt_values(receipt: Receipt, now: datetime) -> dict[str, object]:
    """A first row for a slice whose bytes are in landing."""
    return {
        **_fresh(receipt.key, receipt.start, receipt.end, now),
        "status": SliceStatus.LANDED,
        "url": receipt.url,
        "etag": receipt.etag,
        "sha256": receipt.sha256,
        "size": receipt.size,
        "path": receipt.path,
        "received_at": receipt.received_at,
    }


def counts_values(counts: Counts, now: datetime, next_ask_at: datetime | None) -> dict[str, object]:
    """What changes when a slice's rows are in the lake; an empty slice may be asked for again."""
    empty = counts.events == 0
    return {
        "status": SliceStatus.EMPTY if empty else SliceStatus.RECEIVED,
        "reason": None,
        "next_ask_at": next_ask_at if empty else None,
        "committed_at": now,
        **_counted(counts),
    }


def _fresh(key: SliceKey, start: datetime, end: datetime, now: datetime) -> dict[str, object]:
    return {
        "source": key.source,
        "name": key.name,
        "origin": key.origin,
        "start": start,
        "end": end,
        "attempts": 1,
        "first_asked_at": now,
        "last_asked_at": now,
        **_counted(Counts()),
    }


def _counted(counts: Counts) -> dict[str, object]:
    return {
        "events": counts.events,
        "duplicates": counts.duplicates,
        "rejected": counts.rejected,
        "repaired": counts.repaired,
        "json_bytes": counts.json_bytes,
        "first_event": counts.first_event,
        "last_event": counts.last_event,
        "days": counts.days,
    }
