"""Explore: every metric of the catalogue with its parameters, its answer, its definition and its SQL."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, Final

from forgelake.metrics.definition import Metric
from forgelake.metrics.observed import slice_kind
from forgelake.metrics.parameters import (
    EVENT_TYPES,
    EnumParameter,
    IntegerParameter,
    IntervalParameter,
    NameParameter,
    NumberParameter,
    Parameter,
)
from forgelake.metrics.values import ParameterError, value
from forgelake.model.errors import UsageError
from forgelake.pages.counting import ANSWER, counted, counting, linked
from forgelake.pages.page import Page
from forgelake.pages.panel import Ask, Panel, panels
from forgelake.pages.periods import Chosen
from forgelake.pages.site import Site
from forgelake.state.answers import AnswerRow

GROUPS: Final = {
    "": "Public events",
    "snapshot": "Tracked repositories, day by day",
    "state": "Tracked repositories, day by day",
    "stars": "Stars that are still held",
    "topic": "Topics",
    "traffic": "Traffic of your repositories",
}
"""Headings of the list, by the kind of slices that a metric rests on."""

_EXAMPLES: Final = {
    "repo": "owner/name",
    "repos": "owner/name, owner/other",
    "org": "organisation",
    "actor": "login",
    "topic": "topic",
}


@dataclass(frozen=True, slots=True)
class Field:
    """A field of the form: what it is called, what it holds, and what it takes."""

    name: str
    kind: str
    value: str
    required: bool = False
    options: Sequence[str] = ()
    bounds: Mapping[str, str] = field(default_factory=dict)
    example: str = ""
    description: str = ""
    wrong: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Metrics under one heading, with where they lead."""

    title: str
    metrics: Sequence[tuple[Metric, str | None]]


def catalogue(site: Site, given: Mapping[str, str]) -> Page:
    """The list of all metrics, or of those that hold a text."""
    part = given.get("q", "").strip()
    wanted = [metric for metric in site.catalogue if _matches(metric, part.lower())]
    groups = [Group(title, list(found)) for title, found in _grouped(site, wanted)]
    values = {"q": part, "groups": groups, "count": len(wanted), "all": len(site.catalogue)}
    return Page("catalogue", "Explore", ("explore",), values, {"q": part} if part else {})


def explore(site: Site, name: str, given: Mapping[str, str]) -> Page:
    """A metric's page; what is wrong with its parameters stands beside them.

    Raises:
        NotFoundError: there is no such metric.
    """
    metric = site.catalogue.get(name)
    own = {key: text.strip() for key, text in given.items() if key in metric.parameters and key != "interval"}
    mistakes = {key: said for key, text in own.items() if text and (said := _mistake(metric, key, text))}
    period, said = _period(site, metric, given)
    if said:
        mistakes["period"] = said
    missing = [key for key, one in metric.parameters.items() if _is_required(one) and not own.get(key)]
    shown, row = list[Panel](), None
    if not mistakes and not missing:
        asked = {**own, **period.asked, "interval": _interval(metric, period)}
        shown, row = _answered(site, metric, {key: text for key, text in asked.items() if text}, given)
    values = {
        "metric": metric,
        "period": period,
        "fields": [_field(key, one, own.get(key, ""), mistakes.get(key, "")) for key, one in _fields(metric)],
        "mistakes": mistakes,
        "missing": missing,
        "panels": shown,
        "counting": counting(site, row) if row and row.under_way else None,
        "group": GROUPS.get(slice_kind(metric), ""),
    }
    query = {**{key: text for key, text in own.items() if text}, **period.query}
    status = 422 if mistakes else 202 if values["counting"] else 200
    # What was refused now, or to one, may be answered soon, or to another.
    kept = row is None and all(one.state != "failed" for one in shown)
    return Page("explore", metric.title, ("explore", metric.name), values, query, status, kept)


def _answered(
    site: Site, metric: Metric, asked: Mapping[str, str], given: Mapping[str, str]
) -> tuple[list[Panel], AnswerRow | None]:
    """The answer's panel, and the answer itself where a worker makes or made it."""
    try:
        row = counted(site, site.bound(metric.name, asked), given.get(ANSWER, ""))
    except UsageError:
        # The panel says what is wrong.
        row = None
    if row is not None and row.under_way:
        return [], row
    shown = panels(site, [Ask(metric.name, asked, wide=True)])
    return [linked(one, row) for one in shown] if row else shown, row


def _matches(metric: Metric, part: str) -> bool:
    return part in f"{metric.name} {metric.title} {metric.description} {metric.unit}".lower()


def _grouped(site: Site, metrics: Iterable[Metric]) -> Iterable[tuple[str, Iterable[tuple[Metric, str | None]]]]:
    order = list(dict.fromkeys(GROUPS.values()))

    def title(metric: Metric) -> str:
        return GROUPS.get(slice_kind(metric), GROUPS[""])

    ranked = sorted(metrics, key=lambda metric: (order.index(title(metric)), metric.title))
    for heading, found in groupby(ranked, key=title):
        yield heading, [(metric, site.addresses.page("explore", metric.name)) for metric in found]


def _period(site: Site, metric: Metric, given: Mapping[str, str]) -> tuple[Chosen, str]:
    """The period asked for; the default one and what is wrong, if something is."""
    archive = not slice_kind(metric)
    try:
        return site.chosen(given, archive=archive), ""
    except ParameterError as error:
        return site.chosen({}, archive=archive), str(error)


def _interval(metric: Metric, period: Chosen) -> str:
    """The width of buckets, as near to the page's as the metric has it."""
    declared = metric.parameters.get("interval")
    if not isinstance(declared, IntervalParameter):
        return ""
    taken = period.interval if period.interval in declared.values else declared.default
    return taken.value


def _mistake(metric: Metric, name: str, text: str) -> str:
    declared = metric.parameters[name]
    if isinstance(declared, IntervalParameter):
        return ""
    try:
        value(name, declared, text)
    except ParameterError as error:
        return f"It should be {error.good}."
    return ""


def _fields(metric: Metric) -> Iterable[tuple[str, Parameter]]:
    return ((name, one) for name, one in metric.parameters.items() if not isinstance(one, IntervalParameter))


def _is_required(declared: Parameter) -> bool:
    return isinstance(declared, NameParameter) and declared.required


def _field(name: str, declared: Parameter, text: str, wrong: str) -> Field:
    facts: dict[str, Any] = {"description": declared.description, "wrong": wrong, "required": _is_required(declared)}
    match declared:
        case EnumParameter():
            return Field(name, "choice", text or declared.default, options=declared.values, **facts)
        case NameParameter(type="event_type"):
            return Field(name, "choice", text, options=("", *EVENT_TYPES), **facts)
        case IntegerParameter() | NumberParameter():
            step = "1" if isinstance(declared, IntegerParameter) else "any"
            bounds = {"min": str(declared.minimum), "max": str(declared.maximum), "step": step}
            return Field(name, "number", text or str(declared.default), bounds=bounds, **facts)
        case NameParameter():
            return Field(name, "text", text, example=_EXAMPLES[declared.type], **facts)
        case _:
            return Field(name, "text", text, **facts)
