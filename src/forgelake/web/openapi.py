"""The OpenAPI document: what FastAPI knows of the routes, and what only the catalogue knows: metrics and parameters.

Good enough to generate a client from; a test does.
"""

from collections.abc import Iterable
from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from forgelake import __version__
from forgelake.app.jobs import JOBS
from forgelake.metrics.definition import Metric
from forgelake.metrics.parameters import (
    EVENT_TYPES,
    EnumParameter,
    IntegerParameter,
    IntervalParameter,
    NameParameter,
    NumberParameter,
    Parameter,
)
from forgelake.web.models import ProblemDocument

_INTERVALS: Final = ["h", "d", "w", "m", "q", "y", "hour", "day", "week", "month", "quarter", "year"]
_DAY: Final = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
_TIME: Final = "[0-9]{2}:[0-9]{2}(:[0-9]{2})?"
_ZONE: Final = "(Z|[+-][0-9]{2}:[0-9]{2})"
_INSTANT: Final = rf"^{_DAY}([T ]{_TIME}{_ZONE}?)?$"
_REPO: Final = r"[A-Za-z0-9_.-]{1,100}/[A-Za-z0-9_.-]{1,100}"
_PATTERNS: Final = {
    "repo": (rf"^{_REPO}$", "torvalds/linux"),
    "repos": (rf"^{_REPO}(,{_REPO}){{0,9}}$", "torvalds/linux,git/git"),
    "topic": (r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,49}$", "data-engineering"),
    "org": (r"^[A-Za-z0-9_-]{1,100}$", "kubernetes"),
    "actor": (r"^[A-Za-z0-9_-]{1,100}(\[bot\])?$", "torvalds"),
}
_DRAWN: Final = {
    "column": ({"maxLength": 60}, "of svg, png and vegalite: the column that is drawn in place of the chart's own"),
    "log": ({"enum": ["1"]}, "of svg, png and vegalite: a logarithmic scale, where the chart has lines"),
    "series": (
        {"maxLength": 4000},
        "of svg, png and vegalite: up to ten names of series in the order of their colours, divided by commas, "
        "each with further names of the same one behind |",
    ),
}
_DESCRIPTION: Final = """Metrics over GitHub's public events, each answer with its coverage: how many slices
ought to be there, how many are, what is missing and why. All times are UTC; the end of a period is excluded."""


def document(app: FastAPI, metrics: Iterable[Metric]) -> dict[str, Any]:
    """The OpenAPI document of an application that offers these metrics."""
    made: dict[str, Any] = get_openapi(
        title="forgelake", version=__version__, description=_DESCRIPTION, routes=app.routes
    )
    schemas: dict[str, Any] = made["components"]["schemas"]
    schemas[ProblemDocument.__name__] = ProblemDocument.model_json_schema(ref_template="#/components/schemas/{model}")
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    listed = list(metrics)
    schemas |= {
        "MetricName": {"type": "string", "enum": [metric.name for metric in listed]},
        "JobName": {"type": "string", "enum": list(JOBS)},
        "Interval": {"type": "string", "enum": _INTERVALS},
        "EventType": {"type": "string", "enum": list(EVENT_TYPES)},
    }
    made["components"]["securitySchemes"] = {
        "key": {"type": "http", "scheme": "bearer", "description": "made by: forgelake keys create NAME"}
    }
    for path, operations in made["paths"].items():
        for method, operation in operations.items():
            _finish(path, operation, listed, ordering=method == "post")
    return made


def _finish(path: str, operation: dict[str, Any], metrics: list[Metric], *, ordering: bool) -> None:
    if not path.endswith(("/health", "/ready")):
        # A key is never needed where anonymous reading is on, but /sql asks for one always.
        with_key = {"key": list[str]()}
        needed = path.endswith("/sql") or (ordering and ("/jobs/" in path or "/alerts/" in path))
        operation["security"] = [with_key] if needed else [{}, with_key]
    parameters: list[dict[str, Any]] = operation.setdefault("parameters", list[dict[str, Any]]())
    for parameter in parameters:
        if parameter["in"] == "path" and parameter["name"] == "name" and "/alerts/" not in path:
            parameter["schema"] = _reference("JobName" if "/jobs/" in path else "MetricName")
    content = operation["responses"]["200"]["content"]
    # A client that takes one format only takes the first.
    operation["responses"]["200"]["content"] = {"application/json": content.get("application/json"), **content}
    if operation.pop("x-metric-parameters", None):
        parameters += _metric_parameters(metrics) + _drawing_parameters()
    if operation.pop("x-drawing-parameters", None):
        parameters += _drawing_parameters()


def _metric_parameters(metrics: list[Metric]) -> list[dict[str, Any]]:
    """All parameters of all metrics; each says which metrics take it."""
    period = {"type": "string", "pattern": _INSTANT, "maxLength": 40}
    found = [
        _query("from", period, "begin: a date or an instant, UTC; 30 days before the end if left out"),
        _query("to", period, "end, excluded: a date or an instant, UTC; the last whole hour if left out"),
    ]
    for name in sorted({name for metric in metrics for name in metric.parameters}):
        taking = [metric for metric in metrics if name in metric.parameters]
        declared = [metric.parameters[name] for metric in taking]
        which = "every metric" if len(taking) == len(metrics) else ", ".join(metric.name for metric in taking)
        said = next((one.description for one in declared if one.description), "")
        found.append(_query(name, _schema(declared), f"{said} Taken by {which}.".strip()))
    return found


def _drawing_parameters() -> list[dict[str, Any]]:
    return [_query(name, {"type": "string", **schema}, said) for name, (schema, said) in _DRAWN.items()]


def _reference(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}


def _query(name: str, schema: dict[str, Any], description: str) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "schema": schema, "description": description}


def _schema(declared: list[Parameter]) -> dict[str, Any]:
    """A schema that takes what any of the metrics takes."""
    match declared[0]:
        case IntervalParameter():
            return _reference("Interval")
        case EnumParameter():
            values = {value for one in declared if isinstance(one, EnumParameter) for value in one.values}
            return {"type": "string", "enum": sorted(values)}
        case NameParameter(type="event_type"):
            return _reference("EventType")
        case NameParameter(type=kind):
            pattern, example = _PATTERNS[kind]
            return {"type": "string", "pattern": pattern, "examples": [example]}
        case first:
            numbers = [one for one in declared if isinstance(one, IntegerParameter | NumberParameter)]
            bounds = {"minimum": min(n.minimum for n in numbers), "maximum": max(n.maximum for n in numbers)}
            return {"type": first.type, **bounds}
