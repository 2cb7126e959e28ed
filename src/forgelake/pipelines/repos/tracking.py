"""Which repositories are tracked: those that the settings name, and all of the owners that they name, each by its id.

A repository is found by its name once and known by its id from then on. Where a name comes to belong to another
repository, both are tracked: the one that had it, and the one that has it. Where it cannot be found out today what a
name or an owner stands for, everything that was tracked goes on: a failure ends nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any, Final

from forgelake.lake.repos import REPO_SNAPSHOTS
from forgelake.model.errors import RetryError, SkipError
from forgelake.pipelines.daily.day import Day
from forgelake.sources.github.answer import NOT_FOUND
from forgelake.sources.github.graphql import NAMES, found, resolving
from forgelake.sources.github.said import Said
from forgelake.sources.github.snapshots import visibility
from forgelake.sources.github.states import AVAILABLE, verdict
from forgelake.state.repos import RepoRow
from forgelake.state.tracked import meant

OWNER: Final = "owner:"
"""Begins ``asked_as`` of a repository that was found in an owner's list."""

_LISTED: Final = 100


@dataclass(slots=True)
class TrackedRepos:
    """What is tracked today.

    Attributes:
        repos: by id.
        unknown: names for which no repository was found, each with the reason; True in front of it where it may be
            found later.
        standing: what such names stood for when a repository was last found for them: subjects and titles, by name.
        unlisted: owners whose list could not be had.
    """

    repos: dict[int, RepoRow] = field(default_factory=dict)
    unknown: dict[str, tuple[bool, str]] = field(default_factory=dict)
    standing: dict[str, dict[str, str]] = field(default_factory=dict)
    unlisted: list[str] = field(default_factory=list)

    @property
    def whole(self) -> bool:
        """Whether all was found out, so that nothing else is tracked any more."""
        return not self.unlisted and not any(may_come for may_come, _ in self.unknown.values())

    @property
    def titles(self) -> dict[str, str]:
        """Subjects and what a person calls them; a name that never had a repository is its own subject."""
        titles = {str(row.repo_id): row.name for row in self.repos.values()}
        for name in self.unknown:
            titles |= self.subjects(name)
        return titles

    def subjects(self, name: str) -> dict[str, str]:
        """The subjects of an unknown name, with what a person calls them."""
        return self.standing.get(name) or {name: name}


def tracked(day: Day) -> TrackedRepos:
    """Find what the settings ask for; what was not known before is kept in the state."""
    github = day.context.settings.github
    known = day.context.state.repos.all_rows(day.api)
    result = TrackedRepos()
    asked = {name.lower(): name for name in github.repos}
    for row in known:
        if row.asked_as in asked:
            result.repos[row.repo_id] = row
    for login in github.owners:
        _owned(day, login, known, result)
    present = {row.name.lower() for row in result.repos.values() if row.state not in ("missing", "blocked")}
    _resolve(day, [name for lower, name in asked.items() if lower not in present], result)
    result.standing = _standing(day, result)
    day.context.state.repos.put_many(row for row in result.repos.values() if row not in known)
    return result


def _standing(day: Day, found: TrackedRepos) -> dict[str, dict[str, str]]:
    every = day.context.state.tracked.all_rows()
    titles = {row.subject: row.title for row in every if row.kind == REPO_SNAPSHOTS.slices and row.until is None}
    tracked_now = [row for row in every if row.subject in titles and row.subject not in found.titles]
    return {
        name: {subject: titles[subject] for subject in meant(tracked_now, [name])}
        for name, (may_come, _) in found.unknown.items()
        if may_come
    }


