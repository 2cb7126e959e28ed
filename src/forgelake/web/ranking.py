"""/ranking: who joined it, in order."""

import hashlib
from typing import Annotated, Final, Literal

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

import forgelake
from forgelake.accounts.ranking import counted, members, ranking
from forgelake.cv.counting import WEEKS
from forgelake.model.hours import Hour
from forgelake.pages.addresses import RANKING
from forgelake.pages.page import Page, render
from forgelake.web.answering import service_of
from forgelake.web.asking import check_names
from forgelake.web.cache import Stored
from forgelake.web.negotiation import PAGE
from forgelake.web.pages import site_of

router = APIRouter(include_in_schema=False)

_METRICS: Final = {"commits": "commits", "days": "commit days"}
"""What one can be ranked by, and what a CV's trends call it."""


@router.get("/ranking")
def ranking_page(
    request: Request, by: Literal["commits", "days"] = "commits", weeks: Annotated[int, Query()] = WEEKS[0]
) -> Response:
    """Who joined, by commits or days with commits of the last 52, 13 or 1 weeks."""
    check_names(request, ("by", "weeks"))
    service, snapshot = service_of(request), service_of(request).snapshot()
    context = service.context
    some = members(context.state.profiles, context.state.accounts)
    span = WEEKS.index(weeks) if weeks in WEEKS else 0
    now = context.clock()
    facts = (snapshot.id, str(Hour.containing(now)), forgelake.__version__, some, by, span)
    etag = f'"{hashlib.blake2b(repr(facts).encode(), digest_size=16).hexdigest()}"'

    def made() -> Stored:
        lines = ranking(counted(snapshot, some, context.state.account_repos, now), _METRICS[by], span)
        values = {"lines": lines, "by": by, "weeks": WEEKS[span], "spans": WEEKS, "metrics": _METRICS}
        site = site_of(service, snapshot)
        return Stored(etag, PAGE, render(site, Page("ranking", "Ranking", RANKING, values)), "", closed=False)

    stored = service.cache.get(etag, made)
    return Response(stored.body, 200, {"Cache-Control": "public, max-age=60"}, PAGE)
