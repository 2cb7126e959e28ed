"""Who is logged in, for every page and form of a person; and the page about oneself."""

import hmac
import json
from collections.abc import Mapping
from typing import Annotated, Any, Final
from urllib.parse import parse_qsl

from fastapi import APIRouter, Depends, Request
from starlette.datastructures import ImmutableMultiDict
from starlette.responses import Response

from forgelake.accounts.exporting import everything
from forgelake.model.errors import UsageError
from forgelake.pages.account import SECTIONS, myself
from forgelake.pages.addresses import API
from forgelake.pages.page import bare
from forgelake.web.answering import service_of
from forgelake.web.callers import Caller
from forgelake.web.cookies import SESSION, setting
from forgelake.web.negotiation import PAGE
from forgelake.web.pages import check_own_origin
from forgelake.web.problems import Problem, log_in_first

router = APIRouter(include_in_schema=False)

Form = ImmutableMultiDict[str, str]
_NO_STORE: Final = {"Cache-Control": "no-store"}
HOW: Final = (
    "nobody can log in to this server yet; name a provider as [providers.NAME] in forgelake.toml: docs/accounts.md"
)


def caller_of(request: Request) -> Caller:
    """Who asks."""
    found: Caller = request.scope["forgelake.caller"]
    return found


def account_of(request: Request) -> str:
    """The id of who is logged in, or of whom the key belongs to.

    Raises:
        Problem: nobody is: 401, or for a page 303 to where one logs in; 403 where nobody can.
    """
    account = caller_of(request).account
    if account is not None:
        return account
    if not service_of(request).entrance.offered():
        raise Problem(403, HOW)
    if request.url.path.startswith(API) or "text/html" not in request.headers.get("accept", ""):
        raise Problem(401, "this is for who is logged in, or has a key that belongs to an account")
    raise log_in_first(request.url.path, request.url.query) if request.method == "GET" else log_in_first("/account")


Account = Annotated[str, Depends(account_of)]
"""The account of who asks, for an endpoint's signature."""


async def form_of(request: Request) -> Form:
    """The fields of a form that was sent."""
    body = (await request.body()).decode("utf-8", "replace")
    return ImmutableMultiDict(parse_qsl(body, keep_blank_values=True))


Sent = Annotated[Form, Depends(form_of)]
"""The fields of a form that was sent, for an endpoint's signature."""


def check_form(request: Request, form: Mapping[str, str]) -> None:
    """Refuse a form that did not come from a page of this server's that was made for who sends it.

    Raises:
        Problem: 403.
    """
    caller = caller_of(request)
    if caller.key_id:
        return
    check_own_origin(request)
    if not caller.csrf or not hmac.compare_digest(form.get("csrf", "").encode(), caller.csrf.encode()):
        raise Problem(403, "this form is from an earlier session; load the page again and repeat it", parameter="csrf")


def personal(request: Request, template: str, title: str, values: Mapping[str, Any], status: int = 200) -> Response:
    """A page of who is logged in, with its navigation; kept nowhere.

    The template extends ``account_frame.html``, fills its block ``own``, and puts ``{{ csrf }}`` into its forms.
    """
    service, caller = service_of(request), caller_of(request)
    me = service.people.of(account_of(request))
    path = request.url.path
    sections = [(name, to, path == to) for name, to, admins in SECTIONS if me.is_admin or not admins]
    frame = {"me": me, "csrf": caller.csrf, "account_sections": sections, "can_leave": bool(caller.session)}
    return Response(bare(service.addresses(), template, title, {**frame, **values}), status, _NO_STORE, PAGE)


def back_to(path: str, *cookies: str) -> Response:
    """Go on with another page, after a form was taken."""
    response = Response(status_code=303, headers={"Location": path, **_NO_STORE})
    for cookie in cookies:
        response.headers.append("Set-Cookie", cookie)
    return response


@router.get("/account")
def account_page(request: Request, account: Account) -> Response:
    """Who one is, how one logs in, where one is logged in, and what was done."""
    return _myself(request, account)


@router.post("/account")
def rename(request: Request, account: Account, form: Sent) -> Response:
    """Call oneself otherwise."""
    check_form(request, form)
    try:
        service_of(request).people.rename(account, form.get("name", ""), form.get("display_name", ""), account)
    except UsageError as error:
        return _myself(request, account, str(error), 422)
    return back_to("/account")


@router.get("/account/export")
def export(request: Request, account: Account) -> Response:
    """Everything that is one's own, as a file of JSON."""
    service = service_of(request)
    document = everything(service.context, service.snapshot(), account, service.context.clock())
    name = service.people.of(account).name
    headers = {**_NO_STORE, "Content-Disposition": f'attachment; filename="forgelake-{name}.json"'}
    return Response(json.dumps(document, ensure_ascii=False), 200, headers, "application/json")


@router.post("/account/sessions")
def end_session(request: Request, account: Account, form: Sent) -> Response:
    """End a session, or all others than this one."""
    check_form(request, form)
    service, session = service_of(request), form.get("session", "")
    if session == "others":
        service.sessions.end_others(account, caller_of(request).session)
        service.people.note(account, account, "other sessions ended")
    else:
        service.sessions.end(account, session)
        service.people.note(account, account, "session ended", session)
    return back_to("/account")


@router.post("/logout")
def logout(request: Request, account: Account, form: Sent) -> Response:
    """End this session."""
    check_form(request, form)
    service, session = service_of(request), caller_of(request).session
    if session:
        service.sessions.end(account, session)
        service.people.note(account, account, "logout")
    return back_to("/", ended(request))


def ended(request: Request) -> str:
    """The header that takes the session's cookie away."""
    return setting(SESSION, "", service_of(request).sessions.longest * 0, secure=service_of(request).is_secure)


def _myself(request: Request, account: str, wrong: str = "", status: int = 200) -> Response:
    service = service_of(request)
    found = myself(service.people, service.sessions, account, caller_of(request).session)
    values = {**found, "offered": service.entrance.offered(), "wrong": wrong}
    return personal(request, "account", "Your account", values, status)
