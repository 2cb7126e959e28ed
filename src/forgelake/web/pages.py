"""Pages: addresses, their queries, and how long what is shown stays right. What is on them is `forgelake.pages`."""

from collections.abc import Callable, Iterable, Mapping
from typing import Annotated

from fastapi import APIRouter, Path, Request
from starlette.responses import Response

from forgelake.model.hours import Hour
from forgelake.pages.addresses import ServerAddresses
from forgelake.pages.assets import MEDIA_TYPES, NAMES
from forgelake.pages.home import home
from forgelake.pages.page import Page, render
from forgelake.pages.site import Site
from forgelake.query.snapshot import Snapshot
from forgelake.web.answering import Made, reply, service_of
from forgelake.web.asking import check_names
from forgelake.web.negotiation import compressed, encoding_of
from forgelake.web.problems import Problem
from forgelake.web.service import Service

router = APIRouter(include_in_schema=False)

PERIOD = ("period", "from", "to", "interval")
_FOR_EVER = "public, max-age=31536000, immutable"


@router.get("/")
def home_page(request: Request) -> Response:
    """How it is going."""
    return _shown(request, (*PERIOD, "compare"), home)


@router.get("/assets/{mark}/{name}")
def asset(
    request: Request, mark: Annotated[str, Path(max_length=40)], name: Annotated[str, Path(max_length=40)]
) -> Response:
    """A file that pages load; its address changes when it does."""
    assets = service_of(request).assets
    if name not in NAMES or mark != assets.mark(name):
        message = f'there is no file "{name[:40]}" of that mark'
        raise Problem(404, message, value=name, good=NAMES)
    encoding = encoding_of(request.headers.get("accept-encoding", ""))
    body = assets.body(name)
    headers = {"Cache-Control": _FOR_EVER, "Vary": "Accept-Encoding"}
    if encoding:
        body, headers["Content-Encoding"] = compressed(body, encoding), encoding
    return Response(body, 200, headers, MEDIA_TYPES[name])


def _shown(request: Request, known: Iterable[str], make: Callable[[Site, Mapping[str, str]], Page]) -> Response:
    """A page of the lake as it is now; made once for a state of the lake and an hour."""
    service = service_of(request)
    check_names(request, known)
    snapshot = service.snapshot()
    given = dict(request.query_params)

    def made() -> Made:
        site = site_of(service, snapshot)
        return Made(render(site, make(site, given)))

    hour = Hour.containing(service.context.clock())
    return reply(request, snapshot, ("page", request.url.path, sorted(given.items()), str(hour)), "html", made)


def site_of(service: Service, snapshot: Snapshot) -> Site:
    """What a server's pages are made from."""
    return Site(
        service.context,
        snapshot,
        service.catalogue,
        service.drawer,
        ServerAddresses(service.assets, service.public_url),
        service.context.clock(),
        service.settings.timeout_seconds,
    )
