"""An answer as a Vega-Lite specification, complete with its data: no address in it, nothing to be fetched.

What is not known is drawn as not known: buckets that were not received break a line and are shaded, those that are not
whole are hollow or pale, and the line into the bucket that is not over is dashed. All times are UTC. Series carry their
names at their ends; past five of them, the largest have colours and the rest is grey.
"""

import math
from collections.abc import Iterable
from typing import Any, Final

from forgelake.metrics.answer import Answer
from forgelake.metrics.definition import Chart, Column, Metric
from forgelake.metrics.drawn_rows import OVER, PARTIAL, TAIL, Drawn, drawn, ends, field_of
from forgelake.metrics.formats import column_head, plain
from forgelake.metrics.frame import ALONE, Frame
from forgelake.metrics.intervals import Interval
from forgelake.metrics.look import LABEL, LINE, PAGE, REST, SERIES
from forgelake.model.coverage import Gap, percent

SCHEMA: Final = "https://vega.github.io/schema/vega-lite/v6.json"
"""The name of the dialect, not a place that is asked."""

MOST_POINTS: Final = 60
"""Series up to this length show their points, so that a bucket between two gaps is seen."""

MOST_GAPS: Final = 60
"""Gaps that are shaded, the longest first."""

_STEP, _LABEL_PIXELS = 20, 13
_TICK_PIXELS, _DAY_HOURS = 75, 24
_STEPS: Final = (1, 2, 3, 4, 6, 7, 12, 14, 24, 28, 52, 104, 365, 1000)
_PALE: Final = {"condition": {"test": f"datum.{PARTIAL}", "value": 0.45}, "value": 1}
_HOURS: Final = (
    "utchours(datum.value)||utcminutes(datum.value)?utcFormat(datum.value,'%H:%M'):utcFormat(datum.value,'%-d %b')"
)
COUNTS: Final = {
    "labelExpr": "datum.value%1?'':format(datum.value,'~s')",
    "gridOpacity": {"condition": {"test": "datum.value%1", "value": 0}, "value": 1},
}
"""An axis of whole numbers: what lies between them has neither a label nor a line."""
_TIMES: Final = {
    Interval.HOUR: ("utcyearmonthdatehours", _HOURS),
    Interval.DAY: ("utcyearmonthdate", "utcFormat(datum.value,'%-d %b')"),
    Interval.WEEK: ("utcyearmonthdate", "utcFormat(datum.value,'%-d %b')"),
    Interval.MONTH: ("utcyearmonth", "utcFormat(datum.value,'%b %Y')"),
    Interval.QUARTER: ("utcyearquarter", "'Q'+utcquarter(datum.value)+' '+utcyear(datum.value)"),
    Interval.YEAR: ("utcyear", "utcFormat(datum.value,'%Y')"),
}
"""Vega-Lite's unit of a bucket, and how its axis writes an instant."""


def specification(answer: Answer, frame: Frame = ALONE) -> dict[str, Any]:
    """The chart that the metric declares, or a plain one, with this answer's rows."""
    answer, metric = frame.renamed(answer), answer.bound.metric
    chart = _chosen(metric.chart or plain_chart(metric), frame)
    shown = drawn(answer, chart)
    title = {"title": {"text": _title(metric, frame), "subtitle": _subtitle(answer)}} if frame.titled else {}
    return {
        "$schema": SCHEMA,
        **title,
        "width": frame.width,
        "height": {"step": _STEP} if _is_discrete(chart.encoding.get("y")) else frame.height,
        "data": {"values": _above_zero(shown) if frame.log else shown.rows},
        **_drawn(answer, chart, shown, frame),
    }


def plain_chart(metric: Metric) -> Chart:
    """The chart of a metric that declares none."""
    value = {"field": metric.values[0].name, "type": "quantitative"}
    if metric.kind == "series":
        return Chart(mark="line", encoding={"x": {"field": "bucket", "type": "temporal"}, "y": value})
    if not metric.dimensions:
        return Chart(mark="bar", encoding={"x": value})
    by = {"field": metric.dimensions[0].name, "type": "nominal", "sort": "-x"}
    return Chart(mark="bar", encoding={"x": value, "y": by})


def _chosen(chart: Chart, frame: Frame) -> Chart:
    """The chart with the column that the frame is for."""
    if not frame.column:
        return chart
    value = {"field": frame.column, "type": "quantitative"}
    return chart.model_copy(update={"series": (), "encoding": {**chart.encoding, "y": value}})


def _above_zero(shown: Drawn) -> list[dict[str, Any]]:
    """The rows; what has no place on a logarithmic scale breaks its line."""
    return [{**row, shown.y: value if (value := row.get(shown.y)) and value > 0 else None} for row in shown.rows]


