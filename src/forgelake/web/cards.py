"""/cards and /badges: numbers for other people's pages, from what was made before. No forge is ever asked."""

import hashlib
import json
from collections.abc import Mapping
from typing import Final

from fastapi import APIRouter, Request
from starlette.responses import Response

import forgelake
from forgelake.metrics.definition import Metric
from forgelake.model.errors import ForgelakeError
from forgelake.model.hours import Hour
from forgelake.pages.cards import BADGE, CARD, OWN, card, sorry
from forgelake.pages.kept import Make
from forgelake.web.answering import matches, service_of
from forgelake.web.asking import check_names
from forgelake.web.negotiation import FORMATS, SMALLEST_COMPRESSED, compressed, encoding_of
from forgelake.web.pages import site_of
from forgelake.web.problems import Problem
from forgelake.web.refusals import problem_of
from forgelake.web.service import Service

router = APIRouter(include_in_schema=False)

FRESH: Final = "max-age=3600, stale-while-revalidate=86400"
"""A number that is an hour old does no harm; asking for it at every view of a README would."""

_WRONG: Final = "public, max-age=300"


@router.get("/cards/{name}.svg")
def card_drawing(request: Request, name: str) -> Response:
    """A card."""
    return _drawn(request, CARD, name)


@router.get("/badges/{name}.svg")
def badge_drawing(request: Request, name: str) -> Response:
    """A badge."""
    return _drawn(request, BADGE, name)


def _drawn(request: Request, kind: str, name: str) -> Response:
    service = service_of(request)
    try:
        metric = service.catalogue.get(name)
        check_names(request, {*OWN, *metric.parameters})
        body = _body(service, kind, metric, dict(request.query_params))
    except (Problem, ForgelakeError) as error:
        problem = problem_of(error)
        said = sorry(kind, problem.detail)
        return Response(said, problem.status_code, {"Cache-Control": _WRONG}, FORMATS["svg"])
    return _answer(request, body)


def _body(service: Service, kind: str, metric: Metric, given: Mapping[str, str]) -> bytes:
    # What was made while private repositories were served is not answered when they are hidden.
    key = json.dumps([kind, metric.name, sorted(given.items()), service.settings.private_repos])

    def newest() -> tuple[str, Make]:
        snapshot = service.snapshot()
        hour = Hour.containing(service.context.clock())
        mark = " ".join((snapshot.id, str(hour), metric.digest, forgelake.__version__))
        return mark, lambda: card(site_of(service, snapshot), kind, metric.name, given)

    return service.cards.card(key, newest)


def _answer(request: Request, body: bytes) -> Response:
    encoding = encoding_of(request.headers.get("accept-encoding", "")) if len(body) >= SMALLEST_COMPRESSED else ""
    digest = hashlib.blake2b(body, digest_size=16).hexdigest()
    etag = f'"{digest}-{encoding}"' if encoding else f'"{digest}"'
    who = "private" if request.headers.get("authorization") else "public"
    headers = {"ETag": etag, "Cache-Control": f"{who}, {FRESH}", "Vary": "Accept-Encoding, Authorization"}
    if matches(request.headers.get("if-none-match", ""), etag):
        return Response(status_code=304, headers=headers)
    if encoding:
        body, headers["Content-Encoding"] = compressed(body, encoding), encoding
    return Response(body, 200, headers, FORMATS["svg"])
