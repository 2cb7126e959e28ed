"""Hiding and deleting: administrators others, and everybody themselves."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from forgelake.accounts import deleting
from forgelake.web.accounts import Account, Sent, back_to, check_form, ended, personal
from forgelake.web.answering import service_of
from forgelake.web.problems import Problem

router = APIRouter(include_in_schema=False)


@router.get("/admin/people")
def people_page(request: Request, account: Account) -> Response:
    """Everybody, for administrators."""
    _check_admin(request, account)
    return _people(request)


@router.post("/admin/people")
def order(request: Request, account: Account, form: Sent) -> Response:
    """Hide, show again or delete a person."""
    _check_admin(request, account)
    check_form(request, form)
    service, name, wanted = service_of(request), form.get("name", ""), form.get("order", "")
    if wanted in ("hide", "show"):
        deleting.hide(service.context, service.people, name, account, hidden=wanted == "hide")
    elif wanted == "delete" and form.get("confirm", "") == name:
        deleting.delete(service.context, service.people, name, account)
    else:
        return _people(request, f'nothing was done: to delete "{name[:40]}", write the name into the field', 422)
    return back_to("/admin/people")


@router.post("/account/delete")
def delete_myself(request: Request, account: Account, form: Sent) -> Response:
    """Delete oneself everywhere."""
    check_form(request, form)
    service = service_of(request)
    me = service.people.of(account)
    if form.get("confirm", "") != me.name:
        raise Problem(422, f'nothing was deleted: write the name "{me.name}" into the field', parameter="confirm")
    deleting.delete(service.context, service.people, me.name, account)
    return back_to("/", ended(request))


def _people(request: Request, wrong: str = "", status: int = 200) -> Response:
    values = {"people": service_of(request).people.all(), "wrong": wrong}
    return personal(request, "admin_people", "People", values, status)


def _check_admin(request: Request, account: str) -> None:
    if not service_of(request).people.of(account).is_admin:
        message = "only administrators see everybody; whoever runs this server names one: forgelake accounts admin NAME"
        raise Problem(403, message)
