"""The pages on which a person keeps tokens, chooses repositories and confirms addresses; forms without scripts."""

from collections.abc import Callable
from datetime import UTC, datetime

from fastapi import APIRouter, Request
from starlette.responses import Response

from forgelake.accounts.forges import FORGES
from forgelake.accounts.repos.listing import refresh
from forgelake.accounts.vault.tokens import NewToken, status
from forgelake.app.collecting import choices, means, own_identities
from forgelake.app.vault import forges, vault
from forgelake.model.errors import ForgelakeError, UsageError
from forgelake.model.forge_tokens import may_be_token
from forgelake.web.accounts import Account, Form, Sent, back_to, check_form, personal
from forgelake.web.answering import service_of
from forgelake.web.refreshing import Refreshing

router = APIRouter(include_in_schema=False)
_LONGEST = 8192


@router.get("/account/tokens")
def tokens_page(request: Request, account: Account) -> Response:
    """Kept tokens, without their secrets."""
    return _tokens(request, account)


@router.post("/account/tokens")
def change_tokens(request: Request, account: Account, form: Sent) -> Response:
    """Add a token, after its forge was asked about it, check one, or remove one."""
    return _changed(request, account, form, "/account/tokens", _change_tokens, _tokens)


@router.get("/account/repos")
def repos_page(request: Request, account: Account) -> Response:
    """Repositories, and how collecting them stands."""
    return _repos(request, account)


@router.post("/account/repos")
def change_repos(request: Request, account: Account, form: Sent) -> Response:
    """Refresh the list, or choose of it."""
    return _changed(request, account, form, "/account/repos", _change_repos, _repos)


@router.get("/account/identities")
def identities_page(request: Request, account: Account) -> Response:
    """Addresses and accounts that are one's own, or may be."""
    return _identities(request, account)


@router.post("/account/identities")
def change_identities(request: Request, account: Account, form: Sent) -> Response:
    """Add an address, confirm it, or remove one."""
    return _changed(request, account, form, "/account/identities", _change_identities, _identities)


def _changed(
    request: Request,
    account: str,
    form: Form,
    path: str,
    change: Callable[[Request, str, Form], None],
    page: Callable[[Request, str, str], Response],
) -> Response:
    check_form(request, form)
    try:
        change(request, account, form)
    except ForgelakeError as error:
        return page(request, account, str(error))
    service_of(request).people.note(account, account, f"{path.rpartition('/')[2]}: {form.get('do', '')[:20]}")
    return back_to(path)


def _tokens(request: Request, account: str, wrong: str = "") -> Response:
    context = service_of(request).context
    rows = [(row, status(row)) for row in vault(context.settings, context.state, account).all()]
    values = {"tokens": rows, "forges": FORGES, "wrong": wrong}
    return personal(request, "account_tokens", "Tokens", values, 422 if wrong else 200)


def _change_tokens(request: Request, account: str, form: Form) -> None:
    context = service_of(request).context
    asked, kept = forges(context.settings), vault(context.settings, context.state, account)
    do, name = form.get("do", ""), form.get("name", "")
    if do == "remove":
        kept.remove(name)
    elif do == "check":
        kept.check(name, lambda row, secret: asked.inspect(row.forge, row.url, secret))
    else:
        forge, secret = form.get("forge", ""), form.get("secret", "").strip()
        base = asked.base(forge, form.get("url", "").strip() or None)
        called = kept.name_for(name or forge)
        if not may_be_token(secret) or len(secret) > _LONGEST:
            message = f"that is no token: it must be the token and nothing else. What is needed: {FORGES[forge].least}"
            raise UsageError(message)
        kept.add(NewToken(called, forge, base, secret, asked.inspect(forge, base, secret)))


def _repos(request: Request, account: str, wrong: str = "") -> Response:
    repos = choices(service_of(request).context, account).all()
    owners: dict[str, list[object]] = {}
    for one in repos:
        owners.setdefault(one.owner, []).append(one)
    asked = _refreshing(request)
    told = wrong or "; ".join(asked.faults(account))
    values = {"owners": owners, "asking": asked.goes_on(account), "wrong": told}
    return personal(request, "account_repos", "Repositories", values, 422 if wrong else 200)


def _change_repos(request: Request, account: str, form: Form) -> None:
    context = service_of(request).context
    own, do, name = choices(context, account), form.get("do", ""), form.get("name", "")
    if do == "refresh":
        asked = _refreshing(request)
        asked.begin(account, lambda: refresh(means(context), account, datetime.now(UTC)).faults)
        if faults := asked.faults(account):
            raise UsageError("; ".join(faults))
    elif do in (orders := {"activate": own.activate, "deactivate": own.deactivate, "remove": own.remove}):
        orders[do](name)
    elif do == "add":
        own.add(form.get("url", "").strip())
    elif do == "skip":
        own.skip(name, form.get("paths", "").split("\n"), form.get("commits", "").split())
    elif do in {"accept", "leave"}:
        own.decide(name, form.get("commit", ""), accept=do == "accept")


def _refreshing(request: Request) -> Refreshing:
    found: Refreshing = request.app.state.refreshing
    return found


def _identities(request: Request, account: str, wrong: str = "") -> Response:
    held = own_identities(service_of(request).context, account).all()
    return personal(request, "account_identities", "Identities", {"held": held, "wrong": wrong}, 422 if wrong else 200)


def _change_identities(request: Request, account: str, form: Form) -> None:
    own, email = own_identities(service_of(request).context, account), form.get("email", "")
    do = form.get("do", "")
    if do == "add":
        own.ask(email)
    elif do == "confirm":
        own.confirm(email, form.get("code", ""))
    elif do == "remove":
        own.remove(email)
    elif do == "restore":
        own.restore(email)
