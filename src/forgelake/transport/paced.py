"""An API that says in its answers when it wants to be asked again: GitLab's limits, Azure DevOps' delays.

Both send Retry-After, Azure DevOps with answers of status 200, too; GitLab says how many requests remain until when
(RateLimit-Remaining, RateLimit-Reset), Azure DevOps the same with an X- before it.
"""

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from types import TracebackType
from typing import Final, Self

from forgelake.model.errors import RetryError
from forgelake.transport.client import HttpOptions
from forgelake.transport.exchange import ApiClient, Exchange
from forgelake.transport.faults import http_date, retry_after
from forgelake.transport.urls import shown

LONGEST_WAIT: Final = 30.0
"""Seconds; a longer wait is left to the next run, so that one person's limit does not hold up the others."""

WITHOUT_WORD: Final = 60.0
"""Seconds that a refusal without a time means."""

_TOO_MANY: Final = 429


class PacedClient:
    """Asks one API no faster than it wants; use it as a context manager, in one thread."""

    def __init__(self, options: HttpOptions, headers: Mapping[str, str], sleep: Callable[[float], None]) -> None:
        self._http = ApiClient(options, headers, sleep)
        self._attempts = options.attempts
        self._sleep = sleep
        self._free_at = 0.0

    def __enter__(self) -> Self:
        self._http.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._http.__exit__(kind, error, traceback)

    def get(self, url: str) -> Exchange:
        """The answer to a URL, after whatever wait the API asked for before.

        Raises:
            RetryError: the wait is long, or the API refuses for its limit again and again.
        """
        for _ in range(self._attempts):
            self._wait(url)
            exchange = self._http.get(url, {})
            self._free_at = time.monotonic() + asked_wait(exchange)
            if exchange.status != _TOO_MANY:
                return exchange
        self._wait(url)
        message = f"{shown(url)} refuses for its limit (429), after {self._attempts} attempts"
        raise RetryError(message)

    def _wait(self, url: str) -> None:
        seconds = self._free_at - time.monotonic()
        if seconds > LONGEST_WAIT:
            message = f"{shown(url)} wants to be asked again in {seconds:.0f} s"
            raise RetryError(message, seconds)
        if seconds > 0:
            self._sleep(seconds)


def asked_wait(exchange: Exchange) -> float:
    """Seconds until an API may be asked again, as its answer says; counted by its own clock."""
    said = exchange.headers
    if (seconds := retry_after(said)) is not None:
        return seconds
    reset = said.get("ratelimit-reset") or said.get("x-ratelimit-reset") or ""
    remaining = said.get("ratelimit-remaining") or said.get("x-ratelimit-remaining")
    if (remaining == "0" or exchange.status == _TOO_MANY) and reset.isdecimal():
        since = http_date(said.get("date")) or datetime.now(UTC)
        return max(0.0, int(reset) - since.timestamp())
    return WITHOUT_WORD if exchange.status == _TOO_MANY else 0.0
