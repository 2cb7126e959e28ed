"""Logging in on pages: to a provider and back, with a new session at the end."""

from typing import Annotated, Final

from fastapi import APIRouter, Path, Request
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter
from starlette.responses import Response

from forgelake.accounts.login.entrance import AWAY, Came, local_page
from forgelake.accounts.login.provider import LoginRefusedError
from forgelake.model.errors import RetryError
from forgelake.pages.addresses import path_of
from forgelake.pages.page import bare
from forgelake.settings.urls import is_loopback
from forgelake.web.accounts import HOW, Account, Sent, back_to, caller_of, check_form, personal
from forgelake.web.answering import service_of
from forgelake.web.cookies import FLOW, SESSION, cookie_in, setting
from forgelake.web.negotiation import PAGE
from forgelake.web.problems import Problem

router = APIRouter(include_in_schema=False)

Name = Annotated[str, Path(max_length=60)]
_MINUTE: Final = 60


class Attempts:
    """Counts logins in this process's memory, of each address and of each account."""

    def __init__(self, per_minute: int) -> None:
        self._limiter = FixedWindowRateLimiter(MemoryStorage())
        self._item = RateLimitItemPerMinute(per_minute)

    def count(self, what: str, name: str) -> None:
        """Count one.

        Raises:
            Problem: 429, there were too many.
        """
        if not self._limiter.hit(self._item, what, name):
            message = f"more than {self._item.amount} logins a minute of this {what}; try again in a minute"
            raise Problem(429, message, headers={"Retry-After": str(_MINUTE)})


@router.get("/login")
def login_page(request: Request) -> Response:
    """With whom one can log in."""
    next_ = local_page(request.query_params.get("next", ""))
    if caller_of(request).account is not None:
        return back_to(next_)
    if not service_of(request).entrance.offered():
        raise Problem(403, HOW)
    return _login(request, next_)


@router.get("/login/{name}")
def begin(request: Request, name: Name) -> Response:
    """Go to a provider."""
    return _to_provider(request, name, request.query_params.get("next", ""))


@router.get("/login/{name}/callback")
def finish(request: Request, name: Name) -> Response:
    """Come back from a provider."""
    service, caller = service_of(request), caller_of(request)
    _attempts(request).count("address", caller.name)
    secret = cookie_in(request.headers.get("cookie", ""), FLOW, secure=service.is_secure)
    try:
        came = service.entrance.finish(name, _back(request, name), request.query_params, secret, caller.account)
    except LoginRefusedError as error:
        return _login(request, "", str(error), 403)
    except RetryError as error:
        return _login(request, "", f"the provider does not answer; try again later ({error})", 503)
    _attempts(request).count("account", came.account.id)
    return _entered(request, came)


@router.post("/account/logins")
def change_logins(request: Request, account: Account, form: Sent) -> Response:
    """Add a login to one's account, or take one away."""
    check_form(request, form)
    service = service_of(request)
    if name := form.get("add", ""):
        sent = service.entrance.begin(name, _back(request, name), "/account", account)
        answer = personal(request, "account_link", "Add a login", {"title": name, "url": sent.url})
        answer.headers.append("Set-Cookie", setting(FLOW, sent.secret, AWAY, secure=service.is_secure))
        return answer
    provider, _, subject = form.get("remove", "").partition(":")
    service.people.unlink(account, provider, subject)
    return back_to("/account")


def _to_provider(request: Request, name: str, next_: str) -> Response:
    service = service_of(request)
    _attempts(request).count("address", caller_of(request).name)
    if not service.is_secure and not is_loopback(service.settings.host):
        message = "a login would travel in clear; whoever runs this server sets api.public_url to its https:// address"
        raise Problem(403, message)
    try:
        sent = service.entrance.begin(name, _back(request, name), next_)
    except LoginRefusedError as error:
        return _login(request, next_, str(error), 403)
    except RetryError as error:
        return _login(request, next_, f"the provider does not answer; try again later ({error})", 503)
    return back_to(sent.url, setting(FLOW, sent.secret, AWAY, secure=service.is_secure))


def _entered(request: Request, came: Came) -> Response:
    """A new session, whatever the browser had before."""
    service, caller = service_of(request), caller_of(request)
    if caller.session and caller.account:
        service.sessions.end(caller.account, caller.session)
    new = service.sessions.open(came.account.id, request.headers.get("user-agent", ""))
    kept = setting(SESSION, new.secret, service.sessions.longest, secure=service.is_secure)
    return back_to(came.next, kept, setting(FLOW, "", AWAY * 0, secure=service.is_secure))


def _login(request: Request, next_: str, wrong: str = "", status: int = 200) -> Response:
    service = service_of(request)
    values = {"offered": service.entrance.offered(), "next": next_, "wrong": wrong}
    return Response(bare(service.addresses(), "login", "Log in", values), status, {"Cache-Control": "no-store"}, PAGE)


def _back(request: Request, name: str) -> str:
    """Where the provider sends people back to; on loopback, where the door lets in no other name, as they came."""
    settings = service_of(request).settings
    own = str(request.base_url) if is_loopback(settings.host) and not settings.public_url else ""
    return (own or service_of(request).public_url).rstrip("/") + path_of("login", name, "callback")


def _attempts(request: Request) -> Attempts:
    found: Attempts = request.app.state.attempts
    return found
