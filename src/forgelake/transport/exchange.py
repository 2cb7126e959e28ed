"""One request to an API and its whole answer in memory.

Passing faults are tried again here; what a status means is for the caller to say. Redirects are not followed: they
may lead to another host, which a token must never reach.
"""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Final, Self, TypeAlias

import httpx2

from forgelake.model.errors import RetryError, SkipError
from forgelake.transport.client import HttpOptions
from forgelake.transport.faults import PassingFault, retry_after
from forgelake.transport.guard import GuardedTransport
from forgelake.transport.trust import trusted
from forgelake.transport.urls import shown

PASSING: Final = frozenset({408, 425, 500, 502, 503, 504})
MAX_BYTES: Final = 64 << 20


@dataclass(frozen=True, slots=True)
class Exchange:
    """An answer. ``body`` is as received, a Content-Encoding undone; names in ``headers`` have no case."""

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes


Ask: TypeAlias = Callable[[str], Exchange]
"""Gets the answer to a URL."""


class ApiClient:
    """Connections to one API; use it as a context manager."""

    def __init__(self, options: HttpOptions, headers: Mapping[str, str], sleep: Callable[[float], None]) -> None:
        """Args: how to ask, what every request says, and how to wait between attempts (seconds)."""
        self._options = options
        self._sleep = sleep
        self._http = httpx2.Client(
            headers={"User-Agent": options.user_agent, "Accept-Encoding": "gzip", **headers},
            timeout=options.timeout_seconds,
            verify=trusted(),
            transport=GuardedTransport(options.guard) if options.guard else None,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._http.close()

    def get(self, url: str, headers: Mapping[str, str]) -> Exchange:
        """See ``ask``."""
        return self.ask("GET", url, headers, attempts=self._options.attempts)

    def ask(
        self, method: str, url: str, headers: Mapping[str, str], *, attempts: int, body: bytes | None = None
    ) -> Exchange:
        """Ask until there is an answer that does not look like a passing fault.

        Raises:
            RetryError: the attempts are used up, or the server asks to wait longer than we are willing to.
            SkipError: the answer is far larger than any that an API gives.
        """
        for attempt in range(1, attempts + 1):
            try:
                return self._once(method, url, headers, body)
            except PassingFault as fault:
                wait = fault.wait_seconds or self._backoff(attempt)
                if attempt == attempts or wait > self._options.max_retry_after_seconds:
                    message = f"{fault}; given up after {attempt} attempts"
                    raise RetryError(message, fault.wait_seconds) from fault
            self._sleep(wait)
        raise AssertionError

    def _once(self, method: str, url: str, headers: Mapping[str, str], sent: bytes | None) -> Exchange:
        try:
            with self._http.stream(
                method, url, headers=dict(headers), content=sent, follow_redirects=False
            ) as response:
                body = self._body(response)
        except httpx2.RequestError as error:
            message = f"{shown(url)} failed: {type(error).__name__} {error}".rstrip()
            raise PassingFault(message) from error
        if response.status_code in PASSING:
            message = f"{shown(url)} answered {response.status_code} {response.reason_phrase}".rstrip()
            raise PassingFault(message, retry_after(response.headers))
        return Exchange(url, response.status_code, response.headers, body)

    def _body(self, response: httpx2.Response) -> bytes:
        body = bytearray()
        for chunk in response.iter_bytes():
            body += chunk
            if len(body) > MAX_BYTES:
                message = f"{shown(str(response.url))} is larger than {MAX_BYTES} bytes"
                raise SkipError(message)
        return bytes(body)

    def _backoff(self, attempt: int) -> float:
        options = self._options
        jitter = random.uniform(0, options.backoff_seconds)  # noqa: S311 - spreads requests, guards nothing
        return min(options.backoff_max_seconds, options.backoff_seconds * 2 ** (attempt - 1) + jitter)
