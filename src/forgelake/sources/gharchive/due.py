"""Which hours to ask for, and what an origin's "not found" means. Pure functions of the time given.

An hour is published some minutes after its end, late ones hours later, and some never are: GH Archive's issue 225 lists
gaps from one hour to five days. So "not found" first means awaited and then missing, and a missing hour is asked for
ever more rarely, but always again, because gaps have been filled after weeks.
"""

from datetime import datetime, timedelta
from typing import NamedTuple

from forgelake.model.hours import Hour
from forgelake.model.slices import SliceStatus

AWAITED_EVERY = timedelta(minutes=10)
MISSING_AT_LEAST_EVERY = timedelta(days=7)
_DOUBLINGS = 16
"""More would change nothing, and numbers would grow without bound."""


class Verdict(NamedTuple):
    """What goes into the ledger for an hour that was not found."""

    status: SliceStatus
    reason: str
    next_ask_at: datetime


def last_complete(now: datetime, publish_delay_minutes: int) -> Hour:
    """The latest hour that may be published by now: over, and for that many minutes."""
    return Hour.containing(now - timedelta(minutes=publish_delay_minutes)).shifted(-1)


def verdict_for_404(
    hour: Hour, now: datetime, missing_after_hours: int, ask_again_hours: int = 6, times_missing: int = 1
) -> Verdict:
    """Whether an hour that was not found is awaited or missing, and when to ask again.

    Args:
        hour: the hour that was not found.
        now: when it was asked for.
        missing_after_hours: hours after the hour's end until which it is awaited.
        ask_again_hours: hours until a missing hour is asked for again; doubled each time up to seven days.
        times_missing: how often it was not found when it counted as missing, this time included.
    """
    if now < hour.end:
        return Verdict(SliceStatus.AWAITED, "not over yet", hour.end + AWAITED_EVERY)
    if now < hour.end + timedelta(hours=missing_after_hours):
        reason = f"not published yet; awaited for {missing_after_hours} h after its end"
        return Verdict(SliceStatus.AWAITED, reason, now + AWAITED_EVERY)
    doublings = min(max(times_missing, 1) - 1, _DOUBLINGS)
    first = timedelta(hours=ask_again_hours)
    wait = min(first * 2**doublings, max(first, MISSING_AT_LEAST_EVERY))
    return Verdict(SliceStatus.MISSING, f"not published within {missing_after_hours} h of its end", now + wait)
