"""The way in: who asks, how often, how much; known answers go out from here without a thread or a parsed request.

Plain ASGI, for a repeated answer must cost less than routing it would.
"""

from http import HTTPStatus
from typing import Final

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from forgelake.accounts.keys import Scope as KeyScope
from forgelake.model.errors import ForgelakeError
from forgelake.settings.urls import is_loopback
from forgelake.traces.spans import span
from forgelake.web.answering import matches, stored_headers, validators
from forgelake.web.cache import Stored
from forgelake.web.callers import Caller, Callers
from forgelake.web.cookies import session_in
from forgelake.web.limiting import Limits
from forgelake.web.negotiation import encoding_of
from forgelake.web.problems import Problem, log_in_first
from forgelake.web.refusals import problem_of
from forgelake.web.service import Service
from forgelake.web.visit import Visit

API: Final = "/api/v1"
PERSONAL: Final = ("/login", "/logout", "/account", "/admin", "/cv", "/ranking")
"""Pages that find out for themselves who may see them; a key for reading opens none of them."""

OPEN: Final = frozenset({f"{API}/health", f"{API}/ready", f"{API}/openapi.json"})
"""What anybody may see, at any rate."""

ASSETS: Final = "/assets/"
KEPT: Final = ("/cards/", "/badges/")
"""What is kept on disk, and so does not depend on the lake's being readable."""

SQL: Final = f"{API}/sql"
FAULT: Final = 500
"""From this status on it is the server that failed."""

ORDERS: Final = (f"{API}/jobs/", f"{API}/alerts/")
_log = structlog.get_logger()


class Door:
    """Wraps the application."""

    def __init__(self, app: ASGIApp, service: Service, callers: Callers) -> None:
        self._app = app
        self._service = service
        self._callers = callers
        self._limits = Limits(service.settings)
        self._on_loopback = is_loopback(service.settings.host)
        self._most_body = service.settings.body_kb * 1024

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        visit = Visit(scope, send, self._limits)
        with span("request", parent=visit.trace, is_request=True) as told:
            try:
                await self._answer(visit, scope, receive)
            finally:
                told.note(visit.facts(), failed=visit.status >= FAULT, name=visit.name)

    async def _answer(self, visit: Visit, scope: Scope, receive: Receive) -> None:
        try:
            await self._serve(visit, scope, receive)
        except (Problem, ForgelakeError) as error:
            await visit.refuse(problem_of(error), self._service.assets)
        except Exception:  # noqa: BLE001 - nothing may go past here untold
            # What went wrong is told in the log, to the operator, and to nobody else.
            _log.exception("request failed", method=visit.method, path=visit.path)
            await visit.refuse(Problem(500, "the request failed; the server's log says why"), self._service.assets)
        finally:
            visit.tell()

    async def _serve(self, visit: Visit, scope: Scope, receive: Receive) -> None:
        self._check(visit)
        if visit.path not in OPEN and not visit.path.startswith(ASSETS):
            visit.caller = caller = await self._caller(visit)
            if not _is_personal(visit.path):
                self._let_in(visit, caller)
            known = None if _is_new(visit) else self._known(visit)
            if known is not None and (stored := await known) is not None:
                await self._send(visit, stored)
                return
            self._limits.count(caller)
        caller = visit.caller or Caller(visit.address, "", frozenset())
        method = "GET" if visit.method == "HEAD" else visit.method
        about = {"scopes": caller.scopes, "account": caller.account, "caller": caller}
        inner = {**scope, "method": method, **{f"forgelake.{name}": value for name, value in about.items()}}
        try:
            await self._app(inner, self._bounded(receive), visit.send)
        finally:
            visit.route = _route(visit.path, inner)

    def _let_in(self, visit: Visit, caller: Caller) -> None:
        """Refuse who may not do that; a person in a browser who may after logging in is sent to where one does."""
        try:
            caller.require(_needed(visit))
        except Problem as problem:
            is_person = problem.status_code == HTTPStatus.UNAUTHORIZED and caller.account is None and visit.is_page
            if is_person and self._service.entrance.offered():
                raise log_in_first(visit.path, visit.query.decode("latin-1")) from None
            raise

    async def _caller(self, visit: Visit) -> Caller:
        try:
            cookie = session_in(visit.header(b"cookie"), secure=self._service.is_secure)
            return await self._callers.of(visit.header(b"authorization"), cookie, visit.address)
        except Problem:
            # Trying keys is counted like asking without one.
            self._limits.count(Caller(visit.address, "", frozenset()))
            raise

    def _check(self, visit: Visit) -> None:
        host = visit.header(b"host")
        if self._on_loopback and host and not is_loopback(_without_port(host)):
            # Else a page on the web could have its own name point here and read what only this machine may.
            message = (
                f'this server answers to loopback names only; ask for localhost, or set api.host for "{host[:100]}"'
            )
            raise Problem(421, message, parameter="Host", value=host)
        length = visit.header(b"content-length")
        if length.isdecimal() and int(length) > self._most_body:
            raise self._too_large()
        kind = visit.header(b"content-type").partition(";")[0].strip().lower()
        if visit.method == "POST" and visit.path == SQL and kind != "application/json":
            message = f'the body is "{kind}"; send JSON as application/json'
            raise Problem(415, message, parameter="Content-Type", value=kind, good=["application/json"])

    async def _known(self, visit: Visit) -> Stored | None:
        """The answer that this request got before, if the lake is still the same."""
        snapshot = await self._service.snapshot_soon()
        encoding = encoding_of(visit.header(b"accept-encoding"))
        words = (visit.path, visit.query, visit.header(b"accept"), encoding)
        return self._service.cache.known(self._service.request_key(snapshot, *words))

    async def _send(self, visit: Visit, stored: Stored) -> None:
        seconds = self._service.fresh_seconds(closed=stored.closed)
        private = bool(visit.header(b"authorization") or visit.header(b"cookie"))
        if matches(visit.header(b"if-none-match"), stored.etag):
            await visit.answer(304, validators(stored.etag, seconds, private=private), b"")
        else:
            await visit.answer(200, stored_headers(stored, seconds, private=private), stored.body)

    def _bounded(self, receive: Receive) -> Receive:
        """The request's body, up to the bound."""
        seen = 0

        async def bounded() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > self._most_body:
                raise self._too_large()
            return message

        return bounded

    def _too_large(self) -> Problem:
        message = f"the body is larger than {self._most_body // 1024} kB (api.body_kb)"
        return Problem(413, message, headers={"Connection": "close"})


def _is_personal(path: str) -> bool:
    return any(path == one or path.startswith(f"{one}/") for one in PERSONAL)


def _is_new(visit: Visit) -> bool:
    """Whether a request has to be looked at although the same one was answered before."""
    kept = visit.path.startswith(KEPT) or _is_personal(visit.path)
    return kept or visit.method not in ("GET", "HEAD") or bool(visit.header(b"prefer"))


def _needed(visit: Visit) -> KeyScope:
    """What a caller has to be allowed."""
    if visit.path == SQL:
        return KeyScope.SQL
    return KeyScope.JOBS if visit.path.startswith(ORDERS) and visit.method not in ("GET", "HEAD") else KeyScope.READ


def _route(path: str, scope: Scope) -> str:
    """The pattern of addresses that was chosen; routes of the API do not know below what they were put."""
    own: str = getattr(scope.get("route"), "path", "")
    return f"{API}{own}" if own and path.startswith(f"{API}/") and not own.startswith(API) else own


def _without_port(host: str) -> str:
    if host.startswith("["):
        return host.partition("]")[0]
    return host.partition(":")[0]