def _owned(day: Day, login: str, known: Iterable[RepoRow], result: TrackedRepos) -> None:
    """All repositories of an owner; where the list cannot be had, those that it held last."""
    asked_as = f"{OWNER}{login.lower()}"
    before = {row.repo_id: row for row in known}
    try:
        pages = list_pages(day, login)
        listed: list[Any] = [item for page in pages for item in page.json()]
    except (RetryError, SkipError, ValueError) as error:
        day.faults[f"repositories of {login}"] = str(error)
        if not isinstance(error, SkipError):
            result.unlisted.append(login)
        result.repos |= {row.repo_id: row for row in known if row.asked_as == asked_as}
        return
    if login.lower() not in day.done("owner"):
        day.add(day.piece("owner", login.lower(), pages))
    for item in listed:
        fresh = _row(day, item["id"], item.get("node_id"), item["full_name"], visibility(item), asked_as)
        result.repos.setdefault(item["id"], before.get(item["id"], fresh))


def list_pages(day: Day, login: str) -> list[Said]:
    """The pages of an owner's list of repositories, an organisation's or an account's.

    Raises:
        SkipError: there is no such owner.
        RetryError: the list did not come whole.
    """
    said = day.ask.get(f"/orgs/{login}/repos?per_page={_LISTED}", login)
    if said.status == NOT_FOUND:
        said = day.ask.get(f"/users/{login}/repos?per_page={_LISTED}", login)
    pages = [said]
    while said.ok and said.next_path:
        said = day.ask.get(said.next_path, login)
        pages.append(said)
    if pages[0].status == NOT_FOUND:
        message = f'there is no account or organisation "{login}" (404); correct github.owners'
        raise SkipError(message)
    if not said.ok:
        message = f"the repositories of {login} cannot be listed ({said.status})"
        raise RetryError(message)
    return pages


def _resolve(day: Day, names: list[str], result: TrackedRepos) -> None:
    """Find repositories by their names, a hundred with one query where that is possible."""
    if not day.ask.authorized:
        for name in names:
            _by_rest(day, name, result)
        return
    for first in range(0, len(names), NAMES):
        portion = names[first : first + NAMES]
        try:
            data = dict(found(day.ask.graphql(*resolving(portion))).data)
        except (RetryError, SkipError):
            data = dict[str, Any]()
        for number, name in enumerate(portion):
            node = data.get(f"r{number}")
            if node is None:
                # Only REST says what became of it.
                _by_rest(day, name, result)
            else:
                row = _row(day, node["databaseId"], node["id"], node["nameWithOwner"], node["visibility"].lower(), name)
                _take(row, result)


def _by_rest(day: Day, name: str, result: TrackedRepos) -> None:
    try:
        said = day.ask.get(f"/repos/{name}", name)
    except (RetryError, SkipError) as error:
        result.unknown[name.lower()] = (isinstance(error, RetryError), str(error))
        return
    if said.ok:
        repo = said.json()
        _take(_row(day, repo["id"], repo.get("node_id"), repo["full_name"], visibility(repo), name), result)
        return
    told = verdict(said)
    reason = told[1] if told else f"GitHub answered {said.status}"
    if all(row.asked_as != name.lower() for row in result.repos.values()):
        advice = "correct github.repos, or give a token that may read it"
        result.unknown[name.lower()] = (told is None, f"{reason}; {advice}")


def _take(row: RepoRow, result: TrackedRepos) -> None:
    """A repository that is known already stays as it is known."""
    result.repos.setdefault(row.repo_id, row)


def _row(day: Day, repo_id: int, node_id: str | None, name: str, shown: str | None, asked_as: str) -> RepoRow:
    return RepoRow(day.api, repo_id, node_id, name, asked_as.lower(), None, AVAILABLE, shown, seen_day="")


def observed(row: RepoRow, day: Day) -> RepoRow:
    """The row with ``before`` as it was before today, however often today is gone through."""
    if row.seen_day == day.date.isoformat():
        return row
    before = (
        {"name": row.name, "owner_id": row.owner_id, "state": row.state, "visibility": row.visibility}
        if row.seen_day
        else {}
    )
    return replace(row, before=before, seen_day=day.date.isoformat())
