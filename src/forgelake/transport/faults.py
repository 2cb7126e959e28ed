"""What an answer means for the next step: try again, leave it, or not published."""

import email.utils
import re
from collections.abc import Mapping
from datetime import UTC, datetime

import httpx2

from forgelake.model.errors import SkipError

_PASSING_STATUS = frozenset({408, 425, 429})
_S3_CODE = re.compile(rb"<Code>([A-Za-z]{1,60})</Code>")
_LONGEST_ERROR_BODY = 8192


class NotPublishedError(SkipError):
    """The other side has nothing there: 404, 410, S3's NoSuchKey, or no such file."""


class PassingFault(Exception):  # noqa: N818 - not an error of ours yet: it becomes one when attempts are used up
    """A fault that another attempt may get past; ``wait_seconds`` is the wait that the server asked for."""

    def __init__(self, message: str, wait_seconds: float | None = None) -> None:
        super().__init__(message)
        self.wait_seconds = wait_seconds


def refusal(response: httpx2.Response, url: str) -> Exception:
    """The error for an answer that brings no body we asked for; reads a little of its text."""
    status = f"{response.status_code} {response.reason_phrase}".strip()
    message = f"{url} answered {status}"
    if response.status_code in _PASSING_STATUS or response.status_code >= httpx2.codes.INTERNAL_SERVER_ERROR:
        return PassingFault(message, retry_after(response.headers))
    if response.status_code in (httpx2.codes.NOT_FOUND, httpx2.codes.GONE):
        return NotPublishedError(message)
    code = _s3_code(response) if response.status_code == httpx2.codes.FORBIDDEN else None
    if code == "NoSuchKey":
        # Some S3-like stores answer 403 for a key that does not exist.
        return NotPublishedError(f"{message} ({code})")
    return SkipError(f"{message} ({code})" if code else message)


def retry_after(headers: Mapping[str, str]) -> float | None:
    """The seconds that Retry-After asks to wait, given as seconds or as an HTTP date; None without a readable one.

    A date is counted from the answer's own Date, so that a wrong clock on either side does no harm.
    """
    text = headers.get("Retry-After", "").strip()
    if text.isdecimal():
        return float(text)
    until = http_date(text)
    if until is None:
        return None
    since = http_date(headers.get("Date")) or datetime.now(UTC)
    return max(0.0, (until - since).total_seconds())


def http_date(text: str | None) -> datetime | None:
    """An HTTP date in UTC; None if it is none."""
    if not text:
        return None
    try:
        found = email.utils.parsedate_to_datetime(text)
    except ValueError:
        return None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def _s3_code(response: httpx2.Response) -> str | None:
    body = b""
    try:
        for chunk in response.iter_raw(_LONGEST_ERROR_BODY):
            body += chunk
            if len(body) >= _LONGEST_ERROR_BODY:
                break
    except httpx2.TransportError:
        # The status alone says enough.
        return None
    found = _S3_CODE.search(body)
    return found[1].decode("ascii") if found else None
