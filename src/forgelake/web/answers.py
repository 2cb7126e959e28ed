"""/answers: how a long answer stands, and its result."""

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Path, Request
from starlette.responses import Response

from forgelake.accounts.keys import Scope
from forgelake.metrics.catalogue import NotFoundError
from forgelake.metrics.written import written
from forgelake.model.hours import horizon
from forgelake.pipelines.answers import asking, result
from forgelake.pipelines.answers.asking import DUCKDB
from forgelake.state.answers import AnswerRow, AnswerState
from forgelake.web.accepting import told, waiting
from forgelake.web.answering import Made, reply_of, service_of
from forgelake.web.asking import in_words, known_parameters_only
from forgelake.web.documents import ASKING, responses
from forgelake.web.metrics import Form, facts, frame_of
from forgelake.web.models import AnswerEntry, MetricAnswer
from forgelake.web.negotiation import FORMATS, check_offered, format_of, offered
from forgelake.web.problems import Problem

router = APIRouter(tags=["answers"])

_ID: Final = "^[0-9a-f]{32}$"
Id = Annotated[
    str,
    in_words(_ID, "32 hexadecimal digits, as Location has them where a long answer is accepted (202)"),
    Path(description="the answer's id", pattern=_ID, examples=["0" * 32]),
]

_STANDS: Final = {
    "responses": responses(AnswerEntry, problems=(*ASKING, 404), cached=False),
    "dependencies": [Depends(known_parameters_only)],
}
_RESULT: Final = {
    "responses": responses(MetricAnswer, problems=(*ASKING, 404, 409, 410), formats=tuple(FORMATS)),
    "response_class": Response,
    "openapi_extra": {"x-drawing-parameters": True},
}


@router.get("/answers/{answer}", **_STANDS)
def show_answer(request: Request, answer: Id) -> Response:
    """How an answer stands, and where its result is."""
    return told(request, _known(request, answer))


@router.delete("/answers/{answer}", **_STANDS)
def cancel_answer(request: Request, answer: Id) -> Response:
    """End an answer that is under way, or give up its result: for who asked first, and for keys with the scope jobs."""
    row, caller = _known(request, answer), request.scope["forgelake.caller"]
    if row.asked_by != asking.digest_of(caller.name) and not {Scope.ADMIN, Scope.JOBS} & caller.scopes:
        message = 'somebody else asked for this first; a key with the scope "jobs" may cancel it all the same'
        raise Problem(403, message, parameter="Authorization")
    return told(request, asking.cancel(service_of(request).context, answer) or row)


@router.get("/answers/{answer}/result", **_RESULT)
def answer_result(request: Request, answer: Id) -> Response:
    """What the metric's own address would have answered, in the format that Accept names."""
    return _result(request, answer, "")


@router.get("/answers/{answer}/result.{form}", **_RESULT)
def answer_result_as(request: Request, answer: Id, form: Form) -> Response:
    """The same in the format that the suffix names."""
    return _result(request, answer, form)


def _known(request: Request, id_: str) -> AnswerRow:
    row = asking.find(service_of(request).context, id_)
    if row is None:
        raise Problem(404, "there is no such answer; ask the metric again", parameter="answer", value=id_)
    return row


def _result(request: Request, id_: str, form: str) -> Response:
    service, row = service_of(request), _done(request, id_)
    try:
        bound = result.bound_of(service.catalogue, row)
        form = form or format_of(request.headers.get("accept", ""), offered(bound.metric))
        check_offered(bound.metric, form)
        frame = frame_of(request, bound.metric, form)
        known = facts(bound, horizon(bound.end, row.created_at), frame)

        def make() -> Made:
            return Made(written(result.read(service.context, service.catalogue, row), form, service.drawer, frame))

        # What is from the same state of the lake has the same mark, unless another engine may have rounded otherwise.
        besides = () if row.engine == DUCKDB else (row.engine,)
        return reply_of(request, (row.snapshot, known, *besides), form, make)
    except (result.GoneError, NotFoundError) as error:
        raise Problem(410, str(error)) from None


def _done(request: Request, id_: str) -> AnswerRow:
    row = _known(request, id_)
    if row.state is AnswerState.DONE:
        return row
    if row.state is AnswerState.EXPIRED:
        raise Problem(410, row.error or "the result was kept until its time was over; ask again")
    why = f": {row.error}" if row.error else ""
    raise Problem(409, f"there is no result, the answer is {row.state}{why}", headers=waiting(request, row))