def _drawn(answer: Answer, chart: Chart, shown: Drawn, frame: Frame) -> dict[str, Any]:
    metric = answer.bound.metric
    encoding = {channel: _told(answer, chart, declared, frame) for channel, declared in chart.encoding.items()}
    if chart.series:
        encoding["y"] = {**encoding["y"], "field": shown.y, "title": metric.unit if frame.titled else None}
    if frame.log:
        encoding["y"] = {**encoding["y"], "scale": {"type": "log"}}
    if shown.by:
        encoding["color"] = _colours(chart, shown, frame)
    if chart.mark in ("line", "area"):
        return {"encoding": encoding, "layer": _lines(answer, chart, shown, frame)}
    if chart.mark == "rect" and field_of(encoding.get("color")):
        shade = {**encoding.pop("color"), "scale": {"range": [0.08, 1]}, "legend": None}
        return {"mark": {"type": "rect", "color": SERIES[0]}, "encoding": {**encoding, "fillOpacity": shade}}
    if chart.mark == "bar" and not answer.buckets and not shown.by and _is_discrete(encoding.get("y")):
        # Stacked bars and their texts would each sort the names by another rule.
        encoding["x"] = {**encoding["x"], "axis": None, "stack": None}
        # As the table behind it has them, not by their names.
        encoding["y"] = {"sort": None, **encoding["y"]}
        return {"encoding": encoding, "layer": _bars(shown)}
    pale = {"opacity": _PALE} if answer.buckets and "opacity" not in encoding else {}
    return {"mark": {"type": chart.mark}, "encoding": {**encoding, **pale}}


def _lines(answer: Answer, chart: Chart, shown: Drawn, frame: Frame) -> list[dict[str, Any]]:
    shades = _shades(answer)
    if chart.mark == "area" and shown.by:
        return [*shades, {"mark": "area"}]
    labels = _labels(answer, chart, shown, frame) if shown.by else []
    if not answer.buckets:
        return [{"mark": {"type": chart.mark, "point": False}}, *labels]
    marks = {
        OVER: {"type": chart.mark, "point": {"size": 14} if len(answer.buckets) <= MOST_POINTS else False},
        TAIL: {"type": "line", "strokeDash": [4, 3]},
        PARTIAL: {"type": "point", "filled": True, "fill": PAGE, "size": 22, "strokeWidth": 1.25},
    }
    there = [flag for flag in marks if any(row[flag] for row in shown.rows)]
    lines = [{"mark": marks[flag], "transform": [{"filter": f"datum.{flag}"}]} for flag in there]
    return [*shades, *lines, *labels]


def _bars(shown: Drawn) -> list[dict[str, Any]]:
    """Bars with their numbers at their ends."""
    text = {"field": shown.x, "type": "quantitative", "format": ",.4~r"}
    mark = {"type": "text", "align": "left", "dx": 4, "color": LABEL}
    return [{"mark": "bar"}, {"mark": mark, "encoding": {"text": text}}]


def _shades(answer: Answer) -> list[dict[str, Any]]:
    """Where nothing was received, the ground is shaded."""
    gaps = sorted(_joined(answer.coverage.gaps), key=lambda gap: gap.start - gap.end)[:MOST_GAPS]
    shown = [
        {"gap_from": plain(max(gap.start, answer.bound.start)), "gap_to": plain(gap.end), "reason": gap.reason}
        for gap in gaps
        if gap.end > answer.bound.start
    ]
    if not shown:
        return []
    place = {
        "x": {"field": "gap_from", "type": "temporal", "scale": {"type": "utc"}},
        "x2": {"field": "gap_to"},
        "y": None,
        "color": None,
    }
    return [{"data": {"values": shown}, "mark": {"type": "rect", "color": LINE, "opacity": 0.55}, "encoding": place}]


def _joined(gaps: Iterable[Gap]) -> Iterable[Gap]:
    """Gaps that touch, as one, whatever their reasons."""
    last: Gap | None = None
    for gap in gaps:
        if last is not None and gap.start <= last.end:
            last = Gap(last.start, max(last.end, gap.end), last.reason)
        else:
            if last is not None:
                yield last
            last = gap
    if last is not None:
        yield last


