"""The digest of a week: what moved, the figures of each repository, and how complete they are; page and mail."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from forgelake.model.period import Period
from forgelake.pages.listed import repo_address
from forgelake.pages.page import Page, written
from forgelake.pages.panel import received
from forgelake.pages.site import Site
from forgelake.pages.week_figures import MEASURES, Figure, coverage, figures, movers
from forgelake.pages.weeks import around, last_week, name_of, week_named

MOST_REPOS: Final = 10
MOST_MOVED: Final = 5
MOST_GAPS: Final = 10


@dataclass(frozen=True, slots=True)
class Mail:
    """A digest for channels; ``data`` is for programs."""

    title: str
    text: str
    summary: str
    html: str
    data: Sequence[Mapping[str, Any]]


def digest(site: Site, name: str) -> Page:
    """The page; the last week that is over without a name.

    Raises:
        ParameterError: it is no week, or one that is not over.
    """
    week = week_named(name, site.now) if name else last_week(site.now)
    own = name_of(week)
    return Page("digest", f"Week {own}", ("digest", own), _values(site, week))


def mail(site: Site, week: Period) -> Mail:
    """The digest of a week as mail: no scripts, no images, nothing that is loaded from anywhere."""
    values: dict[str, Any] = {**_values(site, week), "synthetic": site.synthetic, "link": site.addresses.page}
    own = name_of(week)
    link = site.addresses.page("digest", own)
    moved = values["moved"] or ["nothing that could be compared moved much"]
    return Mail(
        title=f"[forgelake] Week {own}",
        text=written("digest_mail.txt", values),
        summary="\n".join([*moved, *([link] if link else [])]),
        html=written("digest_mail.html", values),
        data=[_for_programs(row) for _, _, row in values["rows"]],
    )


def _values(site: Site, week: Period) -> dict[str, Any]:
    names = repos_of(site)
    shown = names[:MOST_REPOS]
    rows = [(name, repo_address(site, name), figures(site, name, week)) for name in shown]
    covered = coverage(site, shown, week)
    gaps = list(dict.fromkeys(gap for _, one in covered for gap in one.gaps))
    return {
        "week": name_of(week),
        "of": week,
        "measures": MEASURES,
        "rows": rows,
        "named": bool(site.context.settings.github.repos or site.context.settings.github.owners),
        "left_out": len(names) - len(shown),
        "moved": movers((row for _, _, row in rows), MOST_MOVED),
        "covered": [(titles, received(one)) for titles, one in covered],
        "gaps": gaps[:MOST_GAPS],
        "gaps_left_out": max(0, len(gaps) - MOST_GAPS),
        "around": _around(site, week),
    }


def repos_of(site: Site) -> list[str]:
    """The repositories that digests are about, as far as they may be shown."""
    tracked = {row.subject: row for row in site.snapshot.tracked if row.kind == "snapshot" and row.until is None}
    chosen = site.context.settings.jobs.weekly_digest.repos
    if not chosen:
        return sorted((row.title for row in tracked.values()), key=str.lower)
    if site.snapshot.visibility is None:
        return list(chosen)
    # A name that no repository was found for may be that of a private one.
    known = {name.lower() for row in tracked.values() for name in row.names}
    return [name for name in chosen if name.lower() in known]


def _around(site: Site, week: Period) -> list[tuple[str, str | None]]:
    return [(name, site.addresses.page("digest", name)) for name in around(week, site.now)]


def _for_programs(row: Sequence[Figure]) -> dict[str, Any]:
    told = {
        one.measure.title: {
            "value": one.now.value,
            "share_received": one.now.share,
            "week_before": one.before.value,
            "year_before": one.year_before.value,
        }
        for one in row
    }
    return {"repo": row[0].repo, "figures": told}
