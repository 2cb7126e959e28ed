"""An answer as a Vega-Lite specification, complete with its data: no address in it, nothing to be fetched.

What is not known is drawn as not known: buckets that were not received break a line, and those that are not whole
(hours missing, or not over yet) are hollow or pale. All times are UTC; the subtitle says how much is there.
"""

from collections.abc import Sequence
from typing import Any, Final

from forgelake.metrics.answer import Answer, Bucket
from forgelake.metrics.definition import Chart, Column, Metric
from forgelake.metrics.formats import column_head, plain, rows
from forgelake.metrics.intervals import Interval
from forgelake.model.hours import ONE_HOUR
from forgelake.query.coverage import HOUR

SCHEMA: Final = "https://vega.github.io/schema/vega-lite/v5.json"
"""The name of the dialect, not a place that is asked."""

PARTIAL: Final = "partial"
"""Field of a row: whether its bucket is not whole."""

MOST_POINTS: Final = 60
"""Series up to this length show their points, so that a bucket between two gaps is seen."""

_WIDTH, _HEIGHT, _STEP = 720, 320, 18
_PALE: Final = {"condition": {"test": f"datum.{PARTIAL}", "value": 0.45}, "value": 1}
_UNITS: Final = {
    Interval.HOUR: "utcyearmonthdatehours",
    Interval.DAY: "utcyearmonthdate",
    Interval.WEEK: "utcyearmonthdate",
    Interval.MONTH: "utcyearmonth",
    Interval.QUARTER: "utcyearquarter",
    Interval.YEAR: "utcyear",
}


def specification(answer: Answer) -> dict[str, Any]:
    """The chart that the metric declares, or a plain one, with this answer's rows."""
    metric = answer.bound.metric
    chart = metric.chart or _plain_chart(metric)
    encoding = {channel: _told(answer, chart, declared) for channel, declared in chart.encoding.items()}
    return {
        "$schema": SCHEMA,
        "title": {"text": metric.title, "subtitle": _subtitle(answer)},
        "width": _WIDTH,
        "height": {"step": _STEP} if _is_discrete(chart.encoding.get("y")) else _HEIGHT,
        "data": {"values": _values(answer, chart)},
        **_drawn(answer, chart, encoding),
    }


def _plain_chart(metric: Metric) -> Chart:
    value = {"field": metric.values[0].name, "type": "quantitative"}
    if metric.kind == "series":
        return Chart(mark="line", encoding={"x": {"field": "bucket", "type": "temporal"}, "y": value})
    if not metric.dimensions:
        return Chart(mark="bar", encoding={"x": value})
    by = {"field": metric.dimensions[0].name, "type": "nominal", "sort": "-x"}
    return Chart(mark="bar", encoding={"x": value, "y": by})


def _drawn(answer: Answer, chart: Chart, encoding: dict[str, Any]) -> dict[str, Any]:
    if chart.mark in ("line", "area"):
        mark = {"type": chart.mark, "point": len(answer.buckets) <= MOST_POINTS}
        hollow = {
            "mark": {"type": "point", "filled": True, "fill": "white", "size": 50},
            "transform": [{"filter": f"datum.{PARTIAL}"}],
        }
        return {"encoding": encoding, "layer": [{"mark": mark}, hollow]}
    pale = {"opacity": _PALE} if answer.buckets and "opacity" not in encoding else {}
    return {"mark": {"type": chart.mark}, "encoding": {**encoding, **pale}}


def _told(answer: Answer, chart: Chart, declared: Any) -> Any:
    """An encoding with the column's own heading and unit; times in UTC."""
    columns = {column.name: column for column in answer.columns}
    if not isinstance(declared, dict) or declared.get("field") not in columns:
        return declared
    told = {"title": _heading(answer.bound.metric, columns[declared["field"]]), **declared}
    if told.get("type") == "temporal":
        told.setdefault("scale", {"type": "utc"})
        if chart.mark == "bar" and answer.bound.interval:
            told.setdefault("timeUnit", _UNITS[answer.bound.interval])
    return told


def _heading(metric: Metric, column: Column) -> str:
    head = column_head(metric, column)
    same = head["unit"] is None or head["unit"].lower() == head["title"].lower()
    return head["title"] if same else f"{head['title']} ({head['unit']})"


def _values(answer: Answer, chart: Chart) -> list[dict[str, Any]]:
    values = rows(answer)
    if not answer.buckets:
        return values
    partial = {plain(bucket.start) for bucket in answer.buckets if not _is_whole(answer, bucket)}
    for row in values:
        row[PARTIAL] = row["bucket"] in partial
    return values + _breaks(answer, chart, values)


def _breaks(answer: Answer, chart: Chart, values: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """A point without a value, for each line, in every bucket that is unknown and has no row."""
    colour = chart.encoding.get("color")
    field = colour.get("field") if isinstance(colour, dict) else None
    lines = list(dict.fromkeys(row.get(field) for row in values)) if field else [None]
    there = {(row["bucket"], row.get(field) if field else None) for row in values}
    empty = dict.fromkeys(answer.table.column_names)
    return [
        {**empty, "bucket": start, **({field: line} if field else {}), PARTIAL: False}
        for start in (plain(bucket.start) for bucket in answer.buckets if bucket.unknown)
        for line in lines
        if (start, line) not in there
    ]


def _is_whole(answer: Answer, bucket: Bucket) -> bool:
    if answer.coverage.unit == HOUR:
        return bucket.received * ONE_HOUR >= bucket.end - bucket.start
    over = answer.as_of is not None and bucket.end <= answer.as_of
    return over and bucket.received == bucket.expected


def _is_discrete(encoding: Any) -> bool:
    return isinstance(encoding, dict) and encoding.get("type") in ("nominal", "ordinal")


def _subtitle(answer: Answer) -> str:
    coverage = answer.coverage
    share = "nothing expected" if coverage.share is None else f"{_percent(coverage.share)} of {coverage.unit}s received"
    return f"{answer.bound.period}; {share}"


def _percent(share: float) -> str:
    """Never 100 % unless it is."""
    return "100%" if share == 1 else f"{min(share, 0.999):.1%}"
