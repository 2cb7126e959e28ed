"""/repos, /orgs and /actors: names found by a part of them; see `forgelake.query.search`."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from forgelake.metrics.values import ParameterError, instant
from forgelake.model.period import Period
from forgelake.query.search import ACTORS, ORGS, REPOS, Kind, Wanted, found, newest_days
from forgelake.query.snapshot import Snapshot
from forgelake.web.answering import Made, reply, service_of
from forgelake.web.asking import Cursor, From, Limit, To, as_json, cursor_after, known_parameters_only, position
from forgelake.web.documents import responses
from forgelake.web.models import FoundActorList, FoundList
from forgelake.web.negotiation import format_of

router = APIRouter(tags=["search"], dependencies=[Depends(known_parameters_only)])

Part = Annotated[str, Query(max_length=200, description="part of the name, in any case", examples=["lin"])]


@dataclass(frozen=True, slots=True)
class Search:
    """A search as it was asked; a dependency of the routes."""

    q: str
    from_: str | None
    to: str | None
    limit: int
    cursor: str | None


def asked(q: Part = "", from_: From = None, to: To = None, limit: Limit = 50, cursor: Cursor = None) -> Search:
    """The parameters that all searches have."""
    return Search(q, from_, to, limit, cursor)


Asked = Annotated[Search, Depends(asked)]


@router.get("/repos", responses=responses(FoundList))
def find_repos(request: Request, search: Asked) -> Response:
    """Repositories in events, and tracked ones, by a part of owner/name; a renamed one under each of its names."""
    return _found(request, REPOS, search)


@router.get("/orgs", responses=responses(FoundList))
def find_orgs(request: Request, search: Asked) -> Response:
    """Organisations by a part of their login."""
    return _found(request, ORGS, search)


@router.get("/actors", responses=responses(FoundActorList))
def find_actors(request: Request, search: Asked) -> Response:
    """Accounts that did something, by a part of their login."""
    return _found(request, ACTORS, search)


def _found(request: Request, kind: Kind, search: Search) -> Response:
    service = service_of(request)
    form = format_of(request.headers.get("accept", ""), ["json"])
    snapshot = service.snapshot()
    period = _period(search, snapshot, service.settings.search_days)
    question = (kind.name, search.q.lower(), search.from_, search.to)
    rank, name = position(search.cursor, question, int, str) or (-1, "")

    def make() -> Made:
        wanted = Wanted(kind, search.q, search.limit + 1, (rank, name))
        rows = found(snapshot, period, wanted, service.settings.timeout_seconds)
        page = rows[: search.limit]
        more = cursor_after(question, page[-1]["rank"], page[-1]["name"]) if len(rows) > search.limit else None
        data = [{name: value for name, value in row.items() if name != "rank"} for row in page]
        searched = {"from": period.start if period else None, "to": period.end if period else None}
        return Made(as_json({"data": data, "searched": searched, "next": more}))

    return reply(request, snapshot, (*question, period, rank, name, search.limit), form, make)


def _period(search: Search, snapshot: Snapshot, days: int) -> Period | None:
    """The days to look through; None while there are none.

    Raises:
        ParameterError: they are too many, or none.
    """
    newest = newest_days(snapshot, days)
    end = instant("to", search.to) if search.to else newest.end if newest is not None else None
    if end is None:
        return None
    longest = timedelta(days=days)
    start = instant("from", search.from_) if search.from_ else end - longest
    if search.from_ and not search.to and end - start > longest:
        end = start + longest
    if not timedelta(0) < end - start <= longest:
        good = f"from before to, with at most {days} days between them (api.search_days)"
        raise ParameterError("from", search.from_ or str(start.date()), good)  # noqa: EM101 - a parameter's name
    return Period(start, end)
