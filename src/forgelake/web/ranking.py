"""/ranking: who joined it, in order."""

from fastapi import APIRouter, Request
from starlette.responses import Response

import forgelake
from forgelake.accounts.ranking import counted, members
from forgelake.model.hours import Hour
from forgelake.pages.page import render
from forgelake.pages.ranking import USUAL, check, ranking_page
from forgelake.web.answering import etag_of, service_of
from forgelake.web.asking import check_names
from forgelake.web.cache import Stored
from forgelake.web.negotiation import PAGE
from forgelake.web.pages import site_of

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
    etag = etag_of(snapshot.id, str(Hour.containing(now)), forgelake.__version__, some, by, weeks)

    def made() -> Stored:
        site = site_of(service, snapshot)
        page = ranking_page(site, counted(snapshot, some, context.state.account_repos, now), by, weeks)
        return Stored(etag, PAGE, render(site, page), "", closed=False)

    stored = service.cache.get(etag, made)
    return Response(stored.body, 200, {"Cache-Control": "public, max-age=60"}, PAGE)
