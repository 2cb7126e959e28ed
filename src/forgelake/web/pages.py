"""Pages: addresses, their queries, and how long what is shown stays right. What is on them is `forgelake.pages`."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from http import HTTPStatus
from typing import Annotated
from urllib.parse import parse_qsl, urlsplit

import anyio.to_thread
from fastapi import APIRouter, Path, Request
from starlette.responses import Response

from forgelake.accounts.keys import Scope
from forgelake.alerts.telling import test as alert_test
from forgelake.app.jobs import JOBS
from forgelake.jobs import orders
from forgelake.model.hours import Hour
from forgelake.pages.assets import MEDIA_TYPES, NAMES
from forgelake.pages.compare import compare
from forgelake.pages.counting import ANSWER
from forgelake.pages.digest import digest
from forgelake.pages.explore import catalogue, explore
from forgelake.pages.home import home
from forgelake.pages.page import Page, render
from forgelake.pages.repository import repository
from forgelake.pages.search import search
from forgelake.pages.site import Site
from forgelake.pages.status import day as one_day
from forgelake.pages.status import status
from forgelake.pages.topics import topic, topics
from forgelake.pipelines.clock import RealClock
from forgelake.query.snapshot import Snapshot
from forgelake.settings.urls import is_loopback
from forgelake.web.answering import Made, reply, service_of
from forgelake.web.asking import check_names
from forgelake.web.cookies import said_in, saying
from forgelake.web.negotiation import PAGE, compressed, encoding_of
from forgelake.web.problems import Problem
from forgelake.web.service import Service

router = APIRouter(include_in_schema=False)

PERIOD = ("period", "from", "to", "interval")
_ORDERS = {"run": orders.run_soon, "pause": orders.pause, "resume": orders.resume}
_FOR_EVER = "public, max-age=31536000, immutable"


@router.get("/")
def home_page(request: Request) -> Response:
    """How it is going."""
    return _shown(request, (*PERIOD, "compare"), home)


@router.get("/repos/{owner}/{name:path}")
def repository_page(
    request: Request, owner: Annotated[str, Path(max_length=200)], name: Annotated[str, Path(max_length=200)]
) -> Response:
    """A repository, by any name that it had."""
    return _shown(request, PERIOD, lambda site, given: repository(site, owner, name, given))


@router.get("/compare")
def compare_page(request: Request) -> Response:
    """Several repositories side by side."""
    return _shown(request, (*PERIOD, "repos", "basis", "scale", "log"), compare)


@router.get("/topics")
def topics_page(request: Request) -> Response:
    """All topics and searches that are counted."""
    return _shown(request, PERIOD, topics)


@router.get("/topics/{name}")
def topic_page(request: Request, name: Annotated[str, Path(max_length=100)]) -> Response:
    """A topic: how many repositories, in which languages, and the most starred ones."""
    return _shown(request, PERIOD, lambda site, given: topic(site, name, given))


@router.get("/digest")
def last_digest_page(request: Request) -> Response:
    """The last week that is over."""
    return _shown(request, (), lambda site, _: digest(site, ""))


@router.get("/digest/{week}")
def digest_page(request: Request, week: Annotated[str, Path(max_length=20)]) -> Response:
    """The digest of a week."""
    return _shown(request, (), lambda site, _: digest(site, week))


@router.get("/search")
def search_page(request: Request) -> Response:
    """Repositories by a part of their name."""
    return _shown(request, ("q",), search)


@router.get("/explore")
def catalogue_page(request: Request) -> Response:
    """All metrics."""
    return _shown(request, ("q",), catalogue)


@router.get("/explore/{name}")
def explore_page(request: Request, name: Annotated[str, Path(max_length=60)]) -> Response:
    """A metric with its parameters."""
    metric = service_of(request).catalogue.get(name)
    asker = request.scope["forgelake.caller"].name
    known = (*PERIOD, *metric.parameters, ANSWER)
    return _shown(request, known, lambda site, given: explore(replace(site, asker=asker), name, given))


@router.get("/status")
def status_page(request: Request) -> Response:
    """What ran, what is due, and what became of every hour: as it is at this moment, so it is kept nowhere."""
    check_names(request, PERIOD, empty=True)
    service = service_of(request)
    said = said_in(request.headers.get("cookie", ""), secure=service.is_secure)
    site = site_of(service, service.snapshot())
    page = status(site, _given(request), secrets=_is_operator(request), tested=said)
    headers = {"Cache-Control": "no-store"}
    if said:
        headers["Set-Cookie"] = saying((), secure=service.is_secure)
    return Response(render(site, page), page.status, headers, PAGE)


@router.post("/status/jobs/{name}")
async def order_job(request: Request, name: Annotated[str, Path(max_length=60)]) -> Response:
    """Run, pause or resume a job, and go back to the status."""
    _check_order(request, "jobs")
    wanted = dict(parse_qsl((await request.body()).decode("ascii", "replace"))).get("order", "")
    if wanted not in _ORDERS:
        raise Problem(422, f'order: "{wanted[:20]}" is not known', parameter="order", value=wanted, good=list(_ORDERS))
    await anyio.to_thread.run_sync(_ORDERS[wanted], service_of(request).context, JOBS, name)
    return _back_to_status({})


@router.post("/status/alerts/{name}")
def test_alert(request: Request, name: Annotated[str, Path(max_length=60)]) -> Response:
    """Tell the channels of an alert that this is a test, and go back to the status, which says how that went."""
    _check_order(request, "alerts")
    service = service_of(request)
    tried = alert_test(service.context, RealClock(), name)
    said = saying((f"{name}: {one.channel}: {one.told or 'told'}" for one in tried), secure=service.is_secure)
    return _back_to_status({"Set-Cookie": said})


@router.get("/status/{day}")
def day_page(request: Request, day: Annotated[str, Path(max_length=20)]) -> Response:
    """The hours of a day."""
    return _shown(request, (), lambda site, _: one_day(site, day))


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


def _back_to_status(headers: Mapping[str, str]) -> Response:
    """A page of its own address, so that it can be loaded again."""
    return Response(
        status_code=HTTPStatus.SEE_OTHER, headers={"Location": "/status", "Cache-Control": "no-store", **headers}
    )


def _check_order(request: Request, what: str) -> None:
    """Refuse orders of others than whoever runs this server, given on a page of its own.

    Raises:
        Problem: 403.
    """
    if not _is_operator(request):
        raise Problem(403, f"only whoever runs this server may order here; with a key, use /api/v1/{what}")
    check_own_origin(request)


def check_own_origin(request: Request) -> None:
    """Refuse a form that was sent from a page of another place.

    Raises:
        Problem: 403.
    """
    # A browser that tells the site sends "null" as the origin, as pages of ours give no referrer.
    site = request.headers.get("sec-fetch-site")
    if site != "same-origin" if site else not _is_own_origin(request):
        raise Problem(403, "a page of another place may not order here", parameter="Origin")


def _is_operator(request: Request) -> bool:
    """Whether whoever asks may see what names private repositories: the key's scope, or this machine's own address."""
    return Scope.ADMIN in request.scope["forgelake.scopes"] or is_loopback(service_of(request).settings.host)


def _is_own_origin(request: Request) -> bool:
    """Whether a form was sent from a page of this server; programs that send no origin are nobody's victims."""
    origin = request.headers.get("origin")
    return origin is None or urlsplit(origin).netloc == request.headers.get("host")


