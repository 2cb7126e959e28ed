"""/metrics: the list, definitions, and answers in five formats."""

from collections.abc import Hashable, Iterable
from datetime import datetime
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Depends, Path, Request
from starlette.responses import Response

from forgelake.metrics.answer import Answer, answer_from
from forgelake.metrics.binding import Bound, bind
from forgelake.metrics.definition import Metric
from forgelake.metrics.frame import ALONE, OWN, Frame, asked
from forgelake.metrics.written import DRAWN, written
from forgelake.pipelines.answers import asking
from forgelake.web.accepting import accepted, prefers_async
from forgelake.web.answering import Made, reply, service_of
from forgelake.web.asking import as_json, check_names, known_parameters_only
from forgelake.web.documents import ACCEPTED, ASKING, responses
from forgelake.web.models import MetricAnswer, MetricDefinition, MetricList
from forgelake.web.negotiation import FORMATS, check_offered, format_of, offered
from forgelake.web.service import Service

router = APIRouter(tags=["metrics"])

Name = Annotated[str, Path(description="the metric's name", max_length=60, examples=["events"])]
Form = Annotated[Literal["json", "csv", "parquet", "arrow", "svg", "png", "vegalite"], Path(description="the format")]

_DATA: Final = {
    "responses": {**responses(MetricAnswer, problems=(*ASKING, 404), formats=tuple(FORMATS)), **ACCEPTED},
    "response_class": Response,
    # Which parameters there are is written into the OpenAPI document from the catalogue; see `forgelake.web.openapi`.
    "openapi_extra": {"x-metric-parameters": True},
}


@router.get("/metrics", responses=responses(MetricList), dependencies=[Depends(known_parameters_only)])
def list_metrics(request: Request) -> Response:
    """All metrics."""
    service = service_of(request)

    def make() -> Made:
        return Made(as_json({"data": [_summary(metric) for metric in service.catalogue]}))

    facts = ("metrics", *(metric.digest for metric in service.catalogue))
    return reply(request, service.snapshot(), facts, _json(request), make)


@router.get(
    "/metrics/{name}",
    responses=responses(MetricDefinition, problems=(*ASKING, 404)),
    dependencies=[Depends(known_parameters_only)],
)
def show_metric(request: Request, name: Name) -> Response:
    """The definition of a metric: what it counts, how, and from what."""
    service = service_of(request)
    metric = service.catalogue.get(name)

    def make() -> Made:
        shown = {**metric.model_dump(mode="json"), "data_url": _data_url(metric)}
        return Made(as_json(shown))

    return reply(request, service.snapshot(), ("metric", metric.digest), _json(request), make)


@router.get("/metrics/{name}/data", **_DATA)
def metric_data(request: Request, name: Name) -> Response:
    """A metric's answer, in the format that Accept names."""
    metric = service_of(request).catalogue.get(name)
    form = format_of(request.headers.get("accept", ""), offered(metric))
    return _answered(request, metric, form)


@router.get("/metrics/{name}/data.{form}", **_DATA)
def metric_data_as(request: Request, name: Name, form: Form) -> Response:
    """A metric's answer, in the format that the suffix names."""
    metric = service_of(request).catalogue.get(name)
    check_offered(metric, form)
    return _answered(request, metric, form)


def facts(bound: Bound, horizon: datetime, frame: Frame = ALONE) -> tuple[Hashable, ...]:
    """What a question's answer follows from besides the snapshot, as values whose ``repr`` says all.

    Args:
        horizon: how far the period is over.
        frame: how it is drawn.
    """
    asked_for = (tuple(sorted(given.items())) for given in (bound.parameters, frame.query))
    return (bound.metric.digest, bound.start, bound.end, horizon, *asked_for)


def frame_of(request: Request, metric: Metric, form: str, known: Iterable[str] = ()) -> Frame:
    """How an answer is drawn where it is; ``known`` are the parameters that the address takes besides.

    Raises:
        Problem, ParameterError: there is another parameter, or the chart cannot be drawn so.
    """
    drawn = form in DRAWN
    check_names(request, {*known, *(OWN if drawn else ())})
    return asked(metric, request.query_params) if drawn else ALONE


def _answered(request: Request, metric: Metric, form: str) -> Response:
    service = service_of(request)
    frame = frame_of(request, metric, form, _known(metric))
    given = {name: text for name, text in request.query_params.items() if name not in OWN}
    bound = bind(metric, given, service.lake.clock())
    snapshot = service.snapshot()
    question = asking.question(service.context, snapshot, bound)
    if prefers_async(request) or asking.is_long(service.context, question):
        return accepted(request, question)
    named = {"from", "to"} <= set(request.query_params)

    def make() -> Made:
        limit = service.settings.timeout_seconds
        answer = answer_from(snapshot, bound, service.lake.clock(), timeout_seconds=limit)
        return Made(written(answer, form, service.drawer, frame), closed=named and _is_closed(service, bound, answer))

    return reply(request, snapshot, facts(bound, service.horizon(bound.end), frame), form, make)


def _is_closed(service: Service, bound: Bound, answer: Answer) -> bool:
    """Whether the period is over and all of it was received."""
    complete = answer.coverage.expected > 0 and answer.coverage.received == answer.coverage.expected
    return complete and bound.end <= service.lake.clock()


def _known(metric: Metric) -> set[str]:
    return {"from", "to", *metric.parameters}


def _json(request: Request) -> str:
    return format_of(request.headers.get("accept", ""), ["json"])


def _summary(metric: Metric) -> dict[str, Any]:
    return {
        "name": metric.name,
        "title": metric.title,
        "description": metric.description,
        "unit": metric.unit,
        "kind": metric.kind,
        "parameters": ["from", "to", *metric.parameters],
        "eras": [str(era) for era in metric.eras],
        "definition_url": f"/api/v1/metrics/{metric.name}",
        "data_url": _data_url(metric),
    }


def _data_url(metric: Metric) -> str:
    return f"/api/v1/metrics/{metric.name}/data"
