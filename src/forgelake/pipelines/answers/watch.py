"""Looks after an answer while it is made: notes how far it is, and ends it when nobody wants it any more."""

import threading
import time
from dataclasses import dataclass, field, replace
from enum import Enum
from types import TracebackType
from typing import Final, Self

import structlog

from forgelake.pipelines.clock import Clock
from forgelake.query.engine import Going
from forgelake.state.answers import AnswerRow, Answers

LOOK_EVERY_SECONDS: Final = 1.0
MOST_SHARE: Final = 0.99
"""Told of what is not done yet, whatever the engine counts."""

_log = structlog.get_logger()


class Ending(Enum):
    """Why an answer was not made to its end."""

    CANCELLED = "nobody wants it any more, or another worker makes it"
    STOPPED = "the worker ends"
    LATE = "it took too long"


@dataclass
class Watch:
    """A thread beside the one that makes an answer, from entering to leaving.

    Attributes:
        ending: why it ended the work; None as long as it did not.
    """

    answers: Answers
    row: AnswerRow
    going: Going
    clock: Clock
    seconds: float
    ending: Ending | None = None
    _over: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._look, name=f"answer-{self.row.id}", daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        deadline = time.monotonic() + self.seconds
        while not self._over.wait(LOOK_EVERY_SECONDS):
            try:
                self.ending = self.ending or self._reason(deadline)
                if self.ending is not None:
                    self.going.interrupt()
            except Exception as error:  # noqa: BLE001 - Py4J's and ours share no class, and the next look may go well
                _log.warning("an answer could not be looked after", answer=self.row.id, error=str(error))

    def _reason(self, deadline: float) -> Ending | None:
        if self.clock.stopped():
            return Ending.STOPPED
        if time.monotonic() >= deadline:
            return Ending.LATE
        return None if self._noted() else Ending.CANCELLED

    def _noted(self) -> bool:
        """Note how far the answer is; returns whether this attempt is still wanted."""
        told, attempt = self.going.progress(), self.row.attempt

        def noted(row: AnswerRow) -> AnswerRow | None:
            if row.attempt != attempt or told is None:
                return None
            return replace(row, share=min(told.share, MOST_SHARE), share_of=told.counts)

        if told is not None:
            return self.answers.change(self.row.id, noted) is not None
        row = self.answers.get(self.row.id)
        return row is not None and row.attempt == attempt
