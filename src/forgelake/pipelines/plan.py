"""Which hours a run has to do, and from where it continues."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from forgelake.model.errors import UsageError
from forgelake.model.hours import FIRST_HOUR, Hour, hours_between
from forgelake.model.slices import SliceStatus
from forgelake.pipelines.context import Context
from forgelake.pipelines.slice_task import SOURCE, SliceTask
from forgelake.sources.gharchive.due import last_complete
from forgelake.state.ledger_rows import LedgerRow

SETTLED = (SliceStatus.RECEIVED, SliceStatus.MISSING, SliceStatus.REFUSED, SliceStatus.EMPTY)
"""Statuses past which the bookmark may move: the ledger knows what became of the hour."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What was asked for.

    Attributes:
        first, last: the period that the run answers for, both hours included.
        hours: the hours to be looked at, a superset of the period when older gaps are asked for again.
        continuing: whether the run goes on from the bookmark and moves it.
        again: whether hours are collected although they were received.
    """

    first: Hour
    last: Hour
    hours: tuple[Hour, ...]
    continuing: bool = False
    again: bool = False


def period(first: Hour, last: Hour, now: datetime, *, again: bool = False) -> Plan:
    """The hours from first to last, as far as they exist.

    Raises:
        UsageError: the period is upside down or lies before the archive or in the future.
    """
    if first > last:
        message = f"--from {first} is after --to {last}; give the earlier hour first"
        raise UsageError(message)
    over = Hour.containing(now).shifted(-1)
    start, end = max(first, FIRST_HOUR), min(last, over)
    if start > end:
        message = f"no archive hour from {first} to {last}: the archive runs from {FIRST_HOUR} to {over}"
        raise UsageError(message)
    return Plan(start, end, tuple(hours_between(start, end)), again=again)


def latest(hours: int, context: Context) -> Plan:
    """The last complete hours, as far as they exist."""
    last = last_complete(context.clock(), context.settings.gharchive.publish_delay_minutes)
    existing = (last.start - FIRST_HOUR.start) // timedelta(hours=1) + 1
    return period(last.shifted(1 - min(hours, max(1, existing))), last, context.clock())


def continuing(context: Context) -> Plan:
    """From the bookmark, or the baseline on a first run, to the last complete hour; and gaps that are due again."""
    settings, now = context.settings.gharchive, context.clock()
    last = last_complete(now, settings.publish_delay_minutes)
    bookmark = context.state.bookmarks.get(SOURCE)
    first = Hour.containing(bookmark) if bookmark else last.shifted(1 - 24 * max(settings.baseline_days, 0))
    due = {Hour.containing(row.start) for row in context.state.ledger.due(SOURCE, now)}
    hours = due | set(hours_between(first, last))
    return Plan(first, max(first, last), tuple(sorted(hours)), continuing=True)


def move_bookmark(context: Context, plan: Plan, run_id: str) -> None:
    """Move the bookmark over all hours of which the ledger knows what became of them, and no further.

    The bookmark is the first hour that is not settled; hours after it are collected all the same.
    """
    rows = context.state.ledger.rows(SOURCE, plan.first.start, plan.last.end)
    settled = {row.start for row in rows if row.status in SETTLED or is_set_aside(row)}
    position = plan.first
    while position.start in settled:
        position = position.shifted(1)
    if position.start != context.state.bookmarks.get(SOURCE):
        context.state.bookmarks.set(SOURCE, position.start, run_id, context.clock())


def is_set_aside(row: LedgerRow) -> bool:
    """Whether a slice is left alone until a person asks for it: a failed one is otherwise due again some time."""
    return row.status is SliceStatus.FAILED and row.next_ask_at is None


def task_for(context: Context, hour: Hour, rows: Iterable[LedgerRow], *, again: bool) -> SliceTask | None:
    """What is left to do for an hour, given what the ledger has on it; None if nothing."""
    settings = context.settings.gharchive
    known = {row.origin: row for row in rows}
    unite = hour >= settings.unite_from
    received = {name for name, row in known.items() if row.status is SliceStatus.RECEIVED}
    configured = [origin for origin in context.origins if again or origin.name not in received]
    if not unite and not again and any(origin.name in received for origin in context.origins):
        return None
    landed = tuple(
        row.receipt for row in known.values() if row.status is SliceStatus.LANDED and row.receipt is not None
    )
    if not configured and not landed:
        return None
    landed_origins = {receipt.key.origin for receipt in landed}
    return SliceTask(
        hour=hour,
        origins=tuple((o, _times_missing(known.get(o.name))) for o in configured if o.name not in landed_origins),
        all_origins=unite,
        landed=landed,
        now=context.clock(),
        missing_after_hours=settings.missing_after_hours,
        ask_again_hours=settings.ask_again_hours,
    )


def _times_missing(row: LedgerRow | None) -> int:
    return row.attempts if row is not None and row.status is SliceStatus.MISSING else 0


def span(hours: str) -> int:
    """The number of hours in ``24h`` or ``7d``.

    Raises:
        UsageError: it is neither.
    """
    number, unit = hours[:-1], hours[-1:]
    if not number.isdecimal() or unit not in ("h", "d") or int(number) < 1:
        message = f'"{hours}" is no number of hours or days; write it like 24h or 7d'
        raise UsageError(message)
    return int(number) * (24 if unit == "d" else 1)


def all_hours(context: Context) -> Plan:
    """The whole archive."""
    last = last_complete(context.clock(), context.settings.gharchive.publish_delay_minutes)
    return period(FIRST_HOUR, last, context.clock())


def shown(listings: Iterable[list[Hour]], most: int) -> Plan | None:
    """The latest hours that the origins' listings show, for mirrors that hold nothing recent; None without any."""
    hours = sorted({hour for listing in listings for hour in listing})[-most:]
    return Plan(hours[0], hours[-1], tuple(hours)) if hours else None
