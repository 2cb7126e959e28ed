"""What a static site has: its pages, and which of their links lead somewhere."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from forgelake.metrics.answer import Answer
from forgelake.pages.addresses import RANKING, Query
from forgelake.pages.explore import catalogue, explore
from forgelake.pages.home import home
from forgelake.pages.identity import tracked_names
from forgelake.pages.listed import repo_address
from forgelake.pages.page import Page
from forgelake.pages.periods import PRESETS, Reach
from forgelake.pages.ranking import QUESTIONS, USUAL
from forgelake.pages.repository import repository
from forgelake.pages.site import Failure, Site
from forgelake.pages.status import day, status
from forgelake.pages.topics import topic, topic_names, topics
from forgelake.publish.site_cvs import CV, SiteCvs
from forgelake.publish.site_files import ENDINGS, PNG, page_file

DAYS: Final = 31
"""Days whose hours have a page of their own, the newest ones."""

REPO_CARDS: Final = frozenset(
    {
        "contributors",
        "events",
        "issues_opened_closed",
        "pull_requests_opened_merged_closed",
        "release_downloads",
        "repo_forks",
        "stars",
        "stars_net",
    }
)
"""Metrics that each repository has a card and a badge of; one of everything would be most of the site."""

HOME: Final = ""
_ALL: Final = "all"
_SMALL: Final = frozenset({"from", "to", "interval", "limit"})
"""What a metric's page may be asked for and is shown without."""

Parts = tuple[str, ...]
Maker = Callable[[Site, Query], Page]


SINGLE: Final[Mapping[Parts, Maker]] = {
    (): home,
    ("explore",): catalogue,
    ("status",): lambda site, _: status(site, {}, secrets=False),
    ("topics",): topics,
}
"""Pages that there is one of, by their paths."""

EACH: Final[Mapping[str, Callable[[str], Maker]]] = {
    "explore": lambda name: lambda site, _: explore(site, name, {}),
    "repos": lambda name: lambda site, given: repository(site, *_owner_and_own(name), given),
    "status": lambda name: lambda site, _: day(site, name),
    "topics": lambda name: lambda site, given: topic(site, name, given),
}
"""Pages that there are several of, by the first part of their paths."""


@dataclass(frozen=True, slots=True)
class Offer:
    """The pages of a site.

    Attributes:
        names: what there is a page of, by the first part of its path.
        presets: periods that pages with a period have.
        defaults: the one shown without being asked, by the first part of the path; other pages have one period.
        forms: the formats that data comes in.
    """

    names: Mapping[str, frozenset[str]]
    presets: tuple[str, ...]
    defaults: Mapping[str, str]
    cvs: SiteCvs = field(default_factory=SiteCvs)
    forms: frozenset[str] = frozenset(ENDINGS) - {PNG}

    def maker(self, parts: Parts) -> Maker | None:
        """How the page of a path is made; None if the site has no such page."""
        if parts in SINGLE:
            return SINGLE[parts]
        name = "/".join(parts[1:])
        if name not in self.names.get(parts[0], ()):
            return None
        return EACH[parts[0]](name) if parts[0] in EACH else self.cvs.maker(parts)

    def questions_of(self, parts: Parts) -> Mapping[str, Query]:
        """What a page has further files for, by what these are called: other periods, or other rankings."""
        usual = self._usual(parts)
        every = QUESTIONS if parts == RANKING else {name: {"period": name} for name in self.presets if usual}
        return {name: question for name, question in every.items() if question != usual}

    def file(self, parts: Parts, query: Query | None) -> str | None:
        """A page's file; None if the site has no page that answers the query."""
        asked = {name: value for name, value in (query or {}).items() if value}
        if self.maker(parts) is None:
            return None
        if parts[:1] == ("explore",) and set(asked) <= _SMALL:
            # A metric's page shows the default period, whatever led to it.
            return page_file(parts, "")
        usual = self._usual(parts)
        questions = {"": usual, **self.questions_of(parts)}
        return next((page_file(parts, name) for name, one in questions.items() if one == (asked or usual)), None)

    def _usual(self, parts: Parts) -> Query:
        """What a page shows without being asked."""
        if parts == RANKING:
            return USUAL
        default = self.defaults.get("/".join(parts[:1]))
        return {"period": default} if default else {}

    def first_pages(self) -> list[Parts]:
        """Pages that are there even if none leads to them."""
        people = [(CV, name) for name in sorted(self.cvs.held)]
        return [*SINGLE, *people, *(("repos", *_owner_and_own(name)) for name in sorted(self.names["repos"]))]


def offer(site: Site, most_repos: int, cvs: SiteCvs) -> Offer:
    """The site of a lake as it is: tracked repositories, and the busiest up to a number in all; people's CVs."""
    default = site.chosen({})
    names = {
        "explore": [metric.name for metric in site.catalogue],
        "repos": _repos(site, default.asked, most_repos),
        "status": _days(site.archive),
        "topics": topic_names(site),
        **cvs.names,
    }
    defaults = {HOME: site.chosen({}, archive=True).preset, "repos": default.preset}
    return Offer({kind: frozenset(found) for kind, found in names.items()}, tuple(_presets(site.reach)), defaults, cvs)


def _owner_and_own(name: str) -> tuple[str, str]:
    owner, _, own = name.partition("/")
    return owner, own


def _repos(site: Site, period: Mapping[str, str], most: int) -> list[str]:
    tracked = tracked_names(site)
    if not most:
        return tracked
    found = site.ask("busiest_repos", {**period, "limit": str(min(1000, most + len(tracked)))})
    busiest: list[str] = [] if isinstance(found, Failure) else _names(found)
    known = {name.lower() for name in tracked}
    others = [name for name in busiest if name.lower() not in known and repo_address(site, name)]
    return [*tracked, *others[: max(0, most - len(tracked))]]


def _names(found: Answer) -> list[str]:
    names: list[str] = found.table["repo_name"].to_pylist()
    return list({name.lower(): name for name in names if name}.values())


def _days(there: Reach | None) -> Iterable[str]:
    if there is None:
        return
    last = (there.last - timedelta(microseconds=1)).date()
    for number in range(DAYS):
        one = last - timedelta(days=number)
        if one >= there.first.date():
            yield one.isoformat()


def _presets(there: Reach | None) -> Iterable[str]:
    """Periods that differ: one that is longer than all that there is shows no more than that."""
    span, before = (there.last - there.first) if there else timedelta(), timedelta()
    for name, length in PRESETS.items():
        if length and before < span:
            before = length
            yield name
    if before < span:
        yield _ALL
