"""Questions that are accepted now and answered later: 202, and how such an answer stands (RFC 9110 and 7240)."""

from typing import Any, Final

from fastapi import Request
from starlette.responses import Response

from forgelake.jobs.waiting import look_again, note
from forgelake.pages.addresses import API, asked
from forgelake.pipelines.answers import asking
from forgelake.state.answers import AnswerRow, AnswerState, FullError
from forgelake.web.answering import service_of
from forgelake.web.asking import as_json
from forgelake.web.negotiation import offered
from forgelake.web.problems import Problem

_RETRY_SECONDS: Final = "30"
"""When there may be room for a further answer."""


def prefers_async(request: Request) -> bool:
    """Whether the caller does not want to wait."""
    wanted = ",".join(request.headers.getlist("prefer")).lower().split(",")
    return any(one.partition(";")[0].strip() == "respond-async" for one in wanted)


def accepted(request: Request, question: asking.Question) -> Response:
    """Have a worker answer a question.

    Raises:
        Problem: 429 or 503, there are too many.
    """
    try:
        row = asking.ask(service_of(request).context, question, request.scope["forgelake.caller"].name)
    except FullError as error:
        raise Problem(429 if error.own else 503, str(error), headers={"Retry-After": _RETRY_SECONDS}) from None
    headers = {"Location": _address(row)}
    if prefers_async(request):
        headers["Preference-Applied"] = "respond-async"
    return told(request, row, 202, headers)


def told(request: Request, row: AnswerRow, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """How an answer stands."""
    sent = {**(headers or {}), **waiting(request, row), "Cache-Control": "no-store"}
    return Response(as_json(_entry(request, row)), status, sent, media_type="application/json")


def waiting(request: Request, row: AnswerRow) -> dict[str, str]:
    """When to look again, as a header; nothing of what is over."""
    return {"Retry-After": str(look_again(row, service_of(request).context.clock()))} if row.under_way else {}


def _entry(request: Request, row: AnswerRow) -> dict[str, Any]:
    shown = ("id", "metric", "parameters", "state", "engine", "created_at", "started_at", "ended_at", "expires_at")
    catalogue, done = service_of(request).catalogue, row.state is AnswerState.DONE
    forms = offered(catalogue.get(row.metric)) if done and row.metric in catalogue.names else ()
    return {
        **{name: getattr(row, name) for name in shown},
        "progress": {"share": row.share, "of": row.share_of},
        "error": row.error,
        "note": note(service_of(request).context, row) or None,
        "links": {
            "self": _address(row),
            "question": f"{API}/metrics/{row.metric}/data{asked(row.parameters)}",
            "result": f"{_address(row)}/result" if done else None,
            "formats": {form: f"{_address(row)}/result.{form}" for form in forms},
        },
    }


def _address(row: AnswerRow) -> str:
    return f"{API}/answers/{row.id}"
