"""/health: the process answers. /ready: the lake answers."""

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from forgelake import __version__
from forgelake.web.answering import service_of
from forgelake.web.asking import as_json, known_parameters_only
from forgelake.web.documents import responses
from forgelake.web.models import Health, Ready

router = APIRouter(tags=["server"], dependencies=[Depends(known_parameters_only)])
_HEALTHY = as_json({"status": "ok", "version": __version__})
_NO_STORE = {"Cache-Control": "no-store"}


@router.get("/health", responses=responses(Health, problems=(422,), cached=False))
async def health() -> Response:
    """Whether the process answers; asks neither the lake nor a thread, for both may be busy."""
    return Response(_HEALTHY, media_type="application/json", headers=_NO_STORE)


@router.get("/ready", responses=responses(Ready, problems=(422, 503), cached=False))
def ready(request: Request) -> Response:
    """Whether the lake answers."""
    snapshot = service_of(request).snapshot()
    body = as_json({"status": "ready", "snapshot": snapshot.id, "as_of": snapshot.taken_at})
    return Response(body, media_type="application/json", headers=_NO_STORE)
