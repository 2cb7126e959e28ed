"""HTTP downloads that survive bad days: retried, resumed, checked for length, never decoded.

Bodies are kept exactly as sent: an archive hour *is* a gzip file, so no Content-Encoding is asked for and none undone.
A body for which the server announces no length and which merely stops cannot be told from a whole one here; the reader
of the gzip file can.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar, overload

import httpx2
import stamina

from forgelake.model.errors import RetryError, SkipError
from forgelake.transport.download import Download, Progress, part_file
from forgelake.transport.faults import PassingFault, refusal
from forgelake.transport.guard import Guard
from forgelake.transport.transfer import Transfer
from forgelake.transport.trust import trusted
from forgelake.transport.urls import shown

MAX_REDIRECTS = 5
PROBE_SECONDS = 10.0
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class HttpOptions:
    """How the other side is asked.

    Attributes:
        timeout_seconds: time without a byte after which a request has failed.
        attempts: how often a request is made before it counts as failed.
        backoff_seconds: wait before the second attempt, doubled each time; as much again is added at random.
        backoff_max_seconds: what the wait never exceeds.
        max_retry_after_seconds: the longest Retry-After that is waited.
        user_agent: how we name ourselves.
        guard: where an API's client must not go; None where the address is the operator's own.
    """

    timeout_seconds: float = 60.0
    attempts: int = 6
    backoff_seconds: float = 0.5
    backoff_max_seconds: float = 60.0
    max_retry_after_seconds: float = 300.0
    user_agent: str = "forgelake"
    guard: Guard | None = None


class HttpClient:
    """Connections to any number of servers; safe to share between threads; use it as a context manager."""

    def __init__(self, options: HttpOptions) -> None:
        self._options = options
        self._http = httpx2.Client(
            headers={"User-Agent": options.user_agent, "Accept-Encoding": "identity", "Accept": "*/*"},
            timeout=options.timeout_seconds,
            follow_redirects=True,
            max_redirects=MAX_REDIRECTS,
            verify=trusted(),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections."""
        self._http.close()

    @overload
    def download(self, url: str, into: Path, *, progress: Progress | None = None) -> Download: ...

    @overload
    def download(self, url: str, into: Path, *, etag: str, progress: Progress | None = None) -> Download | None: ...

    def download(
        self, url: str, into: Path, *, etag: str | None = None, progress: Progress | None = None
    ) -> Download | None:
        """Receive a body into a new file in the folder ``into``; None when it still has the given ETag.

        Raises:
            NotPublishedError: there is nothing at that URL.
            SkipError: the server refuses, redirects in circles or answers something else than a body.
            RetryError: the attempts are used up, or the server asks to wait longer than we are willing to.
            StopError: the folder cannot be written.
        """
        with part_file(into, progress) as part:
            transfer = Transfer(shown(url), part, known_etag=etag)
            if not self._insistently(lambda: self._request(url, transfer.request_headers(), transfer.receive)):
                part.path.unlink()
                return None
            return Download(
                path=part.path,
                size=part.size,
                sha256=part.sha256,
                url=transfer.url,
                etag=transfer.etag,
                last_modified=transfer.last_modified,
                received_at=datetime.now(UTC),
            )

    def get_text(self, url: str, max_bytes: int) -> str:
        """A small page as text; bytes that are not in its character set become question marks.

        Raises:
            SkipError: as ``download`` does, and when the page is larger than ``max_bytes``.
            RetryError: as ``download`` does.
        """

        def read(response: httpx2.Response) -> str:
            if response.status_code != httpx2.codes.OK:
                raise refusal(response, shown(url))
            body = b""
            for chunk in response.iter_raw():
                body += chunk
                if len(body) > max_bytes:
                    message = f"{shown(url)} is larger than {max_bytes} bytes"
                    raise SkipError(message)
            return body.decode("utf-8", errors="replace")

        return self._insistently(lambda: self._request(url, {}, read))

    def unreachable(self, url: str) -> str:
        """Why no answer at all comes from a server, after one short attempt; empty if one comes, whatever it says."""
        try:
            with self._http.stream("GET", url, timeout=min(PROBE_SECONDS, self._options.timeout_seconds)):
                return ""
        except httpx2.RequestError as error:
            return f"{shown(url)}: {type(error).__name__} {error}".rstrip()

    def _request(self, url: str, headers: dict[str, str], take: Callable[[httpx2.Response], _T]) -> _T:
        """One request, with httpx's errors told as passing or lasting."""
        try:
            with self._http.stream("GET", url, headers=headers) as response:
                return take(response)
        except (httpx2.UnsupportedProtocol, httpx2.InvalidURL, httpx2.TooManyRedirects) as error:
            message = f"{shown(url)} cannot be followed: {error}"
            raise SkipError(message) from error
        except httpx2.RequestError as error:
            message = f"{shown(url)} failed: {type(error).__name__} {error}".rstrip()
            raise PassingFault(message) from error

    def _insistently(self, act: Callable[[], _T]) -> _T:
        """Repeat an act that meets passing faults."""
        options = self._options
        call = stamina.RetryingCaller(
            attempts=options.attempts,
            timeout=None,
            wait_initial=options.backoff_seconds,
            wait_max=options.backoff_max_seconds,
            wait_jitter=options.backoff_seconds,
        )
        try:
            return call(self._next_wait, act)
        except PassingFault as fault:
            raise self._given_up(fault) from fault

    def _next_wait(self, error: Exception) -> bool | float:
        """Stamina's question: the seconds until the next attempt, True for its own backoff, False to give up."""
        if not isinstance(error, PassingFault):
            return False
        if not error.wait_seconds:
            return True
        return error.wait_seconds if error.wait_seconds <= self._options.max_retry_after_seconds else False

    def _given_up(self, fault: PassingFault) -> RetryError:
        asked, limit = fault.wait_seconds, self._options.max_retry_after_seconds
        if asked is not None and asked > limit:
            allowed = f"the {limit:g} s that http.max_retry_after_seconds allows"
            return RetryError(f"{fault} and asks to wait {asked:g} s, longer than {allowed}", asked)
        return RetryError(f"{fault}; given up after {self._options.attempts} attempts", asked)
