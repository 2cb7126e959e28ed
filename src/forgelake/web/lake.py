"""/tables, /coverage, /runs: the lake about itself."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from forgelake.accounts.keys import Scope
from forgelake.metrics.intervals import Interval
from forgelake.metrics.values import ParameterError, instant
from forgelake.model.coverage import Coverage, Gap
from forgelake.model.period import Period
from forgelake.pipelines import describe
from forgelake.query.coverage import HourCoverage, summary
from forgelake.query.snapshot import Snapshot
from forgelake.state.runs import RunRow
from forgelake.web.answering import Made, reply, service_of
from forgelake.web.asking import Cursor, From, Limit, To, as_json, cursor_after, known_parameters_only, position
from forgelake.web.documents import ASKING, responses
from forgelake.web.models import CoverageList, RunList, TableList
from forgelake.web.negotiation import format_of

router = APIRouter(tags=["lake"], dependencies=[Depends(known_parameters_only)])

By = Annotated[Literal["day", "hour"], Query(description="a row per day or per hour")]
DEFAULT_SPAN: Final = timedelta(days=30)
_WIDTHS: Final = {"day": Interval.DAY, "hour": Interval.HOUR}
_MEANINGS: Final = {"slices": "The ledger: one slice as one origin holds it.", "runs": "One execution of a job."}


@router.get("/tables", responses=responses(TableList))
def list_tables(request: Request) -> Response:
    """Every table and column of the lake."""
    snapshot = service_of(request).snapshot()
    return reply(request, snapshot, "tables", _json(request), lambda: Made(as_json({"data": _tables(snapshot)})))


@router.get("/coverage", responses=responses(CoverageList))
def list_coverage(
    request: Request, from_: From = None, to: To = None, by: By = "day", limit: Limit = 100, cursor: Cursor = None
) -> Response:
    """What was expected, what arrived, and what is missing and why; the last 30 days if no period is given."""
    service = service_of(request)
    snapshot, now = service.snapshot(), service.lake.clock()
    end = instant("to", to) if to else Interval.HOUR.floor(now)
    start = instant("from", from_) if from_ else end - DEFAULT_SPAN
    if end <= start:
        good = f"before to, {end:%Y-%m-%dT%H:%M:%SZ}"
        raise ParameterError("from", from_ or f"{start:%Y-%m-%d}", good)  # noqa: EM101 - a parameter's name
    question = ("coverage", from_, to, by)
    at = position(cursor, question, str)
    page, following = _page(Period(instant("cursor", at[0]) if at else start, end), _WIDTHS[by], limit)

    def make() -> Made:
        hours = snapshot.hours(page, now)
        rows = list(_coverage_rows(page, _WIDTHS[by], hours))
        more = cursor_after(question, following.isoformat()) if following else None
        document = {"data": rows, "coverage": _coverage(summary(hours)), "next": more}
        return Made(as_json(document))

    return reply(request, snapshot, (*question, page, service.horizon(page.end)), _json(request), make)


@router.get("/runs", responses=responses(RunList, problems=ASKING, cached=False))
def list_runs(request: Request, limit: Limit = 20, cursor: Cursor = None) -> Response:
    """The latest runs, newest first."""
    _json(request)
    at = position(cursor, ("runs",), str, str)
    before = (datetime.fromisoformat(at[0]), at[1]) if at else None
    rows = service_of(request).context.state.runs.page(limit + 1, before)
    page = rows[:limit]
    more = None
    if len(rows) > limit:
        more = cursor_after(("runs",), page[-1].started_at.isoformat(), page[-1].id)
    secrets = Scope.ADMIN in request.scope["forgelake.scopes"]
    body = as_json({"data": [_run(row, secrets=secrets) for row in page], "next": more})
    return Response(body, media_type="application/json", headers={"Cache-Control": "no-cache"})


def _json(request: Request) -> str:
    return format_of(request.headers.get("accept", ""), ["json"])


def _tables(snapshot: Snapshot) -> list[dict[str, Any]]:
    columns: dict[str, list[dict[str, Any]]] = {}
    for row in describe.columns():
        eras = [era for era in str(row["eras"]).split(", ") if era]
        column = {"name": str(row["column"]), "type": row["type"], "required": row["required"], "eras": eras}
        columns.setdefault(str(row["table"]), []).append({**column, "meaning": row["meaning"]})
    return [{"name": name, **_facts(snapshot, name), "columns": described} for name, described in columns.items()]


def _facts(snapshot: Snapshot, name: str) -> dict[str, Any]:
    planned = snapshot.tables.get(name)
    if planned is None:
        nothing = dict.fromkeys(("rows", "files", "bytes", "first_day", "last_day"))
        return {"meaning": _MEANINGS.get(name, ""), **nothing}
    files = planned.files
    return {
        "meaning": planned.table.meaning,
        "rows": sum(file.rows for file in files),
        "files": len(files),
        "bytes": sum(file.bytes for file in files),
        "first_day": str(files[0].day) if files else None,
        "last_day": str(files[-1].day) if files else None,
    }


def _page(period: Period, width: Interval, limit: int) -> tuple[Period, datetime | None]:
    """The stretch of a period that a page shows, and where the next one begins."""
    end = width.floor(period.start)
    for _ in range(limit):
        end = width.after(end)
        if end >= period.end:
            return period, None
    return Period(period.start, end), end


def _coverage_rows(page: Period, width: Interval, hours: Sequence[HourCoverage]) -> Iterable[dict[str, Any]]:
    by_bucket: dict[datetime, list[HourCoverage]] = {}
    for hour in hours:
        by_bucket.setdefault(width.floor(hour.hour.start), []).append(hour)
    for start, end in width.buckets(*page):
        if found := by_bucket.get(start):
            told = _coverage(summary(found))
            told.pop("unit")
            events, repaired = sum(hour.events for hour in found), sum(hour.repaired for hour in found)
            yield {"from": start, "to": end, **told, "events": events, "repaired": repaired}


def _coverage(whole: Coverage) -> dict[str, Any]:
    return {
        "expected": whole.expected,
        "received": whole.received,
        "share": whole.share,
        "unit": whole.unit,
        "gaps": [_gap(gap) for gap in whole.gaps],
        "sources": list(whole.sources),
        "rejected": whole.rejected,
    }


def _gap(gap: Gap) -> dict[str, Any]:
    return {"from": gap.start, "to": gap.end, "reason": gap.reason}


def _run(row: RunRow, *, secrets: bool) -> dict[str, Any]:
    counts = {name: getattr(row, name) for name in ("slices_done", "events", "rejected", "bytes")}
    return {
        "id": row.id,
        "job": row.job,
        "status": str(row.status),
        "started_at": row.started_at,
        "finished_at": row.finished_at,
        **counts,
        "arguments": row.arguments if secrets else None,
        "error": row.error if secrets else None,
        "cause": row.cause,
    }
