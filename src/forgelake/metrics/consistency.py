"""What the parts of a definition must say of each other; each problem with the place that it is in."""

from collections.abc import Iterator
from typing import TypeAlias

from forgelake.lake.catalog import TABLES
from forgelake.metrics.definition import Chart, Metric
from forgelake.metrics.parameters import REPO_IDS, RESERVED, IntervalParameter, NameParameter, Parameter
from forgelake.metrics.values import ParameterError, value
from forgelake.model.errors import nearest

Place: TypeAlias = tuple[str | int, ...]
Problem: TypeAlias = tuple[Place, str]

READABLE = (*TABLES, "slices", "runs", "bots")
"""Tables that a metric may read."""


def problems(metric: Metric, file_name: str) -> Iterator[Problem]:
    """Everything that does not fit together."""
    if metric.name != file_name:
        yield ("name",), f'"{metric.name}" is not the file\'s name; write "{file_name}" or rename the file'
    for number, table in enumerate(metric.tables):
        if table not in READABLE:
            yield (
                ("tables", number),
                f'there is no table "{table}"{nearest(table, READABLE)}; there are {_listed(READABLE)}',
            )
    for name, parameter in metric.parameters.items():
        yield from ((("parameters", name, *place), said) for place, said in _parameter(name, parameter))
    yield from _sql(metric)
    yield from _columns(metric)
    yield from _shape(metric)
    if metric.chart is not None:
        yield from _chart(metric.chart, [column.name for column in metric.columns])
        yield from _drawn_together(metric, metric.chart)


def _parameter(name: str, parameter: Parameter) -> Iterator[Problem]:
    if name in RESERVED:
        yield (), f'"{name}" is taken: {_listed(RESERVED)} are bound by themselves'
    if (name == "interval") != (parameter.type == "interval"):
        yield ("type",), "the parameter of type interval is named interval, and no other is"
    if isinstance(parameter, IntervalParameter) and parameter.default not in parameter.values:
        yield ("default",), f'"{parameter.default}" is not one of its own values: {", ".join(parameter.values)}'
    if isinstance(parameter, NameParameter) and parameter.required and parameter.default is not None:
        yield ("default",), "a required parameter has no default; leave one of the two out"
    if not isinstance(parameter, IntervalParameter) and parameter.default is not None:
        try:
            value(name, parameter, str(parameter.default))
        except ParameterError as error:
            yield ("default",), f'"{error.value}" is not what it takes itself: {error.good}'


def _sql(metric: Metric) -> Iterator[Problem]:
    declared = {"unit" if name == "interval" else name for name in metric.parameters}
    bound = {"from", "to", *declared, *(["since"] if metric.lookback else [])}
    types = {one.type for one in metric.parameters.values()}
    known = bound | ({REPO_IDS} if types & {"repo", "repos"} else set())
    for name in sorted(metric.asked_in_sql - known):
        yield ("sql",), f"${name} is not declared{nearest(name, known)}; there are ${', $'.join(sorted(known))}"
    for name in sorted(bound - metric.asked_in_sql):
        if not (name == "from" and metric.lookback):
            yield ("sql",), f"${name} is declared and never used"


def _columns(metric: Metric) -> Iterator[Problem]:
    names = [column.name for column in metric.columns]
    for number, column in enumerate(metric.columns):
        if column.name in names[:number]:
            yield ("columns", number, "name"), f'"{column.name}" is there twice'
        if column.role == "value" and column.additivity is None:
            good = "sum, last, max, distinct, ratio or quantile"
            yield ("columns", number), f'the value "{column.name}" needs additivity: {good}'
        if column.role == "dimension" and (column.additivity or column.unit):
            yield ("columns", number), f'the dimension "{column.name}" has neither additivity nor unit'
    if not metric.values:
        yield ("columns",), "no column has the role value"


def _shape(metric: Metric) -> Iterator[Problem]:
    first = metric.columns[0]
    if metric.kind == "series":
        if (first.name, first.kind, first.role) != ("bucket", "instant", "dimension"):
            yield (
                ("columns", 0),
                f'the first column of a series is bucket, an instant and a dimension; here "{first.name}"',
            )
        if "interval" not in metric.parameters:
            yield ("parameters",), "a series needs the parameter interval: {type: interval, default: d}"
    elif "interval" in metric.parameters:
        yield ("parameters", "interval"), f"only a series has an interval, and this is a {metric.kind}"
    if metric.kind == "value" and metric.dimensions:
        yield ("columns",), "a value is one row, so it has no dimension"
    if metric.fill and (metric.kind != "series" or len(metric.dimensions) > 1):
        yield ("fill",), "only a series without further dimensions can be filled"


def _chart(chart: Chart, columns: list[str]) -> Iterator[Problem]:
    for channel, encoding in chart.encoding.items():
        entries = encoding if isinstance(encoding, list) else [encoding]
        for entry in entries:
            field = entry.get("field") if isinstance(entry, dict) else None
            if field is not None and field not in columns:
                good = f"{nearest(str(field), columns)}; there are {_listed(columns)}"
                yield ("chart", "encoding", channel), f'there is no column "{field}"{good}'


def _drawn_together(metric: Metric, chart: Chart) -> Iterator[Problem]:
    values = {column.name: column.unit or metric.unit for column in metric.values}
    for number, name in enumerate(chart.series):
        if name not in values:
            yield ("chart", "series", number), f'there is no value "{name}"{nearest(name, values)}'
        elif values[name] != values.get(chart.series[0]):
            yield ("chart", "series", number), f'"{name}" counts {values[name]}; what is drawn together has one unit'
    if chart.series and "color" in chart.encoding:
        yield ("chart", "series"), "color tells the series apart already; leave one of the two out"


def _listed(words: list[str] | tuple[str, ...]) -> str:
    return ", ".join(words)
