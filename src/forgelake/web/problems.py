"""What is wrong with a request, as RFC 9457 problem answers: which parameter, the bad value, the good ones.

Everything that is not answered with data is answered with one of these; a program can go by ``type`` and ``parameter``,
a person by ``detail``.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlencode

from starlette.exceptions import HTTPException

MEDIA_TYPE: Final = "application/problem+json"
_LONGEST_VALUE: Final = 200

TITLES: Final = {
    303: ("log-in", "Log in first"),
    400: ("bad-request", "The request cannot be read"),
    401: ("unauthorized", "A valid key is needed"),
    403: ("forbidden", "The key does not allow this"),
    404: ("not-found", "There is no such thing"),
    405: ("method-not-allowed", "This method is not offered here"),
    406: ("not-acceptable", "None of the formats asked for is offered"),
    408: ("timeout", "The request did not arrive in time"),
    409: ("not-done", "It is not done"),
    410: ("gone", "It is not there any more"),
    413: ("too-large", "The request is too large"),
    415: ("unsupported-media-type", "The body has to be JSON"),
    421: ("misdirected", "This server does not go by that name"),
    422: ("bad-parameter", "A parameter is wrong"),
    429: ("too-many-requests", "Too many requests"),
    500: ("failed", "The server failed"),
    503: ("unavailable", "The server cannot answer now"),
}
"""Last part of the type, and title, by status."""


class Problem(HTTPException):
    """A request that is not answered with data.

    Args:
        status: the HTTP status.
        detail: what is wrong here, and what would be right.
        parameter: the parameter, header or part of the body that is wrong.
        value: what was given.
        good: what would be right: values, or how they are written.
        see: the address that lists what there is, for programs; a page leads people elsewhere.
        headers: headers that the status calls for.
        kind: the last part of the type where the status does not say enough.
    """

    def __init__(  # noqa: PLR0913 - the members of a problem document, spelled out
        self,
        status: int,
        detail: str,
        *,
        parameter: str | None = None,
        value: object = None,
        good: Sequence[object] = (),
        see: str = "",
        headers: Mapping[str, str] | None = None,
        kind: str | None = None,
    ) -> None:
        super().__init__(status, detail, dict(headers or {}))
        self.parameter = parameter
        self.value = value
        self.good = good
        self.see = see
        self.kind = kind

    def document(self) -> dict[str, Any]:
        """The problem document."""
        slug, title = TITLES.get(self.status_code, ("problem", "The request was not answered"))
        found: dict[str, Any] = {
            "type": f"urn:forgelake:problem:{self.kind or slug}",
            "title": title,
            "status": self.status_code,
            "detail": f"{self.detail}; see {self.see}" if self.see else self.detail,
        }
        if self.parameter is not None:
            found["parameter"] = self.parameter
        if self.value is not None:
            found["value"] = str(self.value)[:_LONGEST_VALUE]
        if self.good:
            found["good"] = [str(good) for good in self.good]
        return found

    def body(self) -> bytes:
        """The problem document as JSON; half a surrogate pair in a value cannot break it."""
        return json.dumps(self.document(), ensure_ascii=True, separators=(",", ":")).encode()


def log_in_first(path: str, query: str = "") -> Problem:
    """A browser is sent to where one logs in; path and query are those of the page to go on with."""
    back = f"{path}?{query}" if query else path
    return Problem(303, "log in first", headers={"Location": f"/login?{urlencode({'next': back})}"})
