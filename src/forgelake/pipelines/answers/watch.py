"""Looks after an answer while it is made: notes how far it is, and ends it when nobody wants it any more."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import Enum
from types import TracebackType
from typing import Final, Protocol, Self

import structlog

from forgelake.model.errors import RetryError
from forgelake.pipelines.clock import Clock
from forgelake.query.engine import Progress
from forgelake.state.answers import AnswerRow, Answers, AnswerState

LOOK_EVERY_SECONDS: Final = 1.0
MOST_SHARE: Final = 0.99
"""Told of what is not done yet, whatever the engine counts."""

_log = structlog.get_logger()


class Ending(Enum):
    """Why an answer was not made to its end."""

    CANCELLED = "nobody wants it any more, or another worker makes it"
    STOPPED = "the worker ends"
    LATE = "it took too long"


class Going(Protocol):
    """What is at the answer: DuckDB or Spark."""

    def interrupt(self) -> None:
        """End what runs now."""
        ...

    def progress(self) -> Progress | None:
        """How far it is."""
        ...


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
        waited = 0.0
        # Again and again: an interruption does not reach what has not begun.
        while not self._over.wait(LOOK_EVERY_SECONDS):
            waited += LOOK_EVERY_SECONDS
            self.ending = self.ending or self._reason(waited)
            if self.ending is not None:
                self._quietly(self.going.interrupt)

    def _reason(self, waited: float) -> Ending | None:
        if self.clock.stopped():
            return Ending.STOPPED
        if waited >= self.seconds:
            return Ending.LATE
        self._quietly(self._note)
        return self.ending

    def _note(self) -> None:
        told = self.going.progress()

        def noted(row: AnswerRow) -> AnswerRow | None:
            if row.attempt != self.row.attempt or row.state is not AnswerState.RUNNING:
                return None
            if told is None:
                return row
            return replace(row, share=max(row.share or 0.0, min(told.share, MOST_SHARE)), share_of=told.counts)

        if self.answers.change(self.row.id, noted) is None:
            self.ending = Ending.CANCELLED

    def _quietly(self, doing: Callable[[], None]) -> None:
        """What cannot be noted now is noted at the next look."""
        try:
            doing()
        except RetryError as error:
            _log.warning("how far an answer is could not be noted", answer=self.row.id, error=str(error))
        except Exception:  # noqa: BLE001 - Py4J's and Spark's share no class, and none may end the look
            _log.exception("an answer could not be looked after", answer=self.row.id)
