"""Topics and searches that are counted day by day: how many repositories, in which languages, and the most starred."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from forgelake.metrics.answer import Answer
from forgelake.pages.identity import with_pages
from forgelake.pages.listed import Line, listed
from forgelake.pages.page import Page
from forgelake.pages.panel import Ask, panels
from forgelake.pages.periods import Chosen
from forgelake.pages.site import Site

RANKED: Final = 50
_KIND: Final = "topic"
_TOTALS, _LANGUAGES, _REPOS = "topic_totals", "topic_languages", "topic_repos"


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic in the list: its page, its newest count and that of the period's begin; None where there is none."""

    name: str
    href: str | None
    newest: int | None
    grown: int | None


def topics(site: Site, given: Mapping[str, str]) -> Page:
    """All topics, or what to write to have some.

    Raises:
        ParameterError: the query names no period.
    """
    period = site.chosen(given)
    names = topic_names(site)
    asks = [Ask(_TOTALS, period.of(site.catalogue.get(_TOTALS)), "Repositories by topic", wide=True)] if names else []
    values = {"period": period, "topics": _counted(site, names, period), "panels": panels(site, asks)}
    return Page("topics", "Topics", ("topics",), values, period.query)


def topic(site: Site, name: str, given: Mapping[str, str]) -> Page:
    """A topic's page; of one that is not counted, one that says so.

    Raises:
        ParameterError: the query names no period.
    """
    period = site.chosen(given)
    names = topic_names(site)
    path = ("topics", name)
    if name not in names:
        others = [(one, site.addresses.page("topics", one)) for one in names]
        return Page("unknown_topic", "This topic is not counted", path, {"name": name, "others": others}, status=404)

    def question(metric: str) -> dict[str, str]:
        return {**period.of(site.catalogue.get(metric)), _KIND: name}

    asks = [
        Ask(_TOTALS, question(_TOTALS), "Repositories over time", wide=True),
        Ask(_LANGUAGES, question(_LANGUAGES), "Main languages"),
    ]
    ranked = listed(
        site,
        _REPOS,
        {**question(_REPOS), "limit": str(RANKED)},
        ("language", "forks", "stars"),
        "None in this period",
    )
    values = {
        "name": name,
        "period": period,
        "panels": panels(site, asks),
        "ranked": replace(ranked, lines=_linked(site, ranked.lines)),
    }
    return Page("topic", f"Topic {name}", path, values, period.query)


def _linked(site: Site, lines: Sequence[Line]) -> list[Line]:
    """Lines whose names lead somewhere: most of a topic's repositories may be known from its list only."""
    if site.addresses.static:
        return list(lines)
    there = with_pages(site, [line.name for line in lines if line.href])
    return [line if line.name in there else replace(line, href=None) for line in lines]


def topic_names(site: Site) -> list[str]:
    """The topics and searches that are or were counted."""
    return sorted({row.title for row in site.snapshot.tracked if row.kind == _KIND})


def _counted(site: Site, names: list[str], period: Chosen) -> list[Topic]:
    found = site.ask(_TOTALS, period.of(site.catalogue.get(_TOTALS))) if names else None
    counts: dict[str, list[int]] = {name: [] for name in names}
    for row in found.table.to_pylist() if isinstance(found, Answer) else ():
        if row["repositories"] is not None:
            counts.setdefault(row["topic"], []).append(row["repositories"])
    return [
        Topic(name, site.addresses.page("topics", name), known[-1] if known else None, _grown(known))
        for name, known in sorted(counts.items(), key=lambda item: (-(item[1] or [0])[-1], item[0]))
    ]


def _grown(known: list[int]) -> int | None:
    return known[-1] - known[0] if len(known) > 1 else None
