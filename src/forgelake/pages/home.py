"""The first page: how it is going, what moved, and how complete that is."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from forgelake.model.period import Period
from forgelake.pages.calendar import LEGEND, calendar, expected
from forgelake.pages.listed import listed
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
    days = expected(site, Period(there.last - timedelta(days=CALENDAR_DAYS), there.last))
    top = {**period.asked, "limit": str(LISTED)}
    values = {
        "period": period,
        "freshness": freshness(site),
        "tiles": tiles(site, TILES, period, {}, _against(period, given.get("compare", ""))),
        "panels": several,
        "moved": listed(site, "biggest_movers", top, ("events", "change"), "Nothing to compare with"),
        "busiest": listed(site, "busiest_repos", top, ("events", "actors"), "None in this period"),
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


def _against(period: Chosen, choice: str) -> Period:
    """The period to compare with; a year before by whole weeks, so that weekdays match."""
    if choice != "year":
        return period.before
    year = timedelta(weeks=52)
    return Period(period.period.start - year, period.period.end - year)
