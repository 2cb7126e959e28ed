"""One repository by REST: five requests, each of which costs nothing where nothing has changed."""

from dataclasses import replace
from datetime import date
from typing import Any, Final

from forgelake.pipelines.daily.day import Day
from forgelake.pipelines.repos.observed import Observed
from forgelake.sources.github.said import Said
from forgelake.sources.github.snapshots import visibility
from forgelake.state.repos import RepoRow

WRITING: Final = ("ADMIN", "MAINTAIN", "PUSH", "WRITE")
"""Permissions of those who may write, as GraphQL and REST call them."""

MOST_RELEASE_PAGES: Final = 20
COMMUNITY_EVERY: Final = 30
"""Days after which a community profile is asked for again: it hardly ever changes."""


def fetched(day: Day, row: RepoRow) -> Observed | Said:
    """What REST says of a repository; the answer itself if it is not the repository."""
    said, repo = _repo(day, row)
    if repo is None:
        return said
    row = replace(row, name=repo["full_name"], node_id=repo.get("node_id"), visibility=visibility(repo))
    granted = repo.get("permissions") or {}
    word = next((name for name in WRITING if granted.get(name.lower())), "READ") if granted else None
    row = replace(row, facts={**row.facts, **permission(day, word)})
    place, subject = f"/repos/{row.name}", str(row.repo_id)
    answers = {"repo": [said]}
    for role, path in (("languages", f"{place}/languages"), ("pulls", f"{place}/pulls?state=open&per_page=1")):
        answers[role] = [day.ask.get(path, subject)]
    answers["releases"] = release_pages(day, row)
    if community_due(row, day.date):
        row, answers["community"] = community(day, row)
    owner = (repo.get("owner") or {}).get("node_id")
    return Observed(row, owner, tuple((role, answer) for role, found in answers.items() for answer in found))


def permission(day: Day, word: str | None) -> dict[str, str]:
    """What the token may do in a repository; of several tokens another one may do more than the one that was used."""
    return {"permission": word} if word and (day.ask.tokens == 1 or word in WRITING) else {}


def release_pages(day: Day, row: RepoRow) -> list[Said]:
    """The pages of a repository's releases; one that is not OK ends them."""
    said = day.ask.get(f"/repos/{row.name}/releases?per_page=100", str(row.repo_id))
    pages = [said]
    while said.ok and said.next_path and len(pages) < MOST_RELEASE_PAGES:
        said = day.ask.get(said.next_path, str(row.repo_id))
        pages.append(said)
    return pages


def community_due(row: RepoRow, today: date) -> bool:
    """Whether a repository's community profile is to be asked for, or was today."""
    asked = row.facts.get("community_day")
    age = COMMUNITY_EVERY if asked is None else (today - date.fromisoformat(asked)).days
    return age == 0 or age >= COMMUNITY_EVERY


def community(day: Day, row: RepoRow) -> tuple[RepoRow, list[Said]]:
    """The community profile; none where there is none, e.g. of a fork."""
    said = day.ask.get(f"/repos/{row.name}/community/profile", str(row.repo_id))
    return replace(row, facts={**row.facts, "community_day": day.date.isoformat()}), [said] if said.ok else []


def _repo(day: Day, row: RepoRow) -> tuple[Said, dict[str, Any] | None]:
    """The repository by its name, and where the name no longer leads to it, by its id."""
    # As it was asked for the first time today: a run that goes on then finds the answer in the journal.
    said = day.ask.get(f"/repos/{row.before.get('name', row.name)}", str(row.repo_id))
    if said.ok and (repo := said.json()).get("id") == row.repo_id:
        return said, repo
    said = day.ask.get(f"/repositories/{row.repo_id}", str(row.repo_id))
    return said, said.json() if said.ok else None
