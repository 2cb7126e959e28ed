"""/alerts: how each alert stands; for keys that allow it, a test of its channels."""

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request
from starlette.responses import Response

from forgelake.accounts.keys import Scope
from forgelake.alerts.status import AlertStatus, statuses
from forgelake.alerts.telling import test
from forgelake.pipelines.clock import RealClock
from forgelake.web.answering import service_of
from forgelake.web.asking import as_json, known_parameters_only
from forgelake.web.documents import ASKING, responses
from forgelake.web.models import AlertList, AlertTest
from forgelake.web.negotiation import format_of
from forgelake.web.problems import Problem

router = APIRouter(tags=["alerts"], dependencies=[Depends(known_parameters_only)])

_NO_STORE = {"Cache-Control": "no-store"}


@router.get("/alerts", responses=responses(AlertList, cached=False))
def list_alerts(request: Request) -> Response:
    """How each alert stands."""
    found = statuses(service_of(request).context)
    return _json(request, {"data": [_entry(request, one) for one in found]})


@router.post("/alerts/{name}/test", responses=responses(AlertTest, problems=(*ASKING, 404), cached=False))
def test_alert(request: Request, name: Annotated[str, Path(description="the alert's name")]) -> Response:
    """Tell each channel of an alert that this is a test, and say which took it."""
    context = service_of(request).context
    if name not in context.settings.alerts:
        good = list(context.settings.alerts)
        message = f'there is no alert "{name[:100]}"'
        raise Problem(404, message, parameter="name", value=name, good=good, see="/api/v1/alerts")
    tried = test(context, RealClock(), name)
    return _json(
        request, {"data": [{"channel": one.channel, "told": not one.told, "error": one.told} for one in tried]}
    )


def _entry(request: Request, status: AlertStatus) -> dict[str, Any]:
    entry = asdict(status)
    # What was seen may name what is private, and its value may be of it.
    if not {Scope.ADMIN, Scope.JOBS} & request.scope["forgelake.scopes"]:
        entry |= {"words": None, "error": None, "value": None}
    return entry


def _json(request: Request, document: dict[str, Any]) -> Response:
    format_of(request.headers.get("accept", ""), ["json"])
    return Response(as_json(document), media_type="application/json", headers=_NO_STORE)
