"""A panel: one metric's answer as a drawing and a table, with what it is worth and where to have it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from markupsafe import Markup

from forgelake.metrics.answer import Answer
from forgelake.metrics.definition import Metric
from forgelake.metrics.formats import column_head
from forgelake.metrics.frame import Frame
from forgelake.metrics.intervals import Interval
from forgelake.metrics.vega import specification
from forgelake.model.coverage import Coverage, percent
from forgelake.pages.addresses import Query
from forgelake.pages.embeds import Embed, embeds
from forgelake.pages.figures import is_single
from forgelake.pages.numbers import exact, instant, short
from forgelake.pages.site import Failure, Site

NARROW: Final = (400, 170)
WIDE: Final = (900, 230)
"""Widths and heights of plots, pixels."""

MOST_ROWS: Final = 200
"""Rows of the table behind a chart; the rest is in the CSV file."""

NUMBERS: Final = {"csv": "CSV", "parquet": "Parquet", "json": "JSON"}
DRAWINGS: Final = {"svg": "SVG", "png": "PNG"}


@dataclass(frozen=True, slots=True)
class Ask:
    """What a panel shows.

    Attributes:
        metric: its name.
        given: its parameters; those that it does not have are left out.
        title: the metric's own if empty.
        wide: whether it takes the whole width of a page.
        empty: what to say, and do, where there is nothing.
        value: the column that is drawn, if it is not the chart's own.
        log: whether the scale is logarithmic.
        series: see ``Frame``.
    """

    metric: str
    given: Query
    title: str = ""
    wide: bool = False
    empty: str = ""
    value: str = ""
    log: bool = False
    series: tuple[tuple[str, ...], ...] = ()

    @property
    def frame(self) -> Frame:
        """How it is drawn where it stands alone."""
        return Frame(column=self.value, log=self.log, series=self.series)


@dataclass(frozen=True, slots=True)
class Cell:
    """A value as it stands in a table, and in full."""

    text: str
    full: str
    number: bool


@dataclass(frozen=True, slots=True)
class Head:
    """A column's heading."""

    text: str
    number: bool


@dataclass(frozen=True, slots=True)
class Table:
    """The rows behind a chart."""

    heads: Sequence[Head]
    rows: Sequence[Sequence[Cell]]
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class Panel:
    """A panel as its template takes it.

    Attributes:
        state: full, partial (something is missing), empty or failed.
        message: in words, unless it is full.
        drawings: for wide and for narrow screens, or one for both.
        worth: how complete it is, and how old, in words.
        links: where to have it, by its label; ``spec`` is where its Vega-Lite specification is.
    """

    id: str
    metric: Metric
    title: str
    wide: bool
    state: str
    message: str
    drawings: Sequence[Markup] = ()
    table: Table | None = None
    worth: str = ""
    links: Mapping[str, str] = field(default_factory=dict)
    spec: str | None = None
    explore: str | None = None
    embeds: Sequence[Embed] = ()
    unit: str = ""


def panels(site: Site, asks: Iterable[Ask]) -> list[Panel]:
    """Panels in the order that they were asked for; their charts are drawn at the same time."""
    asked = [(ask, _renamed(site.ask(ask.metric, ask.given), ask.frame)) for ask in asks]
    frames = [
        (number, replace(ask.frame, width=width, height=height, titled=False))
        for number, (ask, answer) in enumerate(asked)
        if isinstance(answer, Answer) and not is_empty(answer, ask.value)
        for width, height in ((WIDE, NARROW) if ask.wide else (NARROW,))
    ]
    drawings: dict[int, list[Markup]] = {}
    specifications = [specification(_answer(asked[number][1]), frame) for number, frame in frames]
    for (number, _), drawing in zip(frames, site.drawn(specifications), strict=True):
        drawings.setdefault(number, []).append(drawing)
    return [_panel(site, ask, answer, drawings.get(number, [])) for number, (ask, answer) in enumerate(asked)]


def _renamed(found: Answer | Failure, frame: Frame) -> Answer | Failure:
    return found if isinstance(found, Failure) else frame.renamed(found)


def is_empty(answer: Answer, value: str = "") -> bool:
    """Whether there is no value in any row, or nothing but zeros; of one column, if it is named."""
    columns = [value] if value else [column.name for column in answer.bound.metric.values]
    return not any(any(answer.table[name].to_pylist()) for name in columns)


def worth(answer: Answer) -> str:
    """How complete an answer is, and how old its newest data, in words."""
    until = f" · data until {instant(answer.as_of)}" if answer.as_of else ""
    return received(answer.coverage) + until


