"""One request on its way through the door: what it says, what was answered, and the line in the log."""

import re
import time
from typing import Final
from urllib.parse import parse_qsl

import structlog
from starlette.types import Message, Scope, Send

from forgelake.pages.addresses import API
from forgelake.pages.assets import Assets
from forgelake.traces.facts import Facts
from forgelake.web.callers import Caller
from forgelake.web.limiting import Headers, Limits
from forgelake.web.problem_page import told
from forgelake.web.problems import Problem

SECURITY_HEADERS: Final[Headers] = [
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    # A drawing holds its own style; nothing else that is answered may load or run anything.
    (b"content-security-policy", b"default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"),
]

PAGE_HEADERS: Final[Headers] = [
    *SECURITY_HEADERS[:3],
    # A page loads its own style, script and charts, and nothing else from anywhere.
    (
        b"content-security-policy",
        b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        b"form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    ),
    (b"cross-origin-opener-policy", b"same-origin"),
]

METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

_KEY: Final = re.compile(r"flk_[\w-]*")
_NAME: Final = re.compile(r"[a-z_]{1,30}")
_log = structlog.get_logger()


class Visit:
    """A request, and how far it got."""

    def __init__(self, scope: Scope, send: Send, limits: Limits) -> None:
        self.method: str = scope["method"]
        self.path: str = scope["path"]
        self.query: bytes = scope["query_string"]
        self.address: str = scope["client"][0] if scope.get("client") else ""
        self.caller: Caller | None = None
        self._headers: dict[bytes, bytes] = dict(scope["headers"])
        self._send = send
        self._limits = limits
        self._began = time.perf_counter()
        self.status = 0
        self.route = ""
        self._bytes = 0

    @property
    def is_page(self) -> bool:
        """Whether a person asks for a page, and no program for a document."""
        asks = self.method in ("GET", "HEAD") and "text/html" in self.header(b"accept")
        return asks and not self.path.startswith(API)

    def header(self, name: bytes) -> str:
        """A header's value, empty if it was not sent."""
        return self._headers.get(name, b"").decode("latin-1")

    async def send(self, message: Message) -> None:
        """Send a message of the answer, with the headers that every answer has; HEAD gets no body."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            limits = self._limits.headers(self.caller) if self.caller else []
            message = {**message, "headers": [*message["headers"], *_secure(message["headers"]), *limits]}
        elif message["type"] == "http.response.body":
            if self.method == "HEAD":
                message = {**message, "body": b""}
            self._bytes += len(message.get("body", b""))
        await self._send(message)

    async def answer(self, status: int, headers: Headers, body: bytes) -> None:
        """Send a whole answer."""
        await self.send({"type": "http.response.start", "status": status, "headers": headers})
        await self.send({"type": "http.response.body", "body": body})

    async def refuse(self, problem: Problem, assets: Assets) -> None:
        """Send a problem as a document or as a page, unless an answer was begun already."""
        if self.status:
            return
        body, media_type = told(problem, self.path, self.header(b"accept"), assets)
        headers = [(b"content-type", media_type.encode()), (b"content-length", str(len(body)).encode())]
        headers += [(name.lower().encode(), value.encode("latin-1")) for name, value in (problem.headers or {}).items()]
        await self.answer(problem.status_code, [*headers, (b"cache-control", b"no-store")], body)

    @property
    def trace(self) -> dict[str, str]:
        """The caller's span, as headers of W3C Trace Context."""
        return {name: value for name in ("traceparent", "tracestate") if (value := self.header(name.encode()))}

    @property
    def name(self) -> str:
        """What was asked for, without what a path may name: a repository may be private."""
        return f"{self._known_method} {self.route}".rstrip()

    def facts(self) -> Facts:
        """For a trace."""
        facts = {"http.request.method": self._known_method, "http.response.status_code": self.status}
        route = {"http.route": self.route} if self.route else {}
        return {**facts, **route, "http.response.body.size": self._bytes}

    @property
    def _known_method(self) -> str:
        return self.method if self.method in METHODS else "_OTHER"

    def tell(self) -> None:
        """Log the request. Of the query only the names are told: a value may be a secret put in the wrong place."""
        names = {name for name, _ in parse_qsl(self.query.decode("latin-1"), keep_blank_values=True)}
        _log.info(
            "request",
            method=self.method,
            path=_KEY.sub("flk_…", self.path),
            parameters=sorted(name if _NAME.fullmatch(name) else "?" for name in names),
            status=self.status,
            bytes=self._bytes,
            milliseconds=round(1000 * (time.perf_counter() - self._began), 2),
            key=self.caller.key_id if self.caller else "",
            address=self.address,
        )


def _secure(headers: Headers) -> Headers:
    is_page = any(name == b"content-type" and value.startswith(b"text/html") for name, value in headers)
    return PAGE_HEADERS if is_page else SECURITY_HEADERS
