"""A timeline on watch: when it is due, what is known of it, and what its answers mean."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from forgelake.model.slices import SliceStatus
from forgelake.pipelines.polls.landing import Memory
from forgelake.sources.github.answer import Answer
from forgelake.sources.github.timelines import Timeline

ASK_AGAIN: Final = timedelta(hours=1)
"""What cannot be had for a lasting reason is asked for again after this time, because reasons end."""

_GONE: Final = (404, 410, 451)


@dataclass(slots=True)
class Watch:
    """One timeline.

    Attributes:
        timeline, origin: which one, and what the ledger calls it.
        url: its first page; another one once the API said that it has moved.
        next_at: when it is due.
        memory: what earlier polls of it held; None until its lease is held.
        spent: requests of its last poll that counted.
        told: what was last said of a fault, so that it is said once.
    """

    timeline: Timeline
    origin: str
    url: str
    next_at: datetime
    memory: Memory | None = None
    spent: int = 0
    told: str = field(default="")

    @property
    def lease(self) -> str:
        """What a process holds while it polls the timeline."""
        return lease(self.origin)


def lease(origin: str) -> str:
    """The name of a timeline's lease."""
    return f"github/{origin}"


def verdict(timeline: Timeline, answer: Answer) -> tuple[SliceStatus, str]:
    """What an answer without events means, and what to do about it, in words for a person."""
    said = f': "{answer.message}"' if answer.message else ""
    title, setting = timeline.title, timeline.setting
    reasons = {
        403: f"GitHub does not let us see it{said}; give a token that may read it",
        404: f"there is none, or it is private; correct {setting}, or give a token that may read it",
        410: f"it is gone{said}; take it out of {setting}",
        451: f"it is blocked for legal reasons{said}; what was collected stays, take it out of {setting}",
    }
    reason = reasons.get(answer.status, f"an answer that nobody expected{said}")
    status = SliceStatus.MISSING if answer.status in _GONE else SliceStatus.FAILED
    return status, f"{title}: {reason} ({answer.status})"
