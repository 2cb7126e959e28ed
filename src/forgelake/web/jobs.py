"""/jobs: how each job stands; for keys that allow it, to run, pause and resume one."""

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request
from starlette.responses import Response

from forgelake.accounts.keys import Scope
from forgelake.app.jobs import JOBS
from forgelake.jobs import orders
from forgelake.jobs.status import JobStatus, live_workers, statuses
from forgelake.model.errors import similar
from forgelake.web.answering import service_of
from forgelake.web.asking import as_json, known_parameters_only
from forgelake.web.documents import ASKING, responses
from forgelake.web.models import JobEntry, JobList
from forgelake.web.negotiation import format_of
from forgelake.web.problems import Problem

router = APIRouter(tags=["jobs"], dependencies=[Depends(known_parameters_only)])

Name = Annotated[str, Path(description="the job's name")]

_ONE = responses(JobEntry, problems=(*ASKING, 404), cached=False)
_NO_STORE = {"Cache-Control": "no-store"}


@router.get("/jobs", responses=responses(JobList, cached=False))
def list_jobs(request: Request) -> Response:
    """How each job stands, when it runs next, and how many workers there are to run it."""
    context = service_of(request).context
    listed = [_entry(request, one) for one in statuses(context, JOBS)]
    return _json(request, {"data": listed, "workers": len(live_workers(context))})


@router.get("/jobs/{name}", responses=_ONE)
def show_job(request: Request, name: Name) -> Response:
    """How a job stands."""
    return _one(request, name)


@router.post("/jobs/{name}/run", responses=_ONE)
def run_job(request: Request, name: Name) -> Response:
    """Have a job run as soon as a worker is free, even if it is paused."""
    orders.run_soon(service_of(request).context, JOBS, _known(name))
    return _one(request, name)


@router.post("/jobs/{name}/pause", responses=_ONE)
def pause_job(request: Request, name: Name) -> Response:
    """Keep a job from running by itself; a run that is at it goes on."""
    orders.pause(service_of(request).context, JOBS, _known(name))
    return _one(request, name)


@router.post("/jobs/{name}/resume", responses=_ONE)
def resume_job(request: Request, name: Name) -> Response:
    """Let a job run by itself again."""
    orders.resume(service_of(request).context, JOBS, _known(name))
    return _one(request, name)


def _known(name: str) -> str:
    if name in JOBS:
        return name
    # The most similar ones first.
    good = dict.fromkeys([*similar(name, JOBS), *JOBS])
    message = f'there is no job "{name[:100]}"; the jobs are {", ".join(JOBS)}'
    raise Problem(404, message, parameter="name", value=name, good=list(good), see="/api/v1/jobs")


def _one(request: Request, name: str) -> Response:
    known = JOBS[_known(name)]
    [status] = statuses(service_of(request).context, {known.name: known})
    return _json(request, _entry(request, status))


def _entry(request: Request, status: JobStatus) -> dict[str, Any]:
    entry = asdict(status)
    # What a run could not do may name what is private.
    if not {Scope.ADMIN, Scope.JOBS} & request.scope["forgelake.scopes"]:
        entry["error"] = None
    return entry


def _json(request: Request, document: dict[str, Any]) -> Response:
    format_of(request.headers.get("accept", ""), ["json"])
    return Response(as_json(document), media_type="application/json", headers=_NO_STORE)
