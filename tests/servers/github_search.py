"""Search of the fake GitHub: a few qualifiers, the cap of 1,000 results, and counts that may be incomplete. Pure."""

import re
from collections.abc import Iterable
from datetime import date

from tests.servers.github_repos import Json, Repo, as_rest

CAP = 1_000
_PART = re.compile(r'(\w+):("[^"]*"|\S+)')


def matching(repos: Iterable[Repo], query: str) -> list[Repo]:
    """The public repositories that a query finds, the most starred first."""
    parts = [(name, value.strip('"')) for name, value in _PART.findall(query)]
    shown = [repo for repo in repos if not (repo.private or repo.blocked or repo.deleted)]
    found = [repo for repo in shown if all(_fits(repo, name, value) for name, value in parts)]
    return sorted(found, key=lambda repo: (-repo.stars, repo.id))


def page(found: list[Repo], number: int, size: int, *, incomplete: bool) -> tuple[int, Json]:
    """A page and its status: beyond the cap there is none."""
    if (number - 1) * size >= CAP:
        return 422, {"message": "Only the first 1000 search results are available", "status": "422"}
    items = [{**as_rest(repo), "score": 1.0} for repo in found[:CAP][(number - 1) * size : number * size]]
    return 200, {"total_count": len(found), "incomplete_results": incomplete, "items": items}


def _fits(repo: Repo, name: str, value: str) -> bool:
    if name == "topic":
        return value in repo.topics
    if name == "language":
        return repo.language == value
    if name == "created":
        first, _, last = value.partition("..")
        return date.fromisoformat(first) <= repo.created_at.date() <= date.fromisoformat(last)
    if name == "stars":
        bound = int(value.lstrip("<>="))
        if value.startswith("<="):
            return repo.stars <= bound
        if value.startswith("<"):
            return repo.stars < bound
        return repo.stars > bound if value.startswith(">") else repo.stars == bound
    raise AssertionError(name)
