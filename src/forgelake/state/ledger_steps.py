"""What each step of a slice's way makes of its row; the same for every database."""

from collections.abc import Iterable
from dataclasses import asdict, fields, replace
from datetime import date, datetime
from typing import Any

from forgelake.model.slices import Counts, Receipt, SliceKey, SliceStatus
from forgelake.state.ledger_rows import LedgerRow, Verdict

_NOT_A_VERDICT = (SliceStatus.LANDED, SliceStatus.RECEIVED)
_NOT_THERE = (SliceStatus.AWAITED, SliceStatus.MISSING)
_OF_BYTES = ("url", "etag", "sha256", "size", "path", "received_at")


def asked(known: LedgerRow | None, verdict: Verdict, now: datetime) -> LedgerRow:
    """An origin was asked and gave no bytes that could be used.

    A received slice stays received, and a landed one is not made awaited or missing: what the origin says today does
    not undo the bytes it gave before. Such rows only count the attempt.

    Raises:
        ValueError: the status is landed or received.
    """
    if verdict.status in _NOT_A_VERDICT:
        message = f'"{verdict.status}" of {verdict.key} is no verdict; record bytes by landed() and committed()'
        raise ValueError(message)
    row = _attempted(known, verdict.key, verdict.start, verdict.end, now)
    landed_before = row.status is SliceStatus.LANDED and verdict.status in _NOT_THERE
    if row.status is SliceStatus.RECEIVED or landed_before:
        return row
    return replace(row, status=verdict.status, reason=verdict.reason, next_ask_at=verdict.next_ask_at)


def landed(known: LedgerRow | None, receipt: Receipt, now: datetime) -> LedgerRow:
    """Its bytes are in landing.

    A slice received before with the same digest stays received. Otherwise it is landed; the counts and days of an older
    version stay, since its rows are in the lake until the new version is committed.
    """
    same = known is not None and known.status is SliceStatus.RECEIVED and known.sha256 == receipt.sha256
    return replace(
        _attempted(known, receipt.key, receipt.start, receipt.end, now),
        start=receipt.start,
        end=receipt.end,
        status=SliceStatus.RECEIVED if same else SliceStatus.LANDED,
        reason=None,
        next_ask_at=None,
        **{name: getattr(receipt, name) for name in _OF_BYTES},
    )


def committing(known: LedgerRow, counts: Counts) -> LedgerRow:
    """Rows of it may soon lie under the new days besides the old ones."""
    return replace(known, days=_in_order((*known.days, *counts.days)))


def committed(known: LedgerRow, counts: Counts, now: datetime, next_ask_at: datetime | None) -> LedgerRow:
    """Its rows are in the lake; an empty slice may be asked for again."""
    empty = counts.events == 0
    return replace(
        known,
        status=SliceStatus.EMPTY if empty else SliceStatus.RECEIVED,
        reason=None,
        next_ask_at=next_ask_at if empty else None,
        committed_at=now,
        **_counted(counts),
    )


def _attempted(known: LedgerRow | None, key: SliceKey, start: datetime, end: datetime, now: datetime) -> LedgerRow:
    if known is not None:
        return replace(known, attempts=known.attempts + 1, last_asked_at=now)
    nothing: dict[str, Any] = dict.fromkeys((*_OF_BYTES, "reason", "next_ask_at", "committed_at"))
    whole: dict[str, Any] = {
        "status": SliceStatus.AWAITED,
        "attempts": 1,
        "first_asked_at": now,
        "last_asked_at": now,
        "changed": 0,
    }
    return LedgerRow(**asdict(key), start=start, end=end, **whole, **nothing, **_counted(Counts()))


def _counted(counts: Counts) -> dict[str, Any]:
    values: dict[str, Any] = {field.name: getattr(counts, field.name) for field in fields(counts)}
    return {**values, "days": _in_order(counts.days)}


def _in_order(days: Iterable[date]) -> tuple[date, ...]:
    return tuple(sorted(set(days)))
