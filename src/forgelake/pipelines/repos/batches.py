"""Many repositories with one query, and what has to be asked beside it.

A first question tells of every repository what changes from day to day; languages, topics and releases are asked for
where it shows that something has happened, and else once in a few weeks.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from math import ceil
from typing import Any, Final

import structlog

from forgelake.model.errors import RetryError, SkipError
from forgelake.pipelines.daily.day import Day
from forgelake.pipelines.repos.observed import Observed
from forgelake.pipelines.repos.single import community, community_due, permission, release_pages
from forgelake.sources.github.graphql import DETAILS, FEW_RELEASES, SNAPSHOT, found, repositories
from forgelake.sources.github.said import Said
from forgelake.sources.github.snapshots import details_of, from_node
from forgelake.state.repos import RepoRow

DETAILS_EVERY: Final = 21
"""Days after which details are asked for although nothing has happened; up to as many more, so that they spread."""

COMMUNITY_A_DAY: Final = 10
"""Community profiles that are asked for in a day: each is a request of its own."""

_NO_GRAPHQL: Final = (400, 404, 405, 415, 501)

_log = structlog.get_logger()


class Batches:
    """Queries of one day.

    Attributes:
        usable: whether there is GraphQL here; without a token there is none.
    """

    def __init__(self, day: Day) -> None:
        self.usable = day.ask.authorized
        self._day = day
        known = day.context.state.repos.all_rows(day.api)
        today = day.date.isoformat()
        self._profiles = sum(row.facts.get("community_day") == today for row in known)
        long = sum(row.facts.get("releases", 0) > FEW_RELEASES for row in known)
        most = day.context.settings.github.release_lists
        # So many days it takes until every long list was asked for once.
        self._list_every = ceil(long / most) if most else None

    def nodes(self, rows: list[RepoRow]) -> dict[int, Said]:
        """The answers that tell of these repositories; those that cannot be seen are not in it."""
        if not rows or not self.usable:
            return {}
        try:
            said = self._day.ask.graphql(SNAPSHOT, {"ids": [row.node_id for row in rows]}, str(rows[0].repo_id))
            if said.status in _NO_GRAPHQL:
                _log.warning("there is no GraphQL here, asking by REST", status=said.status)
                self.usable = False
                return {}
            found(said)
        except RetryError as error:
            if len(rows) == 1:
                return {}
            _log.warning("a query is asked again in halves", repositories=len(rows), reason=str(error))
            half = len(rows) // 2
            return self.nodes(rows[:half]) | self.nodes(rows[half:])
        return {row.repo_id: said for row in rows if any(repositories(said, row.repo_id))}

    def details(self, rows: list[RepoRow], nodes: Mapping[int, Said]) -> dict[int, Said]:
        """The details of those repositories for which they are due."""
        facts = {row.repo_id: from_node(nodes[row.repo_id], row.repo_id) for row in rows}
        due = [row for row in rows if self._due(row, facts[row.repo_id])]
        few = [row for row in due if 0 < facts[row.repo_id]["release_count"] <= FEW_RELEASES]
        other = [row for row in due if row not in few]
        if not due:
            return {}
        variables = {"few": [row.node_id for row in few], "other": [row.node_id for row in other]}
        try:
            said = self._day.ask.graphql(DETAILS, variables, str(due[0].repo_id))
            found(said)
        except (RetryError, SkipError):
            if len(rows) == 1:
                return {}
            half = len(rows) // 2
            return self.details(rows[:half], nodes) | self.details(rows[half:], nodes)
        return {row.repo_id: said for row in due if any(repositories(said, row.repo_id))}

    def observed(self, row: RepoRow, said: Said, details: Said | None) -> Observed:
        """What was seen of a repository, with what is asked for beside the queries."""
        facts = from_node(said, row.repo_id)
        node = next(iter(repositories(said, row.repo_id)))
        row = replace(row, name=facts["repo_name"], visibility=facts["visibility"])
        answers = [("node", said)]
        kept = {**row.facts, "marks": _marks(facts), "releases": facts["release_count"]}
        kept |= permission(self._day, node.get("viewerPermission"))
        if details is not None:
            answers.append(("details", details))
            languages, topics = details_of(details, row.repo_id)
            kept |= {"languages": languages, "topics": topics, "details_day": self._day.date.isoformat()}
        row = replace(row, facts=kept)
        if details is not None and self._list_due(row):
            row = replace(row, facts={**row.facts, "list_day": self._day.date.isoformat()})
            answers += [("releases", page) for page in release_pages(self._day, row)]
        row, profile = self._profile(row)
        answers += [("community", one) for one in profile]
        notes = {name: kept[name] for name in ("languages", "topics") if name in kept}
        return Observed(row, node["owner"]["id"], tuple(answers), notes)

    def _due(self, row: RepoRow, facts: Mapping[str, Any]) -> bool:
        """Whether something has happened; a push once more on the day after, when its languages are counted."""
        told = row.facts.get("details_day")
        if told is None or row.facts.get("marks") != _marks(facts):
            return True
        age = (self._day.date - date.fromisoformat(told)).days
        pushed = facts["pushed_at"]
        recounted = pushed is not None and date.fromisoformat(told) <= pushed.date()
        return age == 0 or recounted or age >= DETAILS_EVERY + row.repo_id % DETAILS_EVERY

    def _list_due(self, row: RepoRow) -> bool:
        if row.facts["releases"] <= FEW_RELEASES or self._list_every is None:
            return False
        told = row.facts.get("list_day")
        age = None if told is None else self._day.date - date.fromisoformat(told)
        return age is None or not age or age >= timedelta(days=self._list_every)

    def _profile(self, row: RepoRow) -> tuple[RepoRow, list[Said]]:
        today = row.facts.get("community_day") == self._day.date.isoformat()
        if not community_due(row, self._day.date) or (self._profiles >= COMMUNITY_A_DAY and not today):
            return row, []
        self._profiles += not today
        return community(self._day, row)


def _marks(facts: Mapping[str, Any]) -> list[Any]:
    """By which it is told whether anything has happened in a repository."""
    pushed = facts["pushed_at"]
    counts = ("stars", "forks", "watchers", "open_issues", "open_pull_requests", "release_count")
    return [pushed and pushed.isoformat(), facts["repo_name"], *(facts[name] for name in counts)]
