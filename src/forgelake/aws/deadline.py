"""The time that a call of a function has: work ends in good order before Lambda ends it without a word."""

import time
from datetime import UTC, datetime
from typing import Final, Protocol

MOST_MARGIN_SECONDS: Final = 180.0
SHARE: Final = 0.25
"""Of the time of a short call, what is kept for ending; an archive hour that was begun has to fit into it."""


class LambdaContext(Protocol):
    """What Lambda says of a call; as much as is needed."""

    aws_request_id: str

    def get_remaining_time_in_millis(self) -> int:
        """How long the call may go on."""
        ...


class Deadline:
    """A clock (``forgelake.pipelines.clock``) that says that it is over some time before the call has to be."""

    def __init__(self, called: LambdaContext) -> None:
        """Args: what Lambda says of the call that has just begun."""
        seconds = called.get_remaining_time_in_millis() / 1000
        self._ends = time.monotonic() + seconds - min(MOST_MARGIN_SECONDS, SHARE * seconds)

    def now(self) -> datetime:
        """The instant, UTC."""
        return datetime.now(UTC)

    def sleep(self, seconds: float) -> None:
        """Wait that long, or until work has to end."""
        time.sleep(max(0.0, min(seconds, self._ends - time.monotonic())))

    def stopped(self) -> bool:
        """Whether work has to end."""
        return time.monotonic() >= self._ends
