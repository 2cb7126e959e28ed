"""One body over several requests: what an interrupted transfer goes on with, and when it has to begin anew.

A part is only ever asked for together with a strong validator (RFC 9110, 13.1.5), and everything that a server says
about the part is checked, because mirrors and caches are known to answer ranges of another version.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import NoReturn

import httpx2

from forgelake.transport.download import PartFile
from forgelake.transport.faults import PassingFault, http_date, refusal

_CONTENT_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+|\*)")


@dataclass(slots=True)
class Transfer:
    """A body that is being received into a part file.

    Attributes:
        url: the address in messages, without credentials.
        part: the bytes so far.
        known_etag: the version that the caller has already, if any.
    """

    url: str
    part: PartFile
    known_etag: str | None = None
    etag: str | None = None
    last_modified: datetime | None = None
    _validator: str | None = None
    _total: int | None = None

    def request_headers(self) -> dict[str, str]:
        """What the next request has to say: the rest of the same version, or everything."""
        if self.part.size and self._validator:
            return {"Range": f"bytes={self.part.size}-", "If-Range": self._validator}
        return {"If-None-Match": self.known_etag} if self.known_etag and not self.part.size else {}

    def receive(self, response: httpx2.Response) -> bool:
        """Take an answer's body; False when the caller's version is the current one.

        Raises:
            PassingFault: the body ended early, or the transfer has to begin anew.
            SkipError: the server will not give the body.
        """
        asked_for_part = "Range" in response.request.headers
        if response.status_code == httpx2.codes.OK:
            self._begin(response)
        elif response.status_code == httpx2.codes.PARTIAL_CONTENT and asked_for_part:
            self._continue(response)
        elif response.status_code == httpx2.codes.NOT_MODIFIED and self.known_etag and not asked_for_part:
            return False
        elif asked_for_part and response.status_code in (
            httpx2.codes.PRECONDITION_FAILED,
            httpx2.codes.RANGE_NOT_SATISFIABLE,
        ):
            self._begin_anew(f"it answered {response.status_code} for the rest")
        else:
            raise refusal(response, self.url)
        # Chunks as they come: gathering them would lose what has arrived when the connection breaks.
        for chunk in response.iter_raw():
            self.part.append(chunk)
        self._check_size()
        return True

    def _begin(self, response: httpx2.Response) -> None:
        """Note the version that is coming; what was received before does not count any more."""
        if self.part.size:
            self.part.clear()
        headers = response.headers
        self.etag = headers.get("ETag")
        self.last_modified = http_date(headers.get("Last-Modified"))
        self._validator = _strong_validator(headers)
        self._total = _whole_number(headers.get("Content-Length"))

    def _continue(self, response: httpx2.Response) -> None:
        found = _CONTENT_RANGE.fullmatch(response.headers.get("Content-Range", ""))
        if found is None or int(found[1]) != self.part.size:
            self._begin_anew("it sent another part than asked for")
        total = int(found[2]) + 1 if found[3] == "*" else int(found[3])
        version = (
            response.headers.get("ETag", self.etag),
            http_date(response.headers.get("Last-Modified")) or self.last_modified,
        )
        if version != (self.etag, self.last_modified) or self._total not in (None, total):
            self._begin_anew("the file has changed meanwhile")
        self._total = total

    def _begin_anew(self, why: str) -> NoReturn:
        self.part.clear()
        self._validator = None
        message = f"the transfer of {self.url} broke and had to begin anew: {why}"
        raise PassingFault(message)

    def _check_size(self) -> None:
        if self._total is None or self.part.size == self._total:
            return
        if self.part.size > self._total:
            self._begin_anew(f"it sent {self.part.size} bytes instead of {self._total}")
        message = f"{self.url} ended after {self.part.size} of {self._total} bytes"
        raise PassingFault(message)


def _strong_validator(headers: httpx2.Headers) -> str | None:
    """What identifies exactly these bytes: a strong ETag, else a change time that is over by the answer's own clock."""
    etag = headers.get("ETag")
    if etag is not None:
        return None if etag.startswith("W/") else etag
    changed, sent = http_date(headers.get("Last-Modified")), http_date(headers.get("Date"))
    if changed is None or sent is None or (sent - changed).total_seconds() < 1:
        return None
    return headers["Last-Modified"]


def _whole_number(text: str | None) -> int | None:
    return int(text) if text is not None and text.isdecimal() else None
