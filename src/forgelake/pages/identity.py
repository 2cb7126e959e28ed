"""Which repository a page is about: tracked or not, what it is called, was called, and what became of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import structlog

from forgelake.metrics.answer import Answer
from forgelake.metrics.values import REPO
from forgelake.model.errors import ForgelakeError
from forgelake.model.period import Period
from forgelake.pages.periods import Chosen, asked
from forgelake.pages.site import Site
from forgelake.query.names import Called, Fate, called, fate, like, written
from forgelake.query.search import newest_days
from forgelake.state.tracked import TrackedRow

NEAREST: Final = 6
_SNAPSHOT: Final = "snapshot"
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Identity:
    """A repository.

    Attributes:
        name: as GitHub writes the name that was asked for.
        tracked: since and until when; None if it is in events only.
        kinds: the kinds of daily slices that are collected of it.
        names: all its names that are known, the oldest first.
        fate: what was last noted of a tracked one.
        summary: the row of ``repo_summary``; empty without a snapshot.
    """

    name: str
    tracked: TrackedRow | None
    kinds: frozenset[str]
    names: Sequence[Called]
    fate: Fate | None
    summary: dict[str, Any]

    @property
    def now_called(self) -> str:
        """Its newest name."""
        if self.tracked:
            return self.tracked.title
        return self.names[-1].name if self.names else self.name


def identify(site: Site, name: str, period: Chosen) -> Identity | None:
    """The repository of a name; None if it is neither tracked nor in the events that were looked through."""
    if not REPO.fullmatch(name):
        return None
    row = tracked_row(site, name)
    return _of_events(site, name, period) if row is None else _of_tracked(site, name, row)


def tracked_row(site: Site, name: str) -> TrackedRow | None:
    """The tracked repository of a name in any case; before one that was called so, one that is."""
    wanted = name.lower()
    found = [
        row for row in site.snapshot.tracked if row.kind == _SNAPSHOT and wanted in (one.lower() for one in row.names)
    ]
    return max(found, key=lambda row: (row.title.lower() == wanted, row.until is None, row.since), default=None)


def tracked_names(site: Site) -> list[str]:
    """The repositories that are tracked now."""
    return sorted(row.title for row in site.snapshot.tracked if row.kind == _SNAPSHOT and row.until is None)


def nearest_names(site: Site, name: str) -> list[str]:
    """Names that somebody may have meant: those of tracked repositories first, as far as they hold a part of it."""
    part = name.rpartition("/")[2].lower()
    known = [one for one in tracked_names(site) if part and part in one.lower()]
    days = days_to_look(site)
    found = like(site.snapshot, days, name, NEAREST, site.timeout_seconds) if days else []
    return list(dict.fromkeys([*known, *found]))[:NEAREST]


def days_to_look(site: Site, period: Chosen | None = None) -> Period | None:
    """The days of events in which names are looked for: those at the end of a period, or the newest ones."""
    most = site.context.settings.api.search_days
    if period is None:
        return newest_days(site.snapshot, most)
    return Period(max(period.period.start, period.period.end - timedelta(days=most)), period.period.end)


def spelled_in_events(site: Site, names: Sequence[str], period: Chosen) -> dict[str, str]:
    """How events write names, by them in small letters: those of the period, or the newest ones.

    Raises:
        UsageError: it took too long.
    """
    found: dict[str, str] = {}
    for days in (days_to_look(site), days_to_look(site, period)):
        if days and any(name.lower() not in found for name in names):
            found |= written(site.snapshot, days, names, site.timeout_seconds)
    return found


def with_pages(site: Site, names: Sequence[str]) -> set[str]:
    """Those of some names that a repository's page is there of: tracked, or in events; where it is not known, neither.

    Names in events come from there, so this is for others.
    """
    tracked = {name.lower() for row in site.snapshot.tracked if row.kind == _SNAPSHOT for name in row.names}
    others = [name for name in names if name.lower() not in tracked]
    try:
        known = tracked | spelled_in_events(site, others, site.chosen({})).keys()
    except ForgelakeError as error:
        _log.warning("names not looked for", error=str(error))
        known = tracked
    return {name for name in names if name.lower() in known}


def _of_events(site: Site, name: str, period: Chosen) -> Identity | None:
    for days in (days_to_look(site, period), days_to_look(site)):
        names = called(site.snapshot, days, name, site.timeout_seconds) if days else []
        own = [one.name for one in names if one.name.lower() == name.lower()]
        if own:
            return Identity(own[-1], None, frozenset(), names, None, {})
    return None


def _of_tracked(site: Site, name: str, row: TrackedRow) -> Identity:
    own = next(one for one in row.names if one.lower() == name.lower())
    kinds = frozenset(one.kind for one in site.snapshot.tracked if one.subject == row.subject)
    always = {**asked(Period(row.since, site.now)), "repo": own}
    site.ask_all([("repo_summary", always), ("repo_names", always)])
    summary = [one for one in _rows(site, "repo_summary", always) if one["repo_name"] == row.title]
    names = [
        Called(one["repo_name"], one["first_seen_at"], one["last_seen_at"])
        for one in _rows(site, "repo_names", always)
        if str(one["repo_id"]) == row.subject
    ]
    # A name that no repository was ever found for is its own subject.
    known = fate(site.snapshot, int(row.subject)) if row.subject.isdecimal() else None
    return Identity(own, row, kinds, names, known, summary[0] if summary else {})


def _rows(site: Site, metric: str, question: dict[str, str]) -> list[dict[str, Any]]:
    found = site.ask(metric, question)
    rows: list[dict[str, Any]] = found.table.to_pylist() if isinstance(found, Answer) else []
    return rows
