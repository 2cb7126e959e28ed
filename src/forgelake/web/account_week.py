"""One's own week: its page, by mail or not, and the link that ends the mail without a login."""

from typing import Annotated, Final

from fastapi import APIRouter, Path, Request
from starlette.responses import Response

from forgelake.accounts.cv import Cvs
from forgelake.accounts.feedback import feedback_of
from forgelake.alerts.channels import email
from forgelake.app.feedback import END, PAGE, feedback_mail
from forgelake.model.errors import UsageError
from forgelake.pages.addresses import path_of
from forgelake.pages.feedback import page
from forgelake.pages.page import bare
from forgelake.pages.weeks import last_week, week_named
from forgelake.web.accounts import Account, Sent, back_to, check_form, personal
from forgelake.web.answering import service_of
from forgelake.web.negotiation import PAGE as HTML
from forgelake.web.problems import Problem

router = APIRouter(include_in_schema=False)

PATH: Final = path_of(*PAGE)


@router.get(PATH)
def last_week_page(request: Request, account: Account) -> Response:
    """The last week that is over."""
    return _shown(request, account)


@router.post(PATH)
def change_mail(request: Request, account: Account, form: Sent) -> Response:
    """Have it mailed, or not any more."""
    check_form(request, form)
    context, do = service_of(request).context, form.get("do", "")
    wanted = feedback_mail(context)
    try:
        if do == "mail":
            wanted.start(account, form.get("to", ""))
        elif do == "stop":
            wanted.stop(account)
        else:
            raise Problem(422, f'do: "{do[:20]}" is not known', parameter="do", value=do, good=["mail", "stop"])
    except UsageError as error:
        return _shown(request, account, wrong=str(error))
    service_of(request).people.note(account, account, f"weekly feedback: {do}")
    return back_to(PATH)


@router.get(f"{PATH}/{END}")
def ask_to_end(request: Request, key: str = "") -> Response:
    """Ask whether to end it: programs that look at links in mails must not end anything."""
    _account_of(request, key)
    return _ending(request, ended=False)


@router.post(f"{PATH}/{END}")
def end(request: Request, key: str = "") -> Response:
    """End it: by the button, or by one click in a mail program (RFC 8058), which has no cookie and no form of ours."""
    account = _account_of(request, key)
    feedback_mail(service_of(request).context).stop(account)
    service_of(request).people.note(account, account, "weekly feedback: ended by its link")
    return _ending(request, ended=True)


@router.get(f"{PATH}/{{name}}")
def week_page(request: Request, account: Account, name: Annotated[str, Path(max_length=20)]) -> Response:
    """An earlier week."""
    return _shown(request, account, name)


def _shown(request: Request, account: str, name: str = "", wrong: str = "") -> Response:
    context = service_of(request).context
    now, wanted = context.clock(), feedback_mail(context)
    period = week_named(name, now) if name else last_week(now)
    profile = Cvs(context.state.profiles).of(account).profile
    found = feedback_of(context, service_of(request).snapshot(), account, profile, period)
    values = {
        **page(found, now),
        "can_mail": email.for_people(context.settings) is not None,
        "choices": wanted.choices(account),
        "mailed_to": wanted.address(account),
        "wrong": wrong,
    }
    return personal(request, "account_week", "Your week", values, 422 if wrong else 200)


def _account_of(request: Request, key: str) -> str:
    account = feedback_mail(service_of(request).context).account_of(key)
    if account is None:
        raise Problem(404, "this link ends nothing: it is not whole, or whose it was is not here any more")
    return account


def _ending(request: Request, *, ended: bool) -> Response:
    service = service_of(request)
    headers = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex, nofollow"}
    return Response(bare(service.addresses(), "week_end", "Weekly feedback", {"ended": ended}), 200, headers, HTML)
