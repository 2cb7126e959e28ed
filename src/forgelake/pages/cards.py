"""Cards and badges: one number for other people's pages, as an SVG that needs nothing else.

Light and dark are in one file: colours of a light page stand at the shapes, and a rule changes them where it is dark.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from markupsafe import Markup

from forgelake.metrics.answer import Answer
from forgelake.metrics.binding import bind
from forgelake.metrics.definition import Column, Metric
from forgelake.metrics.look import dark_rules
from forgelake.metrics.observed import slice_kind
from forgelake.model.period import Period
from forgelake.pages.figures import Figure, both, column_of, figure, title_of
from forgelake.pages.lettering import fitted, legal, width_of
from forgelake.pages.numbers import change, exact, instant, short, signed_percent
from forgelake.pages.page import drawing
from forgelake.pages.panel import received
from forgelake.pages.periods import Chosen
from forgelake.pages.site import Site
from forgelake.pages.tiles import comparable, line

CARD, BADGE = "cards", "badges"
KINDS: Final = (CARD, BADGE)
OWN: Final = ("period", "from", "to", "interval", "column")
"""What a card takes besides its metric's parameters."""

WIDTH, INSIDE, SPARK = 400, 368, 172
_BADGE_SIZE, _PADDING, _LONGEST_LABEL, _LONGEST_VALUE = 11, 7, 320, 160


@dataclass(frozen=True, slots=True)
class Shown:
    """What a card says, before it is laid out.

    Attributes:
        subject: what it is about (a repository, …) and what else was asked; may be empty.
        change: against the equal period before, in words.
        coverage, as_of: what the number is worth.
    """

    metric: Metric
    column: Column
    title: str
    subject: str
    period: str
    figure: Figure
    change: str
    coverage: str
    as_of: str


def card(site: Site, kind: str, name: str, given: Mapping[str, str]) -> bytes:
    """A card or a badge.

    Raises:
        NotFoundError: there is no such metric.
        ParameterError: a parameter is wrong, or the metric has no single number.
        StopError: the number could not be computed.
    """
    metric = site.catalogue.get(name)
    column = column_of(metric, given.get("column", ""))
    chosen = site.chosen(given, archive=not slice_kind(metric))
    own = {key: text for key, text in given.items() if key in metric.parameters and key != "interval"}
    now, before = (replace(chosen, period=period) for period in both(metric, column, chosen))
    bind(metric, {**own, **now.of(metric)}, site.now)
    found = figure(site, metric, column, {**own, **now.of(metric)})
    shown = Shown(
        metric,
        column,
        title_of(metric, column),
        _subject(found.answer),
        _period(chosen, found),
        found,
        _change(found, figure(site, metric, column, {**own, **before.of(metric)})),
        received(found.answer.coverage),
        f"data until {instant(found.answer.as_of)}" if found.answer.as_of else "no data",
    )
    return _badge(shown) if kind == BADGE else _card(site, shown)


def sorry(kind: str, message: str) -> bytes:
    """A badge or card that says what is wrong, for a page that shows pictures only."""
    if kind == BADGE:
        return drawn_badge("forgelake", message, message, known=False)
    lines = [fitted(part, 13, INSIDE) for part in _wrapped(message)]
    return drawing("card_sorry.svg", {"lines": lines, "dark": dark(), "message": legal(message), "width": WIDTH})


def _card(site: Site, shown: Shown) -> bytes:
    value = _value(shown)
    values: dict[str, Any] = {
        "width": WIDTH,
        "dark": dark(),
        "title": fitted(shown.title, 15, INSIDE),
        "subject": fitted(" · ".join(part for part in (shown.subject, shown.period) if part), 12, INSIDE),
        "value": fitted(value, 34, INSIDE - SPARK),
        "exact": legal(_exact(shown)),
        "change": fitted(shown.change, 12, INSIDE),
        "as_of": fitted(f"{shown.as_of} · {_source(site, shown.metric)}", 11, INSIDE),
        "coverage": fitted(shown.coverage, 11, INSIDE),
        "spark": _spark(site, shown),
    }
    return drawing("card.svg", values)


def _badge(shown: Shown) -> bytes:
    label = f"{shown.title} {shown.subject}".strip() if shown.subject else shown.title
    value = _value(shown)
    return drawn_badge(label, value, _exact(shown), known=shown.figure.value is not None)


def drawn_badge(label: str, value: str, full: str, *, known: bool) -> bytes:
    """A badge; ``full`` says it in full, ``known`` is False for one that tells why there is no number."""
    texts = fitted(label, _BADGE_SIZE, _LONGEST_LABEL), fitted(value, _BADGE_SIZE, _LONGEST_VALUE if known else 520)
    left, right = (round(width_of(text.words, _BADGE_SIZE) + 2 * _PADDING) for text in texts)
    values = {"label": texts[0], "value": texts[1], "left": left, "right": right, "full": legal(full), "known": known}
    return drawing("badge.svg", {**values, "padding": _PADDING})


def _value(shown: Shown) -> str:
    return "no data" if shown.figure.value is None else short(shown.figure.value)


def _exact(shown: Shown) -> str:
    """Everything in full, for whoever points at it or hears it."""
    about = f" of {shown.subject}" if shown.subject else ""
    number = "no data" if shown.figure.value is None else exact(shown.figure.value)
    unit = shown.column.unit or shown.metric.unit
    return f"{shown.title}{about}, {shown.period}: {number} {unit}; {shown.change}; {shown.as_of}; {shown.coverage}"


def _subject(answer: Answer) -> str:
    """What was asked for beyond the defaults."""
    bound = answer.bound
    names = []
    for name, value in bound.values.items():
        declared = bound.metric.parameters[name]
        if value is not None and value != declared.default:
            is_name = declared.type in ("repo", "repos", "org", "actor", "topic")
            names.append(str(value) if is_name else f"{name.replace('_', ' ')}: {value}")
    return ", ".join(names)


def _period(chosen: Chosen, found: Figure) -> str:
    if found.at is not None:
        return f"{found.at:%Y-%m-%d}"
    return chosen.words if chosen.preset else _days(chosen.period)


def _days(period: Period) -> str:
    whole = all(f"{end:%H%M}" == "0000" for end in period)
    return " to ".join(f"{end:%Y-%m-%d}" if whole else f"{end:%Y-%m-%d %H:%M}" for end in period)


def _change(found: Figure, before: Figure) -> str:
    # What was so at one time needs no complete period.
    fair = found.at is not None or comparable(found.answer, before.answer)
    relative = change(found.value, before.value) if fair else None
    if relative is None:
        return "no earlier data to compare with"
    bound = before.answer.bound
    return f"{signed_percent(relative)} against {short(before.value)} ({_days(Period(bound.start, bound.end))})"


def _source(site: Site, metric: Metric) -> str:
    if slice_kind(metric):
        return "Source: GitHub API"
    return "Synthetic data, invented" if site.synthetic else "Source: GH Archive"


def _spark(site: Site, shown: Shown) -> Markup:
    answer = shown.figure.answer
    wanted = line(answer, shown.column.name, SPARK - 12, 46) if answer.bound.metric.kind == "series" else None
    return site.drawn([wanted])[0]


def dark() -> Markup:
    """The rules that change a card's colours where it is dark."""
    return Markup(dark_rules())  # noqa: S704 - our own colours


def _wrapped(message: str, most: int = 52, lines: int = 5) -> list[str]:
    found = [""]
    for word in message.split():
        if found[-1] and len(found[-1]) + len(word) >= most:
            found.append("")
        found[-1] = f"{found[-1]} {word}".strip()
    return found[:lines]