def _labels(answer: Answer, chart: Chart, shown: Drawn, frame: Frame) -> list[dict[str, Any]]:
    """The series' names at their ends, each moved up by as many pixels as it needs not to stand on another."""
    into = math.log if frame.log else float
    last = [row for row in ends(shown) if not frame.log or row[shown.y] > 0]
    numbers = (row[shown.y] for row in shown.rows if row.get(shown.y) is not None)
    places = [into(number) for number in numbers if not frame.log or number > 0]
    from_zero = not frame.log and not _is_stock(answer, chart)
    least = min((0.0, *places) if from_zero else places, default=0.0)
    pixel = frame.height / ((max(places, default=0.0) - least) or 1.0)
    made: list[dict[str, Any]] = []
    free = 0.0
    for row in last:
        place = (into(row[shown.y]) - least) * pixel
        free = max(place, free)
        values = [{shown.x: row[shown.x], shown.by: row[shown.by], shown.y: row[shown.y]}]
        mark = {"type": "text", "align": "left", "dx": 6, "dy": round(place - free, 1), "baseline": "middle"}
        text = {"field": shown.by, "type": "nominal"}
        made.append(
            {
                "data": {"values": values},
                "mark": {**mark, "limit": frame.width // 4},
                "encoding": {"text": text},
            }
        )
        free += _LABEL_PIXELS
    return made


def _is_stock(answer: Answer, chart: Chart) -> bool:
    """Whether a line shows a stock: 30,000 that grow by 20 a day would be a flat line above zero."""
    shown = field_of(chart.encoding.get("y"))
    return chart.mark == "line" and any(
        column.name == shown and column.additivity in ("last", "max") for column in answer.columns
    )


def _colours(chart: Chart, shown: Drawn, frame: Frame) -> dict[str, Any]:
    """The largest series in colours, the rest in grey; a legend only where names cannot stand at ends.

    The rest is one entry of it, by the first of its names.
    """
    named = [str(name) for name in frame.order or shown.names]
    scale = {"domain": named, "range": [*SERIES, *([REST] * (len(named) - len(SERIES)))][: len(named)]}
    legend: dict[str, Any] | None = None
    if chart.mark != "line":
        rest = len(named) - len(SERIES)
        legend = {"title": None, "orient": "top", "columns": 3, "values": named[: len(SERIES) + 1]}
        if rest > 1:
            legend["labelExpr"] = f"datum.index=={len(SERIES)}?'{rest} others':datum.label"
    return {"field": shown.by, "type": "nominal", "scale": scale, "legend": legend}


def _told(answer: Answer, chart: Chart, declared: Any, frame: Frame) -> Any:
    """An encoding with the column's own heading and unit; times in UTC."""
    columns = {column.name: column for column in answer.columns}
    if not isinstance(declared, dict) or declared.get("field") not in columns:
        return declared
    column = columns[declared["field"]]
    told = {"title": _heading(answer.bound.metric, column) if frame.titled else None, **declared}
    if told.get("type") == "temporal":
        told.setdefault("scale", {"type": "utc"})
        told["axis"] = {"labelExpr": _TIMES[answer.bound.interval or Interval.DAY][1], **_ticks(answer, frame)}
        if chart.mark == "bar" and answer.bound.interval:
            told.setdefault("timeUnit", _TIMES[answer.bound.interval][0])
    elif told.get("type") == "quantitative":
        told.setdefault("axis", COUNTS if column.kind == "integer" else {})
        if _is_stock(answer, chart):
            told.setdefault("scale", {"zero": False})
    return told


def _ticks(answer: Answer, frame: Frame) -> dict[str, Any]:
    """Ticks at the beginnings of buckets, so that no day is written twice."""
    starts = [bucket.start for bucket in answer.buckets]
    most = max(2, frame.width // _TICK_PIXELS)
    for step in _STEPS:
        if answer.bound.interval is Interval.HOUR:
            kept = [start for start in starts if start.hour % step == 0 and step <= _DAY_HOURS]
        else:
            kept = starts[::step]
        if 0 < len(kept) <= most:
            return {"values": [int(start.timestamp() * 1000) for start in kept]}
    return {}


def _heading(metric: Metric, column: Column) -> str:
    head = column_head(metric, column)
    same = head["unit"] is None or head["unit"].lower() == head["title"].lower()
    return head["title"] if same else f"{head['title']} ({head['unit']})"


def _title(metric: Metric, frame: Frame) -> str:
    columns = [column_head(metric, column)["title"] for column in metric.columns if column.name == frame.column]
    return ": ".join([metric.title, *columns])


def _is_discrete(encoding: Any) -> bool:
    return isinstance(encoding, dict) and encoding.get("type") in ("nominal", "ordinal")


def _subtitle(answer: Answer) -> str:
    coverage = answer.coverage
    share = "nothing expected" if coverage.share is None else f"{percent(coverage.share)} of {coverage.unit}s received"
    until = f"; data until {answer.as_of:%Y-%m-%d %H:%M} UTC" if answer.as_of else ""
    return f"{answer.bound.start:%Y-%m-%d %H:%M} to {answer.bound.end:%Y-%m-%d %H:%M} UTC; {share}{until}"
