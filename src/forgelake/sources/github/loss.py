"""What was lost between two polls of a timeline. Pure arithmetic.

A timeline is a window on a stream. Two polls that have an event in common have seen everything between them. Without
one, the window has moved past what lies between the newest event of the one and the oldest of the other, unless the
second poll saw the window's end.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from forgelake.model.coverage import Gap
from forgelake.sources.github.pages import Mark
from forgelake.sources.github.poll import Poll

_SECOND: Final = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Seen:
    """A whole poll that later ones are compared with: when it was asked for, and what it held."""

    at: datetime
    marks: Collection[Mark]


def lost(before: Seen, poll: Poll) -> Gap | None:
    """The time, to the second, of which events were lost between a poll and a later whole one; None if none were."""
    if poll.exhausted or not poll.marks or not set(poll.marks).isdisjoint(before.marks):
        return None
    oldest = min(_instants(poll.marks), default=poll.asked_at)
    # Of a timeline that was empty nothing is known but that.
    newest = max(_instants(before.marks), default=min(before.at, oldest))
    held = "was empty" if not before.marks else f"held events up to {newest:%Y-%m-%dT%H:%M:%SZ}"
    reason = (
        f"the timeline moved on faster than it was polled: at {before.at:%Y-%m-%dT%H:%M:%SZ} it {held}, "
        f"at {poll.asked_at:%Y-%m-%dT%H:%M:%SZ} only events from {oldest:%Y-%m-%dT%H:%M:%SZ} on"
    )
    return Gap(min(oldest, newest), max(oldest, newest) + _SECOND, reason)


def _instants(marks: Iterable[Mark]) -> Iterable[datetime]:
    for mark in marks:
        try:
            instant = datetime.fromisoformat(mark.created_at)
        except ValueError:
            # The normaliser rejects it, with the reason.
            continue
        yield instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)
