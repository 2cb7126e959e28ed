"""Telling channels what waits for them: in order, each channel apart, and kept until it was taken."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Final

import structlog

from forgelake.alerts.channels.sending import send
from forgelake.alerts.notices import about_alert
from forgelake.alerts.steps import Event, new
from forgelake.model.errors import ConfigurationError, ForgelakeError, RetryError, UsageError, nearest
from forgelake.pipelines.clock import Clock
from forgelake.pipelines.context import Context
from forgelake.state.notices import NoticeRow

NO_CHANNEL: Final = "it has no channel; name some in its key to"
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Tried:
    """How a test of a channel went; ``told`` is what went wrong, empty if nothing did."""

    channel: str
    told: str


def tell(context: Context, clock: Clock, *, digests: bool) -> None:
    """Tell every channel what waits for it.

    Raises:
        RetryError: a channel could not be told, and may be later.
        ConfigurationError: a channel refuses, and a person has to mend that.
    """
    waiting: dict[str, list[NoticeRow]] = defaultdict(list)
    for notice in context.state.notices.waiting(digests=digests):
        waiting[notice.channel].append(notice)
    faults = [
        (name, fault)
        for name, notices in waiting.items()
        if (fault := _told(context, clock, name, notices)) is not None
    ]
    if not faults:
        return
    message = "; ".join(f"channel {name}: {fault}" for name, fault in faults)
    if any(isinstance(fault, RetryError) for _, fault in faults):
        raise RetryError(message)
    raise ConfigurationError(message)


def test(context: Context, clock: Clock, name: str) -> list[Tried]:
    """Tell each channel how an alert stands, and that this is a test; nothing is kept of it.

    Raises:
        UsageError: there is no such alert, or it has no channel.
    """
    alerts, now = context.settings.alerts, context.clock()
    if name not in alerts:
        there = f"the alerts are {', '.join(alerts)}" if alerts else "none are set"
        message = f'there is no alert "{name}"{nearest(name, alerts)}; {there}'
        raise UsageError(message)
    alert = alerts[name]
    if not alert.to:
        message = f"{name}: {NO_CHANNEL}"
        raise UsageError(message)
    row = context.state.alerts.all_rows().get(name) or new(name, now)
    tried = []
    for notice in about_alert(row, alert, Event.TEST, alert.to, now):
        fault = _sent(context, clock, notice)[1]
        tried.append(Tried(notice.channel, str(fault or "")))
    return tried


def _told(context: Context, clock: Clock, name: str, notices: list[NoticeRow]) -> ForgelakeError | None:
    """Tell a channel, up to the first notice that it does not take: what is told later was made later."""
    if name not in context.settings.channels:
        context.state.notices.drop(name)
        _log.warning("a channel that is not set any more is not told", channel=name, notices=len(notices))
        return None
    for notice in notices:
        receipt, fault = _sent(context, clock, notice)
        if fault is not None:
            context.state.notices.failed(notice.id, str(fault))
            _log.warning("channel was not told", channel=name, subject=notice.subject, error=str(fault))
            return fault
        context.state.notices.sent(notice.id, receipt, context.clock())
    return None


def _sent(context: Context, clock: Clock, notice: NoticeRow) -> tuple[str | None, ForgelakeError | None]:
    try:
        return send(context, clock, notice), None
    except ForgelakeError as error:
        return None, error
