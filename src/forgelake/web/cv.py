"""/cv: what a person published, for everybody or for who has the link; anything else is the one same 404."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import APIRouter, Path, Request
from starlette.responses import Response

import forgelake
from forgelake.accounts.cv import Cvs, Published, cv_of
from forgelake.cv.profile import Publication
from forgelake.model.hours import Hour
from forgelake.pages.cv.forms import Named, drawn_file
from forgelake.pages.cv.page import FORMS, page
from forgelake.pages.cv.view import shown
from forgelake.pages.page import render
from forgelake.query.snapshot import Snapshot
from forgelake.state.account_repos import AccountRepo
from forgelake.state.accounts import AccountRow
from forgelake.web.accounts import Account
from forgelake.web.answering import etag_of, matches, service_of
from forgelake.web.cache import Stored
from forgelake.web.negotiation import FORMATS, PAGE, SMALLEST_COMPRESSED, compressed, encoding_of
from forgelake.web.pages import site_of
from forgelake.web.problems import Problem
from forgelake.web.service import Service

router = APIRouter(include_in_schema=False)

_FRESH: Final = "public, max-age=60"
"""So short that what is taken back is soon gone from caches, too."""

_MEDIA: Final = {
    "": ("html", PAGE),
    ".pdf": ("pdf", "application/pdf"),
    ".svg": ("svg", FORMATS["svg"]),
    ".badge.svg": ("badge", FORMATS["svg"]),
    ".json": ("json-resume", FORMATS["json"]),
}
"""Forms and media types by the endings of their addresses."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """Whose CV, as it is published; ``preview`` says whom it is shown to if not to others."""

    person: AccountRow
    published: Published
    preview: str = ""

    def path(self, ending: str = "") -> str:
        return self.published.path(self.person.name, ending)

    @property
    def is_public(self) -> bool:
        return self.published.publication is Publication.PUBLIC


@router.get("/cv/{name}")
def cv_page(request: Request, name: Annotated[str, Path(max_length=80)], key: str = "") -> Response:
    """A CV in the form that the ending of its address names."""
    service = service_of(request)
    called, dot, rest = name.partition(".")
    person, ending = service.people.shown(called), dot + rest
    published = Cvs(service.context.state.profiles).of(person.id) if person else None
    if person is None or published is None or ending not in _MEDIA or not published.opens_for(key):
        raise Problem(404, "there is no such CV, or it is not shown to you")
    asked = _Asked(person, published)
    headers = {"Cache-Control": _FRESH if asked.is_public else "private, no-store"}
    if not asked.is_public:
        headers["X-Robots-Tag"] = "noindex, nofollow"
    return _answer(request, _stored(service, asked, ending), headers)


@router.get("/account/cv/preview")
def preview(request: Request, account: Account) -> Response:
    """One's own CV, as others see it once it is published."""
    service = service_of(request)
    published = Cvs(service.context.state.profiles).of(account)
    words = f"Only you see this page. Who sees your CV: {published.publication}."
    asked = _Asked(service.people.of(account), published, preview=words)
    return _answer(request, _stored(service, asked, ""), {"Cache-Control": "no-store"})


def _stored(service: Service, asked: _Asked, ending: str) -> Stored:
    """The body, made once as long as nothing that it follows from changes; who may see it was looked at before."""
    snapshot = service.snapshot()
    form, media = _MEDIA[ending]
    repos = service.context.state.account_repos.of_account(asked.person.id)
    hour = str(Hour.containing(service.context.clock()))
    etag = etag_of(snapshot.id, hour, forgelake.__version__, asked, repos, form)

    def made() -> Stored:
        return Stored(etag, media, _made(service, snapshot, asked, repos, form), "", closed=False)

    return service.cache.get(etag, made)


def _made(service: Service, snapshot: Snapshot, asked: _Asked, repos: Sequence[AccountRepo], form: str) -> bytes:
    person, profile = asked.person, asked.published.profile
    cv = cv_of(snapshot, person.id, profile, repos, service.context.clock())
    called = person.display_name or person.name
    if form != "html":
        return drawn_file(cv, profile, Named(called, service.public_url + asked.path()), form, service.drawer)
    site = site_of(service, snapshot)
    forms = [] if asked.preview else [(title, asked.path(ending)) for title, ending in FORMS.values()]
    hidden = bool(asked.preview) or not asked.is_public
    values = {"preview": asked.preview, "hidden_from_search": hidden, "forms": forms}
    return render(site, page(site, shown(cv, profile, called), ("cv", person.name), **values))


def _answer(request: Request, stored: Stored, headers: dict[str, str]) -> Response:
    headers = {**headers, "Vary": "Accept-Encoding"}
    if "no-store" not in headers["Cache-Control"]:
        headers["ETag"] = f"W/{stored.etag}"
        if matches(request.headers.get("if-none-match", ""), stored.etag):
            return Response(status_code=304, headers=headers)
    is_text = stored.media_type != _MEDIA[".pdf"][1] and len(stored.body) >= SMALLEST_COMPRESSED
    encoding = encoding_of(request.headers.get("accept-encoding", "")) if is_text else ""
    if not encoding:
        return Response(stored.body, 200, headers, stored.media_type)
    headers["Content-Encoding"] = encoding
    return Response(compressed(stored.body, encoding), 200, headers, stored.media_type)
