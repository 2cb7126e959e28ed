"""The fake GitHub as a person's token sees it: their repositories, where those stand, their requests and reviews."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.servers.github import Call
from tests.servers.github_http import Reply, Request
from tests.servers.github_people import PeopleGitHub, Person
from tests.servers.github_repos import Json, Repo, as_rest

PERSON_ID = 583231


@dataclass
class Hosted:
    """Where git finds a repository, and where it stands."""

    url: str
    head: Callable[[], str | None]


@dataclass
class Requests:
    """GraphQL's nodes of a person's pull requests and reviews."""

    pulls: list[Json] = field(default_factory=list)
    reviews: list[Json] = field(default_factory=list)


class AccountGitHub(PeopleGitHub):
    """``git`` says where repositories are, by id; ``told`` what a person did; pages are as long as ``page``."""

    page = 100

    def hosts(self, name: str, url: str, head: Callable[[], str | None], *, private: bool = False) -> Repo:
        """A repository that git can read."""
        repo = self.repo(name)
        repo.private = private
        self.git[repo.id] = Hosted(url, head)
        return repo

    def __init__(self) -> None:
        super().__init__()
        self.git: dict[int, Hosted] = {}
        self.told = Requests()

    def _own(self, request: Request, token: str, person: Person) -> Reply | None:
        path, _, query = request.path.partition("?")
        if path == "/user/repos" and "visibility" not in query:
            seen = [one for one in self.repos if not one.deleted and (not one.private or token in one.readers)]
            number = re.search(r"[?&]page=(\d+)", request.path)
            call = Call(path, {"per_page": str(self.page), "page": number[1] if number else "1"}, (), token)
            return self._page(call, [self._listed_repo(one, person) for one in seen if one.id in self.git], {})
        if path == "/user":
            user = {"login": person.login, "id": PERSON_ID, "created_at": "2025-01-01T00:00:00Z"}
            return Reply(200, {}, json.dumps(user).encode())
        return super()._own(request, token, person)

    def _listed_repo(self, repo: Repo, person: Person) -> Json:
        shown: dict[str, Any] = as_rest(repo)
        shown["clone_url"] = self.git[repo.id].url
        shown["owner"] = {**shown["owner"], "id": PERSON_ID if repo.owner == person.login else 9}
        return shown

    def _graphql(self, request: Request, token: str) -> Reply:
        asked = json.loads(request.body)
        query, variables = asked["query"], asked["variables"]
        data: Json
        if "pullRequestReviewContributions" in query:
            page = _page([one for one in self.told.reviews if variables["from"] <= one["occurredAt"] < variables["to"]])
            data = {"viewer": {"contributionsCollection": {"pullRequestReviewContributions": page}}}
        elif "viewer" in query:
            after = int(variables["after"] or 0)
            data = {"viewer": {"pullRequests": _page(self.told.pulls, after)}}
        elif "defaultBranchRef { target" in query:
            aliases = re.findall(r"(r\d+): repository\(owner: \$(o\d+), name: \$(n\d+)\)", query)
            data = {name: self._head(f"{variables[o]}/{variables[n]}", token) for name, o, n in aliases}
        else:
            return super()._graphql(request, token)
        self.spend(token, "graphql", 1)
        return Reply(200, {}, json.dumps({"data": data}).encode())

    def _head(self, name: str, token: str) -> Json | None:
        repo = self.former_names.get(name.lower()) or self.named(name)
        if repo is None or repo.deleted or (repo.private and token not in repo.readers):
            return None
        head = self.git[repo.id].head()
        return {"databaseId": repo.id, "defaultBranchRef": head and {"target": {"oid": head}}}


def _page(nodes: list[Json], after: int = 0, size: int = 2) -> Json:
    rest = len(nodes) > after + size
    return {
        "nodes": nodes[after : after + size],
        "pageInfo": {"hasNextPage": rest, "endCursor": str(after + size)},
    }


def pull(number: int, repo: Repo, opened: str, merged: str | None = None, author: str = "octocat") -> Json:
    """A pull request as GraphQL tells it."""
    return {
        "id": f"PR_{number}", "createdAt": opened, "mergedAt": merged, "author": {"login": author},
        "repository": {
            "databaseId": repo.id, "nameWithOwner": repo.name, "url": f"https://github.com/{repo.name}",
            "isPrivate": repo.private,
        },
    }  # fmt: skip
