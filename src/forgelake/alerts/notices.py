"""Notices: what a channel is told, made once and the same on every channel."""

import secrets
import time
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from forgelake.alerts.steps import Event
from forgelake.settings.alerts import AlertSettings
from forgelake.state.alerts import AlertRow
from forgelake.state.notices import NoticeRow

_TITLES: Mapping[Event, str] = {
    Event.FIRING: "{name}: fires",
    Event.REPEATED: "{name}: still fires",
    Event.RECOVERED: "{name}: over",
    Event.TEST: "{name}: a test, nothing new has happened",
}


def about_alert(
    row: AlertRow, alert: AlertSettings, event: Event, channels: Iterable[str], now: datetime
) -> list[NoticeRow]:
    """What each channel is told of an alert."""
    content = {
        "title": f"[forgelake] {_TITLES[event].format(name=row.name)}",
        "text": _text(row, event),
        "alert": row.name,
        "kind": alert.kind,
        "metric": alert.metric,
        "value": row.value,
        "state": str(row.state),
        "since": row.since.isoformat(),
    }
    return made(row.name, event, content, now, channels)


def made(
    subject: str, event: str, content: Mapping[str, Any], now: datetime, channels: Iterable[str]
) -> list[NoticeRow]:
    """A notice for each channel; ids are in the order of their making."""
    return [NoticeRow(_id(), channel, subject, str(event), content, now) for channel in channels]


def _text(row: AlertRow, event: Event) -> str:
    seen = row.words if row.unknown_since is None else f"Not known since {_shown(row.unknown_since)}: {row.words}"
    lines = [f"{seen}."] if seen else []
    if event is Event.REPEATED:
        lines.append(f"It fires since {_shown(row.since)}.")
    if event is Event.TEST:
        lines.append("This is a test of the channel.")
    lines.append(f"Checked {_shown(row.checked_at)}.")
    return "\n".join(lines)


def _shown(when: datetime) -> str:
    return f"{when:%Y-%m-%d %H:%M} UTC"


def _id() -> str:
    return f"{time.time_ns():016x}{secrets.token_hex(8)}"
