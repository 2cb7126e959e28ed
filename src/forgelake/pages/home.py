"""The first page: how it is going, what moved, and how complete that is."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from forgelake.metrics.answer import Answer
from forgelake.model.period import Period
from forgelake.pages.calendar import LEGEND, calendar
from forgelake.pages.numbers import ago, instant
from forgelake.pages.page import Page
from forgelake.pages.panel import Ask, panels, received
from forgelake.pages.periods import Chosen
from forgelake.pages.site import Site
from forgelake.pages.tiles import Wanted, tiles

LISTED: Final = 8
CALENDAR_DAYS: Final = 7
_LATE: Final = timedelta(hours=3)
_TOTALS: Final = "activity_totals"
TILES: Final = (
    Wanted("Events", (_TOTALS, "events"), ("events", "events"), ""),
    Wanted("Active repositories", (_TOTALS, "repos"), ("active_repos", "repos")),
    Wanted("Active people", (_TOTALS, "accounts"), ("contributors", "contributors")),
    Wanted("Stars given", (_TOTALS, "stars"), ("stars", "stars")),
    Wanted(
        "Pull requests merged",
        (_TOTALS, "pull_requests_merged"),
        ("pull_requests_opened_merged_closed", "merged"),
    ),
)
COMPARED: Final = {"previous": "the time before", "year": "a year before", "none": "nothing"}


@dataclass(frozen=True, slots=True)
class Listed:
    """A line of a list: a name, where it leads, and its numbers."""

    name: str
    href: str | None
    numbers: tuple[object, ...]


def home(site: Site, given: Mapping[str, str]) -> Page:
    """The page.

    Raises:
        ParameterError: the query names no period.
    """
    period = site.chosen(given, archive=True)
    there = site.archive or site.reach
    if there is None:
        return Page("empty", "Nothing is collected yet", (), {"period": period})
    question = {**period.asked, "interval": period.interval.value}
    several = panels(
        site,
        [
            Ask("events", question, f"Events by {period.interval.unit}", wide=True),
            Ask("events_by_type", question, "What kind of events"),
        ],
    )
    days = Period(max(there.first, there.last - timedelta(days=CALENDAR_DAYS)), there.last)
    values = {
        "period": period,
        "freshness": freshness(site),
        "tiles": tiles(site, TILES, period, {}, _against(period, given.get("compare", ""))),
        "panels": several,
        "moved": _listed(site, "biggest_movers", period, ("events", "change"), "Nothing to compare with"),
        "busiest": _listed(site, "busiest_repos", period, ("events", "actors"), "None in this period"),
        "calendar": calendar(site, days),
        "legend": LEGEND,
    }
    return Page("home", "Home", (), values, period.query)


def freshness(site: Site) -> dict[str, Any]:
    """How old the newest data is, and how complete the last day."""
    there = site.archive or site.reach
    if there is None:
        return {"late": True, "words": "nothing was collected yet"}
    age = site.now - there.last
    found = calendar(site, Period(there.last - timedelta(days=1), there.last)).coverage
    words = f"Data until {instant(there.last)} ({ago(age)})"
    return {"late": age > _LATE, "words": words, "coverage": received(found), "gaps": len(found.gaps)}


def repo_address(site: Site, name: str) -> str | None:
    """Where a repository's page is; None if it has no owner in its name, as the oldest events' have not."""
    owner, slash, own = name.partition("/")
    return site.addresses.page("repos", owner, own) if slash and owner and own else None


def _against(period: Chosen, choice: str) -> Period:
    """The period to compare with; a year before by whole weeks, so that weekdays match."""
    if choice != "year":
        return period.before
    year = timedelta(weeks=52)
    return Period(period.period.start - year, period.period.end - year)


def _listed(site: Site, metric: str, period: Chosen, columns: tuple[str, ...], empty: str) -> dict[str, Any]:
    found = site.ask(metric, {**period.asked, "limit": str(LISTED)})
    listed = {"href": site.addresses.page("explore", metric, query=period.asked), "empty": empty}
    if not isinstance(found, Answer):
        return {**listed, "lines": (), "message": found.message}
    rows = found.table.to_pylist()
    lines = [
        Listed(row["repo_name"], repo_address(site, row["repo_name"]), tuple(row[name] for name in columns))
        for row in rows
    ]
    return {**listed, "lines": lines, "message": received(found.coverage)}
