"""Compare: up to ten repositories side by side, by snapshots or by events, on several scales."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from forgelake.metrics.answer import Answer
from forgelake.metrics.values import ParameterError
from forgelake.pages.compared import MOST, Compared, compared, without
from forgelake.pages.identity import tracked_names
from forgelake.pages.listed import repo_address
from forgelake.pages.page import Page
from forgelake.pages.panel import Ask, Panel, panels
from forgelake.pages.periods import Chosen
from forgelake.pages.site import Site

SUGGESTED: Final = 3
_SNAPSHOTS, _EVENTS = "snapshots", "events"
BASES: Final = {_SNAPSHOTS: "Snapshots", _EVENTS: "Events"}
SCALES: Final = {
    "total": ("compare_repos", "Total", "Stars, as GitHub shows them"),
    "indexed": ("compare_indexed", "From 100", "Stars, from 100 at the beginning"),
    "new": ("compare_new", "New", "New stars in each"),
    "since_first": ("compare_since_first", "Since first star", "Stars by days since the first one"),
}
"""By snapshots: the metric, the words of the link, and the heading."""

_BESIDE: Final = {
    _SNAPSHOTS: (
        ("forks", "Forks"),
        ("watchers", "Watchers"),
        ("open_issues", "Open issues"),
        ("open_pull_requests", "Open pull requests"),
    ),
    _EVENTS: (
        ("stars", "Stars given"),
        ("forks", "Forks made"),
        ("pull_requests", "Pull requests opened"),
        ("contributors", "Contributors"),
    ),
}
_METRICS: Final = {_SNAPSHOTS: "compare_repos", _EVENTS: "compare_activity"}
_LOGARITHMIC: Final = ("total", "indexed", "since_first")


@dataclass(frozen=True, slots=True)
class Side:
    """A repository in the table: its page, the page without it, and its numbers."""

    name: str
    href: str | None
    without: str | None
    numbers: Sequence[object]


def compare(site: Site, given: Mapping[str, str]) -> Page:
    """The page.

    Raises:
        ParameterError: the query names no period, scale or basis.
    """
    period = site.chosen(given)
    found = compared(site, given.get("repos", ""), period)
    basis = _one_of("basis", given, BASES) or (_SNAPSHOTS if found.tracked else _EVENTS)
    scale = _one_of("scale", given, SCALES) or "total"
    log = given.get("log") == "1" and basis == _SNAPSHOTS and scale in _LOGARITHMIC
    own = {"repos": ",".join(found.names), "basis": given.get("basis", ""), "scale": given.get("scale", "")}
    query = {**{key: text for key, text in own.items() if text}, **({"log": "1"} if log else {}), **period.query}
    asks = _asks(site, found, period, basis, scale, log=log) if found.names else []
    site.ask_all((ask.metric, ask.given) for ask in {ask.metric: ask for ask in asks}.values())
    values = {
        "period": period,
        "found": found,
        "typed": given.get("repos", ""),
        "most": MOST,
        "bases": [_choice(site, query, words, basis=key) for key, words in BASES.items()],
        "scales": [_choice(site, query, words, scale=key) for key, (_, words, _) in SCALES.items()],
        "logs": [_choice(site, query, words, log=key) for key, words in (("", "Linear"), ("1", "Logarithmic"))],
        "chosen": {"basis": basis, "scale": scale, "log": "1" if log else ""},
        "logarithmic": basis == _SNAPSHOTS and scale in _LOGARITHMIC,
        "panels": _shown(site, asks),
        "table": _sides(site, found, period, basis, query),
        "suggested": () if found.names else _suggested(site, period),
    }
    return Page("compare", "Compare", ("compare",), values, query)


def _one_of(name: str, given: Mapping[str, str], good: Mapping[str, object]) -> str:
    chosen = given.get(name, "")
    if chosen and chosen not in good:
        raise ParameterError(name, chosen, f"one of {', '.join(good)}")
    return chosen


def _asks(site: Site, found: Compared, period: Chosen, basis: str, scale: str, *, log: bool) -> list[Ask]:
    repos = {"repos": ",".join(found.names)}
    beside = site.catalogue.get(_METRICS[basis])
    first = Ask(beside.name, {**period.of(beside), **repos}, "Events", wide=True, series=_series(found))
    several = [replace(first, title=title, value=column, wide=False) for column, title in _BESIDE[basis]]
    if basis == _EVENTS:
        return [first, *several]
    name, _, title = SCALES[scale]
    metric = site.catalogue.get(name)
    question = period.of(metric)
    if scale == "new":
        title = f"{title} {_unit(question)}"
    empty = f"No snapshot in this period of {', '.join(found.names)}. Snapshots are kept of tracked repositories only."
    return [replace(first, metric=name, given={**question, **repos}, title=title, empty=empty, log=log), *several]


def _series(found: Compared) -> tuple[tuple[str, ...], ...]:
    """Each name with the further names of the same repository."""
    return tuple((name, *(one for one, now in found.renamed.items() if now == name)) for name in found.names)


def _unit(question: Mapping[str, str]) -> str:
    return {"d": "day", "w": "week", "m": "month", "q": "quarter", "y": "year"}[question["interval"]]


def _shown(site: Site, asks: Sequence[Ask]) -> list[Panel]:
    """The first one always; those beside it where there is something."""
    made = panels(site, asks)
    return [panel for number, panel in enumerate(made) if number == 0 or panel.state != "empty"]


def _choice(site: Site, query: Mapping[str, str], words: str, **chosen: str) -> tuple[str, str, str | None]:
    """What is chosen, the words, and the address with it."""
    ((_, value),) = chosen.items()
    return value, words, site.addresses.page("compare", query={**query, **chosen})


def _sides(site: Site, found: Compared, period: Chosen, basis: str, query: Mapping[str, str]) -> dict[str, Any]:
    """The latest numbers of each, or of events their sums; who has none has dashes."""
    metric = site.catalogue.get(_METRICS[basis])
    columns = [one for one in metric.values if one.additivity in ("sum", "last") and one.name != "size_kb"]
    answer = site.ask(metric.name, {**period.of(metric), "repos": ",".join(found.names)}) if found.names else None
    rows: dict[str, list[dict[str, Any]]] = {}
    for row in answer.table.to_pylist() if isinstance(answer, Answer) else ():
        rows.setdefault(found.renamed.get(row["repo_name"], row["repo_name"]), []).append(row)
    sides = [
        Side(
            name,
            repo_address(site, name),
            site.addresses.page("compare", query={**query, "repos": without(found.names, name)}),
            [_number(rows.get(name, []), one.name, one.additivity) for one in columns],
        )
        for name in found.names
    ]
    heads = [one.title or one.name.replace("_", " ").capitalize() for one in columns]
    return {"heads": heads, "sides": sides}


def _number(rows: Sequence[Mapping[str, Any]], name: str, additivity: str | None) -> object:
    known = [row[name] for row in rows if row[name] is not None]
    if not known:
        return None
    return sum(known) if additivity == "sum" else known[-1]


def _suggested(site: Site, period: Chosen) -> list[tuple[str, str | None]]:
    """Repositories to begin with: those that are tracked, else the busiest; the first few of them together first."""
    names = tracked_names(site)[:MOST]
    if not names:
        busiest = site.ask("busiest_repos", {**period.asked, "limit": str(MOST)})
        names = busiest.table["repo_name"].to_pylist() if isinstance(busiest, Answer) else []
    named = [name for name in names if repo_address(site, name)]
    together = [",".join(named[:SUGGESTED])] if len(named) > 1 else []
    return [(one.replace(",", ", "), site.addresses.page("compare", query={"repos": one})) for one in together + named]