def _given(request: Request) -> dict[str, str]:
    """What the query asks; a form sends its empty fields as well."""
    return {name: value for name, value in request.query_params.items() if value.strip()}


class _NotFineError(Exception):
    """A page that says what is wrong, or how far something is; it is kept nowhere."""

    def __init__(self, body: bytes, status: int) -> None:
        self.body, self.status = body, status


def _shown(request: Request, known: Iterable[str], make: Callable[[Site, Mapping[str, str]], Page]) -> Response:
    """A page of the lake as it is now; made once for a state of the lake and an hour."""
    service = service_of(request)
    check_names(request, known, empty=True)
    snapshot = service.snapshot()
    given = _given(request)

    def made() -> Made:
        site = site_of(service, snapshot)
        page = make(site, given)
        body = render(site, page)
        if page.status != HTTPStatus.OK or not page.kept:
            raise _NotFineError(body, page.status)
        return Made(body)

    hour = Hour.containing(service.context.clock())
    try:
        return reply(request, snapshot, ("page", request.url.path, sorted(given.items()), str(hour)), "html", made)
    except _NotFineError as page:
        return Response(page.body, page.status, {"Cache-Control": "no-store"}, PAGE)


def site_of(service: Service, snapshot: Snapshot) -> Site:
    """What a server's pages are made from."""
    return Site(
        service.context,
        snapshot,
        service.catalogue,
        service.drawer,
        service.addresses(),
        service.context.clock(),
        service.settings.timeout_seconds,
        JOBS,
    )
