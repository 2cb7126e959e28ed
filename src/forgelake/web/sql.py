"""/sql: a query of one's own, for keys that allow it."""

import csv
import io
import threading
from typing import Annotated

import anyio.from_thread
import pyarrow as pa
import pyarrow.parquet as pq
from fastapi import APIRouter, Body, Depends, Request
from starlette.responses import Response

from forgelake.app.compose import s3_options
from forgelake.metrics.formats import plain
from forgelake.metrics.values import ParameterError, instant
from forgelake.model.hours import FIRST_HOUR
from forgelake.model.period import Period
from forgelake.web.answering import service_of
from forgelake.web.asking import as_json, known_parameters_only
from forgelake.web.documents import responses
from forgelake.web.models import SqlAnswer, SqlQuestion
from forgelake.web.negotiation import FORMATS, format_of
from forgelake.web.problems import Problem
from forgelake.web.sandbox.process import GoneError, Question, run

router = APIRouter(tags=["sql"], dependencies=[Depends(known_parameters_only)])

OFFERED = ("json", "csv", "parquet", "arrow")
CLIENT_LEFT = 499
"""What web servers log for a caller who did not wait; nobody receives it."""


class Gate:
    """Lets as many queries run at the same time as there may; whoever comes on top is sent away at once."""

    def __init__(self, most: int) -> None:
        self._free = threading.BoundedSemaphore(most)
        self._most = most

    def __enter__(self) -> None:
        if not self._free.acquire(blocking=False):
            message = f"{self._most} queries are running already; try again"
            raise Problem(503, message, headers={"Retry-After": "2"})

    def __exit__(self, *_: object) -> None:
        self._free.release()


@router.post("/sql", responses=responses(SqlAnswer, formats=OFFERED, cached=False))
def ask(request: Request, question: Annotated[SqlQuestion, Body()]) -> Response:
    """Run one SELECT over the tables of the lake, with limits of time, memory and rows."""
    service = service_of(request)
    form = format_of(request.headers.get("accept", ""), OFFERED)
    snapshot = service.snapshot()
    asked = Question(question.sql, snapshot, _period(question), s3_options(service.context.settings), service.settings)
    try:
        with request.app.state.gate:
            table = run(asked, lambda: anyio.from_thread.run(request.is_disconnected))
    except GoneError:
        return Response(status_code=CLIENT_LEFT)
    return Response(_written(table, form, snapshot.id), media_type=FORMATS[form], headers={"Cache-Control": "no-store"})


def _period(question: SqlQuestion) -> Period | None:
    if question.from_ is None and question.to is None:
        return None
    start = instant("from", question.from_) if question.from_ else FIRST_HOUR.start
    end = instant("to", question.to) if question.to else instant("to", "2100-01-01")
    if end <= start:
        good = f"later than from, {start:%Y-%m-%dT%H:%M:%SZ}"
        raise ParameterError("to", question.to or "", good)  # noqa: EM101 - a parameter's name
    return Period(start, end)


def _written(table: pa.Table, form: str, snapshot: str) -> bytes:
    match form:
        case "csv":
            return _csv(table)
        case "parquet":
            sink = io.BytesIO()
            pq.write_table(table, sink, compression="zstd")
            return sink.getvalue()
        case "arrow":
            sink = io.BytesIO()
            with pa.ipc.new_stream(sink, table.schema) as stream:
                stream.write_table(table)
            return sink.getvalue()
        case _:
            columns = [{"name": field.name, "type": str(field.type)} for field in table.schema]
            rows = [{name: plain(value) for name, value in row.items()} for row in table.to_pylist()]
            return as_json({"data": rows, "columns": columns, "rows": len(table), "snapshot": snapshot})


def _csv(table: pa.Table) -> bytes:
    sink = io.StringIO()
    writer = csv.writer(sink, lineterminator="\n")
    writer.writerow(table.column_names)
    writer.writerows(
        [plain(value) for value in row] for row in zip(*(c.to_pylist() for c in table.columns), strict=True)
    )
    return sink.getvalue().encode()
