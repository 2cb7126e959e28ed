"""The sections of a repository's page: what is asked for, and how it stands together.

A panel that has nothing for this repository is no empty box: it is named in one line of its section, with the reason.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from forgelake.metrics.answer import Answer
from forgelake.metrics.observed import slice_kind
from forgelake.model.errors import ForgelakeError
from forgelake.pages.identity import Identity
from forgelake.pages.panel import Ask, Panel, is_empty, panels
from forgelake.pages.periods import Chosen
from forgelake.pages.site import Site
from forgelake.query.names import with_traffic


@dataclass(frozen=True, slots=True)
class Show:
    """A panel to be made: the metric, and its title here if the metric's own would not tell it from its neighbours."""

    metric: str
    title: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """A section as it is declared; ``note`` is what a reader has to know of all its numbers."""

    id: str
    title: str
    shows: Sequence[Show]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """A section as its template takes it.

    Attributes:
        panels: those that have something to show, or failed.
        without: a line for each reason why others are not there.
        untracked: the titles of those that need snapshots, of a repository that is not tracked.
        unseen: the titles of those about traffic, of a repository whose traffic is not collected.
    """

    id: str
    title: str
    note: str
    panels: Sequence[Panel]
    without: Sequence[str]
    untracked: str
    unseen: str


PARTS: Final = (
    Part(
        "stars",
        "Stars",
        (
            Show("stars_net", "Stars (net), snapshot by snapshot"),
            Show("stars_retained", "Stars (retained), by the day they were given"),
            Show("stars", "Stars (gross), as events tell"),
        ),
        "Three different numbers: what GitHub shows beside the star; when the stars still held were given; and the "
        "events of giving one, which never fall and lack what the archive lost.",
    ),
    Part("forks", "Forks", (Show("repo_forks", "Forks (net), snapshot by snapshot"), Show("forks", "Forks made"))),
    Part(
        "issues",
        "Issues and pull requests",
        tuple(
            map(
                Show,
                (
                    "issues_opened_closed",
                    "pull_requests_opened_merged_closed",
                    "open_issues",
                    "open_pull_requests",
                    "time_to_first_response",
                    "time_to_merge",
                    "time_to_close_issues",
                    "reviews",
                ),
            )
        ),
    ),
    Part("people", "People", tuple(map(Show, ("contributors", "new_contributors", "most_active_contributors")))),
    Part("when", "When", (Show("punch_card", "Days of the week and hours, UTC"),)),
    Part(
        "traffic",
        "Traffic",
        tuple(
            map(
                Show,
                (
                    "traffic_views",
                    "traffic_clones",
                    "traffic_unique_visitors",
                    "traffic_unique_cloners",
                    "traffic_windows",
                    "top_referrers",
                    "popular_paths",
                ),
            )
        ),
        "Different people are counted by day or by 14 days, as GitHub does, and never added up.",
    ),
    Part(
        "releases",
        "Releases and languages",
        (
            Show("release_downloads", "Release downloads, all together"),
            Show("releases"),
            Show("repo_languages"),
        ),
    ),
)


def sections(
    site: Site, repo: Identity, period: Chosen, also: Iterable[tuple[str, Mapping[str, str]]] = ()
) -> list[Section]:
    """All sections of a repository's page; ``also`` are further questions about it that are answered with theirs."""
    wanted = {part.id: [_ask(site, repo, period, show) for show in part.shows] for part in PARTS}
    missing = {ask.metric: kind for asks in wanted.values() for ask in asks if (kind := _uncollected(site, repo, ask))}
    questions = [(ask.metric, ask.given) for asks in wanted.values() for ask in asks if ask.metric not in missing]
    questions += also
    site.about(repo.name, questions).ask_all(questions)
    return [_section(site, part, wanted[part.id], missing) for part in PARTS]


def _ask(site: Site, repo: Identity, period: Chosen, show: Show) -> Ask:
    metric = site.catalogue.get(show.metric)
    return Ask(metric.name, {**period.of(metric), "repo": repo.name}, show.title or metric.title)


def _uncollected(site: Site, repo: Identity, ask: Ask) -> str:
    """The kind of daily slices that a metric needs and that is not collected of the repository; else empty."""
    metric = site.catalogue.get(ask.metric)
    kind = slice_kind(metric)
    if not kind or kind in repo.kinds:
        return ""
    # Traffic may come from an archive, of repositories that nothing was ever collected of.
    return "" if kind == "traffic" and _has_traffic(site, repo) else kind


def _has_traffic(site: Site, repo: Identity) -> bool:
    try:
        return repo.name.lower() in with_traffic(site.snapshot)
    except ForgelakeError:
        # Each panel says so itself.
        return True


def _section(site: Site, part: Part, asks: Sequence[Ask], missing: Mapping[str, str]) -> Section:
    there = [ask for ask in asks if ask.metric not in missing]
    found = {ask.metric: site.ask(ask.metric, ask.given) for ask in there}
    empty = {name for name, answer in found.items() if isinstance(answer, Answer) and is_empty(answer)}
    shown = _laid_out([ask for ask in there if ask.metric not in empty])
    unseen = [ask for ask in asks if missing.get(ask.metric) == "traffic"]
    if not shown and part.id == "traffic":
        # Nothing was told of it to a token, so it is like traffic that nobody asks for.
        unseen, empty = list(asks), set[str]()
    return Section(
        part.id,
        part.title,
        part.note if shown else "",
        panels(site, shown),
        list(_without(panels(site, [ask for ask in asks if ask.metric in empty]))),
        _titles(ask for ask in asks if missing.get(ask.metric, "traffic") != "traffic"),
        _titles(unseen),
    )


def _laid_out(asks: Sequence[Ask]) -> list[Ask]:
    """The first of an odd number takes the whole width, so that no place stays empty."""
    return [replace(ask, wide=len(asks) % 2 == 1 and number == 0) for number, ask in enumerate(asks)]


def _without(empty: Iterable[Panel]) -> Iterable[str]:
    """The panels that have nothing, by the reason."""
    by_reason: dict[str, list[str]] = {}
    for panel in empty:
        by_reason.setdefault(panel.message, []).append(panel.title)
    for reason, titles in by_reason.items():
        yield f"{'; '.join(titles)}: {reason[0].lower()}{reason[1:]}"


def _titles(asks: Iterable[Ask]) -> str:
    return "; ".join(ask.title for ask in asks)
