"""The page on which a person writes their CV and says who may see it; forms without scripts."""

from collections.abc import Mapping
from typing import Any, Final

from fastapi import APIRouter, Request
from starlette.responses import Response

from forgelake.accounts.cv import Cvs
from forgelake.cv.profile import MOST_LINKS, MOST_PROJECTS, Block, Link, Profile, Project, Publication, profile_of
from forgelake.model.errors import UsageError
from forgelake.pages.cv.view import TITLES
from forgelake.web.accounts import Account, Form, Sent, back_to, check_form, personal
from forgelake.web.answering import service_of
from forgelake.web.problems import Problem

router = APIRouter(include_in_schema=False)

PATH: Final = "/account/cv"
_WORDS: Final = ("name", "headline", "about", "private_label", "packages")
_RANK: Final = {"rank": True, "unrank": False}


@router.get(PATH)
def cv_form(request: Request, account: Account) -> Response:
    """One's own words, the blocks, and who may see them."""
    return _shown(request, account, _cvs(request).of(account).profile.plain())


@router.post(PATH)
def change_cv(request: Request, account: Account, form: Sent) -> Response:
    """Keep what was written, or say who may see it."""
    check_form(request, form)
    cvs, do = _cvs(request), form.get("do", "")
    if do == "save":
        written = _written(form)
        try:
            cvs.write(account, profile_of(written))
        except UsageError as error:
            return _shown(request, account, written, str(error))
    elif do in _RANK:
        cvs.rank(account, wanted=_RANK[do])
    elif do in list(Publication):
        cvs.publish(account, Publication(do))
    else:
        good = ["save", *_RANK, *Publication]
        raise Problem(422, f'do: "{do[:20]}" is not known', parameter="do", value=do, good=good)
    service_of(request).people.note(account, account, f"cv: {do}")
    return back_to(PATH)


def _cvs(request: Request) -> Cvs:
    return Cvs(service_of(request).context.state.profiles)


def _shown(request: Request, account: str, written: Mapping[str, Any], wrong: str = "") -> Response:
    service, published = service_of(request), _cvs(request).of(account)
    address = service.public_url + published.path(service.people.of(account).name)
    values = {
        "written": written,
        "titles": {str(block): title for block, title in TITLES.items()},
        "projects": _with_one_more(written["projects"], Project, MOST_PROJECTS),
        "links": _with_one_more(written["links"], Link, MOST_LINKS),
        "published": published,
        "address": "" if published.publication is Publication.PRIVATE else address,
        "wrong": wrong,
    }
    return personal(request, "account_cv", "Your CV", values, 422 if wrong else 200)


def _with_one_more(listed: list[dict[str, str]], kind: type[Project | Link], most: int) -> list[dict[str, str]]:
    """What is there, and fields for another one."""
    return listed if len(listed) >= most else [*listed, dict.fromkeys(kind.model_fields, "")]


def _written(form: Form) -> dict[str, Any]:
    """What a form says as a profile has it; what is left out of the form is as usual."""
    usual = Profile().plain()
    words = {name: form.get(name, usual[name]) for name in _WORDS}
    return {
        **words,
        "blocks": _blocks(form),
        "projects": _listed(form, "project", Project, MOST_PROJECTS),
        "links": _listed(form, "link", Link, MOST_LINKS),
    }


def _blocks(form: Form) -> list[dict[str, Any]]:
    """The blocks by the places that were given them; of two at the same place the usual first one is first."""
    blocks = list(Block)

    def place(block: Block) -> float:
        text = form.get(f"place_{block}", "")
        return int(text) if text.isdecimal() and len(text) < len("1000") else len(blocks)

    return [{"block": str(one), "shown": f"shown_{one}" in form} for one in sorted(blocks, key=place)]


def _listed(form: Form, what: str, kind: type[Project | Link], most: int) -> list[dict[str, str]]:
    """The rows of a kind that have anything in them; one is taken out by emptying it."""
    rows = ({name: form.get(f"{what}_{row}_{name}", "") for name in kind.model_fields} for row in range(most))
    return [row for row in rows if any(text.strip() for text in row.values())]
