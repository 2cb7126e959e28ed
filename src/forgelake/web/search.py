"""/repos, /orgs and /actors: names in the events of some days, found by a part of them.

A search looks through a bounded number of days, the newest ones unless others are asked for, so its cost does not grow
with the archive.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from forgelake.metrics.values import ParameterError, instant
from forgelake.model.period import Period, midnight
from forgelake.query.snapshot import Snapshot
from forgelake.web.answering import Made, reply, service_of
from forgelake.web.asking import Cursor, From, Limit, To, as_json, cursor_after, known_parameters_only, position
from forgelake.web.documents import responses
from forgelake.web.models import FoundActorList, FoundList
from forgelake.web.negotiation import format_of

router = APIRouter(tags=["search"], dependencies=[Depends(known_parameters_only)])

Part = Annotated[str, Query(max_length=200, description="part of the name, in any case", examples=["lin"])]

# The page begins after what the cursor names: a rank and a name. `$part` is compared, never matched as a pattern.
_SQL: Final = """
WITH found AS (
    SELECT {name} AS name, max({id}) AS id, count(*) AS events, max(created_at) AS last_event{more},
           CASE WHEN lower({name}) = $part OR ends_with(lower({name}), '/' || $part) THEN 0
                WHEN starts_with(lower({name}), $part) OR contains(lower({name}), '/' || $part) THEN 1
                ELSE 2 END AS rank
    FROM events
    WHERE created_at >= $start AND created_at < $end AND {name} IS NOT NULL AND contains(lower({name}), $part)
    GROUP BY {name}
)
SELECT * FROM found WHERE rank > $rank OR (rank = $rank AND name > $name) ORDER BY rank, name LIMIT $count
"""


@dataclass(frozen=True, slots=True)
class Kind:
    """What is searched for: a name's column, and the SQL made for it from our own column names."""

    name: str
    sql: str


REPOS: Final = Kind("repos", _SQL.format(name="repo_name", id="repo_id", more=""))
ORGS: Final = Kind("orgs", _SQL.format(name="org_login", id="org_id", more=""))
ACTORS: Final = Kind("actors", _SQL.format(name="actor_login", id="actor_id", more=", bool_or(actor_is_bot) AS is_bot"))


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
    """Repositories by a part of owner/name; a renamed one is found under each of its names."""
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
    values = {"part": search.q.lower(), "rank": rank, "name": name, "count": search.limit + 1}

    def make() -> Made:
        rows = _rows(snapshot, period, kind, values, service.settings.timeout_seconds) if period else []
        page = rows[: search.limit]
        more = cursor_after(question, page[-1]["rank"], page[-1]["name"]) if len(rows) > search.limit else None
        data = [{name: value for name, value in row.items() if name != "rank"} for row in page]
        searched = {"from": period.start if period else None, "to": period.end if period else None}
        return Made(as_json({"data": data, "searched": searched, "next": more}))

    return reply(request, snapshot, (*question, period, sorted(values.items())), form, make)


def _rows(
    snapshot: Snapshot, period: Period, kind: Kind, values: dict[str, Any], timeout_seconds: float
) -> list[dict[str, Any]]:
    bound = {**values, "start": period.start, "end": period.end}
    with snapshot.session(period, tables=["events"], timeout_seconds=timeout_seconds) as session:
        rows: list[dict[str, Any]] = session.run(kind.sql, bound).read_all().to_pylist()
    return rows


def _period(search: Search, snapshot: Snapshot, days: int) -> Period | None:
    """The days to look through; None while there are none.

    Raises:
        ParameterError: they are too many, or none.
    """
    end = instant("to", search.to) if search.to else _end_of_data(snapshot)
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


def _end_of_data(snapshot: Snapshot) -> datetime | None:
    files = snapshot.tables["events"].files
    return midnight(files[-1].day) + timedelta(days=1) if files else None
