"""The time of a live run, and the wish to end it.

A signal only sets a mark, which every wait looks at: what has been received is always landed first.
"""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from types import FrameType
from typing import Final, Protocol

from forgelake.model.errors import ForgelakeError, UsageError

_UNITS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86_400}


def duration(text: str) -> float:
    """The seconds in ``90s``, ``5m``, ``2h`` or ``1d``.

    Raises:
        UsageError: it is none of these.
    """
    number, unit = text[:-1], text[-1:]
    if not number.isdecimal() or unit not in _UNITS or int(number) < 1:
        message = f'"{text}" is no duration; write it like 90s, 5m, 2h or 1d'
        raise UsageError(message)
    return float(int(number) * _UNITS[unit])


class Clock(Protocol):
    """What a live run goes by; tests hand in one that does not really wait."""

    def now(self) -> datetime:
        """The instant, UTC."""
        ...

    def sleep(self, seconds: float) -> None:
        """Wait that long, or until the run has to end."""
        ...

    def stopped(self) -> bool:
        """Whether the run has to end."""
        ...


def until_stopped(clock: Clock, stopped: type[ForgelakeError]) -> Callable[[float], None]:
    """Waits between attempts; raises ``stopped`` when the run has to end."""

    def sleep(seconds: float) -> None:
        clock.sleep(seconds)
        if clock.stopped():
            message = "stopped between two attempts"
            raise stopped(message)

    return sleep


class RealClock:
    """The machine's clock. Live runs go by it even where ``FORGELAKE_NOW`` stops the one that decides what is due."""

    def __init__(self) -> None:
        self._stop = threading.Event()

    def now(self) -> datetime:
        """The instant, UTC."""
        return datetime.now(UTC)

    def sleep(self, seconds: float) -> None:
        """Wait that long, or until the run has to end."""
        self._stop.wait(max(0.0, seconds))

    def stopped(self) -> bool:
        """Whether the run has to end."""
        return self._stop.is_set()

    @contextmanager
    def ended_by_signals(self) -> Iterator[None]:
        """SIGINT and SIGTERM end the run within this block; the second one ends the process."""
        handlers = {number: signal.signal(number, self._signalled) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in handlers.items():
                signal.signal(number, handler)

    def _signalled(self, _number: int, _frame: FrameType | None) -> None:
        if self._stop.is_set():
            raise KeyboardInterrupt
        self._stop.set()
