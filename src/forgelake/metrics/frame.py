"""What a chart is drawn for, and the parameters by which whoever asks for a drawing says so."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

import pyarrow as pa

from forgelake.metrics.answer import Answer
from forgelake.metrics.definition import Metric
from forgelake.metrics.values import ParameterError

MOST_SERIES: Final = 10
OWN: Final = ("column", "log", "series")
"""What a drawing takes besides its metric's parameters."""

_NUMBERS: Final = ("integer", "number")


@dataclass(frozen=True, slots=True)
class Frame:
    """What a chart is drawn for.

    Attributes:
        width, height: of the plot, pixels; a chart with a row for each name is as high as they are many.
        titled: whether it stands alone, with title, period, coverage and the names of its axes.
        column: the one that is drawn in place of the chart's own; empty for that.
        log: whether values are drawn on a logarithmic scale; those that are not above zero are left out.
        series: the names of series in the order of their colours, for charts that stand together, each with further
            names in the answer that are the same; else by size.
    """

    width: int = 720
    height: int = 320
    titled: bool = True
    column: str = ""
    log: bool = False
    series: tuple[tuple[str, ...], ...] = ()

    @property
    def order(self) -> tuple[str, ...]:
        """The names of series in the order of their colours."""
        return tuple(names[0] for names in self.series)

    @property
    def query(self) -> dict[str, str]:
        """The parameters that ``asked`` makes the same of."""
        series = ",".join("|".join(names) for names in self.series)
        given = {"column": self.column, "log": "1" if self.log else "", "series": series}
        return {name: text for name, text in given.items() if text}

    def renamed(self, answer: Answer) -> Answer:
        """The answer with each series under its first name."""
        shown = {name: names[0] for names in self.series for name in names[1:]}
        by = named_by(answer.bound.metric)
        if not shown or not by:
            return answer
        names = [shown.get(name, name) for name in answer.table[by].to_pylist()]
        place = answer.table.column_names.index(by)
        return replace(answer, table=answer.table.set_column(place, by, pa.array(names, pa.string())))


ALONE: Final = Frame()


def asked(metric: Metric, given: Mapping[str, str]) -> Frame:
    """The frame of a drawing that stands alone, from its parameters ``OWN``.

    Raises:
        ParameterError: the metric's chart cannot be drawn so.
    """
    series = given.get("series", "")
    names = tuple(tuple(part.split("|")) for part in series.split(",")) if series else ()
    frame = Frame(column=given.get("column", ""), log=given.get("log") == "1", series=names)
    for name, good in _good(metric, frame).items():
        if given.get(name) and good:
            raise ParameterError(name, given[name], good)
    return frame


def _good(metric: Metric, frame: Frame) -> dict[str, str]:
    """What each parameter should be, empty where it is."""
    columns = [one.name for one in metric.values if one.kind in _NUMBERS] if _is_upright(metric) else []
    others = f"one of {', '.join(columns)}" if columns else "left out: there is no other column to be drawn"
    line = _is_upright(metric) and metric.chart is not None and metric.chart.mark == "line"
    several = bool(named_by(metric))
    whole = several and len(frame.series) <= MOST_SERIES and all(map(all, frame.series))
    names = f"up to {MOST_SERIES} names of series, divided by commas, further names of the same one behind |"
    return {
        "column": "" if frame.column in columns else others,
        "log": "" if line and frame.log else "1" if line else "left out: only lines have a logarithmic scale",
        "series": "" if whole else names if several else "left out: there is one series",
    }


def named_by(metric: Metric) -> str:
    """The column that names the series of a metric's chart; empty where there is none."""
    colour = metric.chart.encoding.get("color") if metric.chart and not metric.chart.series else None
    return str(colour["field"]) if isinstance(colour, dict) and colour.get("type") == "nominal" else ""


def _is_upright(metric: Metric) -> bool:
    """Whether the chart shows its values upwards."""
    y = metric.chart.encoding.get("y") if metric.chart else None
    return isinstance(y, dict) and y.get("type") == "quantitative"
