"""From one check to the next: what becomes of an alert, and whether there is something to tell. Pure."""

from dataclasses import replace
from datetime import datetime
from enum import StrEnum

from forgelake.alerts.verdict import Verdict
from forgelake.settings.alerts import AlertSettings, span
from forgelake.state.alerts import AlertRow, AlertState


class Event(StrEnum):
    """What a notice says."""

    FIRING = "firing"
    REPEATED = "repeated"
    RECOVERED = "recovered"
    TEST = "test"


def new(name: str, now: datetime) -> AlertRow:
    """How an alert stands that was never checked."""
    return AlertRow(name, AlertState.QUIET, now, None, None, "", None, now)


def step(
    name: str, alert: AlertSettings, before: AlertRow | None, verdict: Verdict, now: datetime
) -> tuple[AlertRow, Event | None]:
    """How an alert stands after a check, and what is to be told.

    Where a condition cannot be said to hold or not, the alert stays as it is; one that fires is repeated all the same.
    """
    row = before or new(name, now)
    row = replace(row, words=verdict.words, checked_at=now)
    if verdict.holds is None:
        row = replace(row, unknown_since=row.unknown_since or now)
        return _again(row, alert, now) if row.state is AlertState.FIRING else (row, None)
    row = replace(row, unknown_since=None, value=verdict.value)
    if not verdict.holds:
        return _cleared(row, now)
    if row.state is AlertState.QUIET:
        row = replace(row, state=AlertState.PENDING, since=now)
    if row.state is AlertState.FIRING:
        return _again(row, alert, now)
    if now - row.since >= span(alert.hold):
        return replace(row, state=AlertState.FIRING, since=now, told_at=now), Event.FIRING
    return row, None


def _again(row: AlertRow, alert: AlertSettings, now: datetime) -> tuple[AlertRow, Event | None]:
    every = span(alert.repeat)
    if not every or row.told_at is None or now - row.told_at < every:
        return row, None
    return replace(row, told_at=now), Event.REPEATED


def _cleared(row: AlertRow, now: datetime) -> tuple[AlertRow, Event | None]:
    if row.state is AlertState.QUIET:
        return row, None
    event = Event.RECOVERED if row.state is AlertState.FIRING else None
    return replace(row, state=AlertState.QUIET, since=now, told_at=None), event