def received(coverage: Coverage) -> str:
    """Coverage in words."""
    unit = coverage.unit + ("" if coverage.expected == 1 else "s")
    if coverage.share is None:
        return "nothing was expected"
    if coverage.share == 1:
        return f"all {coverage.expected:,} {unit} received" if coverage.expected > 1 else f"the {unit} was received"
    return f"{percent(coverage.share)} of {coverage.expected:,} {unit} received"


def table_of(answer: Answer, most: int = MOST_ROWS) -> Table:
    """The rows of an answer as texts, the newest first where they are a series."""
    metric = answer.bound.metric
    heads = [column_head(metric, column) for column in answer.columns]
    rows = answer.table.to_pylist()
    if answer.buckets:
        rows.reverse()
    numbers = [column.role == "value" for column in answer.columns]
    days = answer.bound.interval not in (None, Interval.HOUR)
    cells = [
        [
            Cell(_text(value, days=days), exact(value), number)
            for value, number in zip(row.values(), numbers, strict=True)
        ]
        for row in rows[:most]
    ]
    return Table(
        [Head(_head(head), number) for head, number in zip(heads, numbers, strict=True)],
        cells,
        max(0, len(rows) - most),
    )


def _head(head: Mapping[str, str | None]) -> str:
    title, unit = head["title"] or "", head["unit"]
    return title if not unit or unit.lower() in title.lower() else f"{title}, {unit}"


def _text(value: object, *, days: bool) -> str:
    if days and isinstance(value, datetime) and value == value.replace(hour=0, minute=0, second=0, microsecond=0):
        return f"{value:%Y-%m-%d}"
    return short(value) if isinstance(value, float) else exact(value)


def _answer(found: Answer | Failure) -> Answer:
    assert isinstance(found, Answer)  # noqa: S101 - only answers are drawn
    return found


def _panel(site: Site, ask: Ask, answer: Answer | Failure, drawings: Sequence[Markup]) -> Panel:
    metric = site.catalogue.get(ask.metric)
    title = ask.title or metric.title
    name = _slug(title)
    explore = site.addresses.page("explore", metric.name, query=_own(metric, ask.given))
    if isinstance(answer, Failure):
        return Panel(name, metric, title, ask.wide, "failed", answer.message, explore=explore)
    state, message = _state(ask, answer)
    if state == "empty":
        return Panel(name, metric, title, ask.wide, state, message, worth=worth(answer), explore=explore)
    question = _own(metric, answer.bound.texts)
    drawn = {**question, **ask.frame.query}
    links = {label: site.addresses.data(metric.name, form, question) for form, label in NUMBERS.items()}
    links |= {label: site.addresses.data(metric.name, form, drawn) for form, label in DRAWINGS.items()}
    return Panel(
        name,
        metric,
        title,
        ask.wide,
        state,
        message,
        drawings,
        table_of(answer),
        worth(answer),
        {label: link for label, link in links.items() if link},
        site.addresses.data(metric.name, "vegalite", drawn),
        explore,
        embeds(site.addresses, metric, question) if is_single(answer) and drawn == question else (),
        next((column.unit for column in metric.columns if column.name == ask.value and column.unit), metric.unit),
    )


def _state(ask: Ask, answer: Answer) -> tuple[str, str]:
    coverage = answer.coverage
    if not is_empty(answer, ask.value):
        missing = coverage.expected - coverage.received
        return ("partial", _gaps(coverage)) if missing else ("full", "")
    if coverage.expected == 0:
        return "empty", ask.empty or "Nothing is collected for this."
    if coverage.received == 0:
        return "empty", ask.empty or f"Nothing was received in this period: {coverage.gaps[0].reason}."
    return "empty", f"None in this period ({received(coverage)})."


def _gaps(coverage: Coverage) -> str:
    gap = max(coverage.gaps, key=lambda one: one.end - one.start, default=None)
    if gap is None:
        return ""
    others = f", and {len(coverage.gaps) - 1} more" if len(coverage.gaps) > 1 else ""
    return f"Gap: {gap.start:%Y-%m-%d %H:%M} to {gap.end:%Y-%m-%d %H:%M}, {gap.reason}{others}"


def _own(metric: Metric, given: Query) -> dict[str, str]:
    return {name: value for name, value in given.items() if name in ("from", "to", *metric.parameters)}


def _slug(text: str) -> str:
    return "".join(sign if sign.isalnum() else "-" for sign in text.lower()).strip("-")
