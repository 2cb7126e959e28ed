"""Finding a repository by a part of its name."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from forgelake.model.period import Period
from forgelake.pages.listed import repo_address
from forgelake.pages.page import Page
from forgelake.pages.site import Site
from forgelake.query.search import REPOS, Wanted, found, newest_days

SHOWN: Final = 50


@dataclass(frozen=True, slots=True)
class Hit:
    """A repository that was found."""

    name: str
    href: str | None
    events: int | None
    last_event: object


def search(site: Site, given: Mapping[str, str]) -> Page:
    """The page; nothing is looked for without a text."""
    part = given.get("q", "").strip()
    days = newest_days(site.snapshot, site.context.settings.api.search_days)
    rows = found(site.snapshot, days, Wanted(REPOS, part, SHOWN), site.timeout_seconds) if part else []
    hits = [Hit(row["name"], repo_address(site, row["name"]), row["events"], row["last_event"]) for row in rows]
    # The newest day need not be over.
    searched = Period(days.start, min(days.end, site.archive.last)) if days and site.archive else days
    values = {"q": part, "hits": hits, "days": searched, "shown": SHOWN}
    return Page("search", f"Search: {part}" if part else "Search", ("search",), values, {"q": part})
