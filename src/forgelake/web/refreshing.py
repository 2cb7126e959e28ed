"""Asking forges for people's repositories beside the requests: a page waits a little, then shows what is known."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import structlog

from forgelake.model.errors import ForgelakeError

WAIT_SECONDS: Final = 10.0
"""How long a page waits for the forges; many tokens and long lists take longer."""

_log = structlog.get_logger()


@dataclass(slots=True)
class _Asking:
    """One account's forges being asked in a thread that ends with the server."""

    ask: Callable[[], list[str]]
    faults: list[str] = field(default_factory=list)
    thread: threading.Thread = field(init=False)

    def __post_init__(self) -> None:
        self.thread = threading.Thread(target=self._run, name="refresh", daemon=True)
        self.thread.start()

    def _run(self) -> None:
        try:
            self.faults += self.ask()
        except ForgelakeError as error:
            self.faults.append(str(error))
        except Exception:  # noqa: BLE001 - a thread has nobody to tell but the log and the page
            _log.exception("forges could not be asked")
            self.faults.append("the forges could not be asked; the server's log says why")


class Refreshing:
    """Which accounts' forges this process is asking; of each account once at a time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._asking: dict[str, _Asking] = {}

    def begin(self, account: str, ask: Callable[[], list[str]]) -> None:
        """Ask, unless that goes on already, and wait a little; ``ask`` returns what went wrong, in words."""
        with self._lock:
            one = self._asking.get(account)
            if one is None or not one.thread.is_alive():
                one = self._asking[account] = _Asking(ask)
        one.thread.join(WAIT_SECONDS)

    def goes_on(self, account: str) -> bool:
        """Whether an account's forges are being asked."""
        one = self._asking.get(account)
        return one is not None and one.thread.is_alive()

    def faults(self, account: str) -> list[str]:
        """What went wrong when they were last asked; told once."""
        with self._lock:
            return [] if self.goes_on(account) or account not in self._asking else self._asking.pop(account).faults
