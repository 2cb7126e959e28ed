"""A repository's page: what it is and was called, how it is going, and everything that is known of it by sections."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from forgelake.metrics.answer import Answer
from forgelake.pages.identity import Identity, identify, nearest_names
from forgelake.pages.listed import repo_address
from forgelake.pages.page import Page
from forgelake.pages.periods import Chosen
from forgelake.pages.sections import sections
from forgelake.pages.site import Site
from forgelake.pages.tiles import Tile, Wanted, questions, tiles

_SUMMARY, _TOTALS = "repo_summary", "activity_totals"
SNAPSHOT_TILES: Final = (
    Wanted("Stars", (_SUMMARY, "stars"), ("stars_net", "stars")),
    Wanted("Forks", (_SUMMARY, "forks"), ("repo_forks", "forks")),
    Wanted("Open issues", (_SUMMARY, "open_issues"), ("open_issues", "open_issues"), "fewer"),
    Wanted("Open pull requests", (_SUMMARY, "open_pull_requests"), ("open_pull_requests", "open_pull_requests"), ""),
)
EVENT_TILES: Final = (
    Wanted("Events", (_TOTALS, "events"), ("events", "events"), ""),
    Wanted("Active people", (_TOTALS, "accounts"), ("contributors", "contributors")),
    Wanted("Stars given", (_TOTALS, "stars"), ("stars", "stars")),
    Wanted("Issues opened", (_TOTALS, "issues_opened"), ("issues_opened_closed", "opened"), ""),
    Wanted(
        "Pull requests merged",
        (_TOTALS, "pull_requests_merged"),
        ("pull_requests_opened_merged_closed", "merged"),
    ),
)
_FATES: Final = {
    "missing": "GitHub does not show it: deleted, or private",
    "blocked": "blocked by GitHub",
    "private": "private",
}


@dataclass(frozen=True, slots=True)
class Mark:
    """A word about a repository, and its class: plain, good or bad."""

    words: str
    kind: str = "plain"


@dataclass(frozen=True, slots=True)
class Name:
    """A name that it had, where its page is, and when it was seen under it first and last."""

    name: str
    href: str | None
    first_at: datetime
    last_at: datetime


def repository(site: Site, owner: str, own: str, given: Mapping[str, str]) -> Page:
    """The page; of a name that nobody knows, one that says so and shows the nearest names.

    Raises:
        ParameterError: the query names no period.
    """
    period = site.chosen(given)
    name = f"{owner}/{own}"
    if site.reach is None:
        return Page("empty", "Nothing is collected yet", ("repos", owner, own), {"period": period})
    repo = identify(site, name, period)
    if repo is None:
        near = [(one, repo_address(site, one)) for one in nearest_names(site, name)]
        values = {"name": name, "near": near}
        return Page("unknown_repo", "There is no such repository here", ("repos", owner, own), values, status=404)
    asked = {"repo": repo.name}
    # Its events are read once for tiles and sections.
    parted = sections(site, repo, period, () if repo.tracked else questions(EVENT_TILES, period, asked, period.before))
    values = {
        "repo": repo,
        "period": period,
        "marks": marks(repo),
        "facts": facts(repo),
        "names": names(site, repo),
        "former": repo.now_called.lower() != repo.name.lower(),
        "now_at": repo_address(site, repo.now_called),
        "compare": site.addresses.page("compare", query={"repos": repo.name}),
        "tiles": _tiles(site, repo, period),
        "parted": parted,
    }
    return Page("repository", repo.name, ("repos", *repo.name.split("/")), values, period.query)


def marks(repo: Identity) -> list[Mark]:
    """Tracked or not, and what became of it."""
    row, made = repo.tracked, list[Mark]()
    if row is None:
        made.append(Mark("not tracked"))
    elif row.until is None:
        made.append(Mark(f"tracked since {row.since:%Y-%m-%d}", "good"))
    else:
        made.append(Mark(f"tracked from {row.since:%Y-%m-%d} until {row.until:%Y-%m-%d}"))
    if repo.fate and repo.fate.state in _FATES:
        made.append(Mark(f"{_FATES[repo.fate.state]}, since {repo.fate.taken_at:%Y-%m-%d}", "bad"))
    made += [
        Mark(words) for flag, words in (("is_archived", "archived"), ("is_fork", "a fork")) if repo.summary.get(flag)
    ]
    return made


def facts(repo: Identity) -> list[tuple[str, str]]:
    """What the newest snapshot says of it besides numbers; what it does not say is left out."""
    said = repo.summary
    days = (("Made", "created_at"), ("Last push", "pushed_at"), ("As of", "taken_at"))
    texts = (("Language", "language"), ("Licence", "license"), ("Topics", "topics"), ("Branch", "default_branch"))
    found = [(title, said[key]) for title, key in texts if said.get(key)]
    return found + [(title, f"{said[key]:%Y-%m-%d}") for title, key in days if said.get(key)]


def names(site: Site, repo: Identity) -> Sequence[Name]:
    """All names of a repository that had several, the newest first."""
    if len({one.name for one in repo.names}) < 2:  # noqa: PLR2004 - several
        return ()
    return [Name(one.name, repo_address(site, one.name), one.first_at, one.last_at) for one in repo.names[::-1]]


def _tiles(site: Site, repo: Identity, period: Chosen) -> list[Tile]:
    """Of snapshots where the period has one, else of events."""
    daily = period.daily
    asked = {"repo": repo.name}
    found = site.ask(_SUMMARY, {**asked, **daily.asked}) if repo.tracked else None
    if isinstance(found, Answer) and found.table.num_rows:
        return tiles(site, SNAPSHOT_TILES, daily, asked, daily.before)
    return tiles(site, EVENT_TILES, period, asked, period.before)
