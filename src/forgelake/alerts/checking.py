"""Checking: every alert is looked at, noted with what is to be told, and then the channels are told."""

from collections.abc import Callable
from datetime import timedelta
from typing import Final

import structlog

from forgelake.alerts.conditions import look
from forgelake.alerts.notices import about_alert
from forgelake.alerts.numbers import Numbers
from forgelake.alerts.steps import step
from forgelake.alerts.telling import tell
from forgelake.alerts.verdict import Verdict, unknown
from forgelake.metrics.catalogue import Catalogue, folders
from forgelake.model.errors import ConfigurationError, StopError, UsageError
from forgelake.pipelines.clock import Clock
from forgelake.pipelines.context import Context
from forgelake.settings.alerts import AlertSettings
from forgelake.state.alerts import AlertState

KEPT: Final = timedelta(days=90)
"""How long what was told is kept."""

_log = structlog.get_logger()


def check(context: Context, clock: Clock, watch: Callable[[], None] = lambda: None) -> list[str]:
    """Look at every alert and tell the channels.

    Args:
        watch: called between two alerts; may end the run by an exception.

    Returns:
        What is wrong with alerts, in words.

    Raises:
        RetryError, ConfigurationError: a channel could not be told; what it was to be told is kept.
    """
    state, alerts, now = context.state, context.settings.alerts, context.clock()
    numbers = Numbers(context.lake.now(0), Catalogue.load(folders(context.settings.metrics.folder)), now)
    before, faults = state.alerts.all_rows(), list[str]()
    for name, alert in alerts.items():
        watch()
        verdict = _looked(context, numbers, name, alert, faults)
        row, event = step(name, alert, before.get(name), verdict, now)
        state.alerts.note(row, about_alert(row, alert, event, alert.to, now) if event else ())
        if event:
            _log.info("alert", alert=name, told=str(event), words=row.words)
    state.alerts.keep_only(alerts)
    firing = [name for name, row in state.alerts.all_rows().items() if row.state is AlertState.FIRING]
    state.notices.forget(now - KEPT, firing)
    tell(context, clock, digests=False)
    return faults


def _looked(context: Context, numbers: Numbers, name: str, alert: AlertSettings, faults: list[str]) -> Verdict:
    """The verdict on an alert; one that asks for what there is not must not keep others from being looked at."""
    try:
        return look(context, numbers, alert)
    except (UsageError, ConfigurationError, StopError) as error:
        faults.append(f"{name}: {error}")
        return unknown(str(error))
