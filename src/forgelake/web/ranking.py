"""/ranking: who joined it, in order."""

from typing import Final

import msgspec
from fastapi import APIRouter, Request
from starlette.responses import Response

import forgelake
from forgelake.accounts.ranking import Standing, counted, members, standing
from forgelake.model.hours import Hour
from forgelake.pages.page import render
from forgelake.pages.ranking import USUAL, check, ranking_page
from forgelake.web.answering import etag_of, service_of
from forgelake.web.asking import check_names
from forgelake.web.cache import Stored
from forgelake.web.negotiation import PAGE
from forgelake.web.pages import site_of

_JSON: Final = "application/json"

router = APIRouter(include_in_schema=False)


@router.get("/ranking")
def show_ranking(request: Request, by: str = USUAL["by"], weeks: str = USUAL["weeks"]) -> Response:
    """Who joined, by commits or days with commits of the last 52, 13 or 1 weeks."""
    check_names(request, USUAL)
    check(by, weeks)
    service, snapshot = service_of(request), service_of(request).snapshot()
    context = service.context
    some = members(context.state.profiles, context.state.accounts)
    now = context.clock()
    asked = (snapshot.id, str(Hour.containing(now)), forgelake.__version__, some)
    etag, of_all = etag_of(*asked, by, weeks), etag_of(*asked, "standings")

    def standings() -> Stored:
        """Counted once for all orders: every member's CV is read for it."""
        found = [standing(*one) for one in counted(snapshot, some, context.state.account_repos, now)]
        return Stored(of_all, _JSON, msgspec.json.encode(found), "", closed=False)

    def made() -> Stored:
        site = site_of(service, snapshot)
        found = msgspec.json.decode(service.cache.get(of_all, standings).body, type=list[Standing])
        return Stored(etag, PAGE, render(site, ranking_page(site, found, by, weeks)), "", closed=False)

    stored = service.cache.get(etag, made)
    return Response(stored.body, 200, {"Cache-Control": "public, max-age=60"}, PAGE)
