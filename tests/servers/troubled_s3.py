"""A real S3 server on bad days: it says SlowDown, is slow, or loses an answer.

troubled.trouble = Trouble(refused=3, lost=4)
"""

import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from tests.servers.between import Answer, Between, Request

SLOW_DOWN = Answer(
    503,
    (("Content-Type", "application/xml"),),
    b'<?xml version="1.0" encoding="UTF-8"?>\n'
    b"<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>",
)


@dataclass(frozen=True)
class Trouble:
    """What becomes of requests: every so-manieth one, none where it is 0.

    Attributes:
        refused: answered 503 SlowDown and not carried out.
        lost: carried out, and answered 503 SlowDown all the same.
        slow: answered ``seconds`` later.
    """

    refused: int = 0
    lost: int = 0
    slow: int = 0
    seconds: float = 0.2


NO_TROUBLE = Trouble()


class TroubledS3(Between):
    """The same objects under another address; ``seen`` counts what became of requests."""

    def __init__(self, endpoint: str) -> None:
        super().__init__(endpoint)
        self.trouble = NO_TROUBLE
        self.seen: Counter[str] = Counter()
        self._number = 0
        self._lock = threading.Lock()

    def answered(self, request: Request, forward: Callable[[Request], Answer]) -> Answer:
        trouble = self.trouble
        refused, lost, slow = self._struck(trouble)
        if slow:
            time.sleep(trouble.seconds)
        answer = SLOW_DOWN if refused else forward(request)
        return SLOW_DOWN if lost else answer

    def _struck(self, trouble: Trouble) -> tuple[bool, bool, bool]:
        """What becomes of the next request."""
        with self._lock:
            self._number += 1
            refused, lost, slow = (
                bool(every) and self._number % every == 0 for every in (trouble.refused, trouble.lost, trouble.slow)
            )
            self.seen.update({"refused": refused, "lost": lost and not refused, "slow": slow})
        return refused, lost, slow
