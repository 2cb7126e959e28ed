"""The fake GitHub with people: whose a token is, and what it may do, told and refused as GitHub does."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from tests.servers.github import Call, GitHub
from tests.servers.github_http import Reply, Request
from tests.servers.github_limits import Budget
from tests.servers.github_repos import as_rest


@dataclass
class Person:
    """A token's owner.

    Attributes:
        scopes: of a classic token; None of one that has permissions instead.
        permissions: e.g. ``contents=read``.
    """

    login: str
    scopes: str | None = None
    permissions: set[str] = field(default_factory=set)


_NEEDS = {"commits": "contents=read", "pulls": "pull_requests=read", "traffic/views": "administration=read"}


class PeopleGitHub(GitHub):
    """``people`` says whose each token is; use it as a context manager."""

    def __init__(self, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        super().__init__(clock)
        self.people: dict[str, Person] = {}

    def give(self, token: str, person: Person) -> str:
        """Make a token valid."""
        self.tokens[token] = Budget(5000)
        self.people[token] = person
        return token

    def _endpoint(self, request: Request, token: str) -> Reply:
        person = self.people.get(token)
        reply = self._own(request, token, person) if person else None
        reply = reply or super()._endpoint(request, token)
        if person and person.scopes is not None:
            reply.headers["X-OAuth-Scopes"] = person.scopes
        return reply

    def _own(self, request: Request, token: str, person: Person) -> Reply | None:
        path = request.path.partition("?")[0]
        if path == "/user":
            user = {"login": person.login, "id": 583231, "node_id": "MDQ6VXNlcjU4MzIzMQ==", "type": "User"}
            return Reply(200, {}, json.dumps(user).encode())
        if path == "/user/emails":
            return self._if(person, "email_addresses=read", [{"email": "octocat@example.org", "verified": True}])
        if path == "/user/repos":
            own = [as_rest(repo) for repo in self.repos if repo.private and token in repo.readers]
            return self._page(Call(path, {"per_page": "1"}, (), token), own, {})
        found = re.fullmatch(r"/repos/([^/]+/[^/]+)/(commits|pulls|traffic/views)", path)
        repo = self.named(found[1]) if found else None
        return self._if(person, _NEEDS[found[2]], []) if found and repo and token in repo.readers else None

    def _if(self, person: Person, permission: str, told: object) -> Reply:
        headers = {"X-Accepted-GitHub-Permissions": permission}
        if person.scopes is None and permission not in person.permissions:
            refused = self._refusal(403, "Resource not accessible by personal access token")
            return Reply(403, headers, refused.body)
        return Reply(200, headers, json.dumps(told).encode())
