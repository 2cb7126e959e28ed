"""A stateful fake of GitHub's REST API over real HTTP: what it says follows from what happened to it.

    with GitHub() as github:
        github.happen(github.push("octo/cat"))
        github.rename("octo/cat", "octo/dog")
        github.tokens["secret"] = Budget(limit=5000)
        github.plan("/events", Fault(status=502))

ETags differ by token, budgets really run out, "not modified" is free with a token only, and everything goes by
``github.clock``, which a test may hand in. A further endpoint is one more line in ``_ROUTES``.
"""

import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from urllib.parse import parse_qs, urlencode, urlsplit

from tests.servers import github_graphql, github_search
from tests.servers.github_hosted import Hosted
from tests.servers.github_http import Reply, Request, Served
from tests.servers.github_limits import CORE, GRAPHQL, SEARCH, Budget, Limits
from tests.servers.github_repos import (
    Json,
    Repo,
    as_rest,
    community_profile,
    pulls_as_rest,
    releases_as_rest,
    star_weeks,
)
from tests.servers.mirror import NO_FAULT, Fault

WINDOW_EVENTS: Final = 300
__all__ = ["Budget", "GitHub", "Repo"]


class GitHub(Served, Limits, Hosted):
    """The fake; use it as a context manager. Its limits are those of ``Limits``, what it shows is in ``Hosted``.

    Attributes:
        poll_interval: seconds that X-Poll-Interval asks for; None for no such header.
        offences: requests made although the token had been told to wait.
        expiry: what answers say of the token's end, if anything.
        graphql: whether there is GraphQL.
        graphql_most: repositories from which a query takes too long (502).
        incomplete: topics whose searches give up before they have seen everything.
    """

    def __init__(self, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        Served.__init__(self)
        Limits.__init__(self, clock)
        Hosted.__init__(self, clock)
        self.poll_interval: int | None = 60
        self.expiry: str | None = None
        self.graphql = True
        self.graphql_most = 100
        self.incomplete: set[str] = set()
        self.offences: list[Request] = []
        self._faults: defaultdict[str, list[Fault]] = defaultdict(list)

    # What a test does to it.

    def plan(self, path: str, *faults: Fault) -> None:
        """Let the next requests of a path, its query left out, go wrong so, one fault each."""
        self._faults[path].extend(faults)

    def asked(self, path: str) -> list[Request]:
        """The requests of one path, in order."""
        return [request for request in self.requests if urlsplit(request.path).path == path]

    # What a request is answered.

    def fault(self, request: Request) -> Fault:
        """What is planned for a request."""
        planned = self._faults[urlsplit(request.path).path]
        return planned.pop(0) if planned else NO_FAULT

    def reply(self, request: Request) -> Reply:
        """Limits first, then the endpoint, then whether the client has it already."""
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        if token not in self.tokens:
            return self._refusal(401, "Bad credentials")
        resource = _resource(request.path)
        if self.told_to_wait(token, resource):
            self.offences.append(request)
        if (refused := self.refusal(token, resource)) is not None:
            reply = self._refusal(403, refused[0])
            reply.headers |= refused[1]
        elif resource == GRAPHQL:
            reply = self._graphql(request, token)
        else:
            reply = self._modified(request, token, self._endpoint(request, token))
            self.spend(token, resource, 0 if reply.status == 304 and token else 1)
        reply.headers.update(self.headers(token, resource))
        if token and self.expiry:
            reply.headers["github-authentication-token-expiration"] = self.expiry
        return reply

    def _graphql(self, request: Request, token: str) -> Reply:
        if not self.graphql or not token:
            self.spend(token, GRAPHQL, 1)
            return self._refusal(404 if token else 403, "Not Found")
        asked = json.loads(request.body)
        if max([0, *(len(one) for one in asked["variables"].values() if isinstance(one, list))]) > self.graphql_most:
            self.spend(token, GRAPHQL, 1)
            return Reply(502, {}, b"<html>502</html>")

        def seen(repo: Repo | None) -> Repo | None:
            gone = repo is None or repo.deleted or repo.blocked or (repo.private and token not in repo.readers)
            return None if gone else repo

        def by_name(name: str) -> Repo | None:
            return seen(self.former_names.get(name.lower()) or self.named(name))

        by_node = {repo.node_id: repo for repo in self.repos}
        body, cost = github_graphql.answer(
            asked["query"], asked["variables"], lambda node_id: seen(by_node.get(node_id)), by_name
        )
        self.spend(token, GRAPHQL, cost)
        return Reply(200, {}, json.dumps(body).encode())

    def _modified(self, request: Request, token: str, reply: Reply) -> Reply:
        if reply.status != 200:
            return reply
        etag = f'W/"{hashlib.sha256(token.encode() + reply.body).hexdigest()[:32]}"'
        if request.headers.get("if-none-match") == etag:
            return Reply(304, {**reply.headers, "ETag": etag}, b"")
        reply.headers["ETag"] = etag
        return reply

    def _endpoint(self, request: Request, token: str) -> Reply:
        parts = urlsplit(request.path)
        query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        for pattern, endpoint in _ROUTES:
            if found := re.fullmatch(pattern, parts.path):
                return endpoint(self, Call(parts.path, query, found.groups(), token))
        return self._refusal(404, "Not Found")

    def _refusal(self, status: int, message: str) -> Reply:
        body = {"message": message, "documentation_url": "https://docs.github.com/rest", "status": str(status)}
        return Reply(status, {}, json.dumps(body).encode())

    def _timeline(self, call: "Call", chosen: Callable[[Json], bool]) -> Reply:
        events = [event for event in self.shown() if chosen(event)][:WINDOW_EVENTS]
        headers = {} if self.poll_interval is None else {"X-Poll-Interval": str(self.poll_interval)}
        return self._page(call, events, headers)

    def _page(self, call: "Call", items: list[Json], headers: dict[str, str], most: int = 100) -> Reply:
        size = min(int(call.query.get("per_page", 30)), most)
        page = int(call.query.get("page", 1))
        pages = -(-len(items) // size)
        if page < pages:
            last = self._next(call, pages).replace('rel="next"', 'rel="last"')
            headers |= {"Link": f"{self._next(call, page + 1)}, {last}"}
        return Reply(200, headers, json.dumps(items[(page - 1) * size : page * size]).encode())

    def _next(self, call: "Call", page: int) -> str:
        query = urlencode({**call.query, "page": page})
        return f'<{self.url}{call.path}?{query}>; rel="next"'

    def _public(self, call: "Call") -> Reply:
        hidden = {repo.id for repo in self.repos if repo.private or repo.blocked or repo.deleted}
        return self._timeline(call, lambda event: event["repo"]["id"] not in hidden)

    def _of_org(self, call: "Call") -> Reply:
        return self._of(call, "org")

    def _of_user(self, call: "Call") -> Reply:
        return self._of(call, "actor")

    def _of(self, call: "Call", part: str) -> Reply:
        login = call.names[0].lower()
        if all(one.event[part]["login"].lower() != login for one in self.events):
            return self._refusal(404, "Not Found")
        return self._timeline(call, lambda event: event[part]["login"].lower() == login)

    def _repo_by_name(self, call: "Call") -> Reply:
        name, tail = call.names
        if repo := self.former_names.get(name.lower()):
            url = f"{self.url}/repositories/{repo.id}{tail or ''}"
            query = "&".join(f"{key}={value}" for key, value in call.query.items())
            reply = self._refusal(301, "Moved Permanently")
            return Reply(301, {"Location": f"{url}?{query}" if query else url}, reply.body)
        named = self.named(name)
        return self._repo(call, [] if named is None else [named], tail)

    def _repo_by_id(self, call: "Call") -> Reply:
        number, tail = call.names
        return self._repo(call, [repo for repo in self.repos if repo.id == int(number)], tail)

    def _repo(self, call: "Call", found: Iterable[Repo], tail: str | None) -> Reply:
        for repo in found:
            if repo.blocked:
                return self._refusal(451, "Repository access blocked")
            if not repo.deleted and (not repo.private or call.token in repo.readers):
                return self._of_repo_page(call, repo, tail or "")
        return self._refusal(404, "Not Found")

    def _of_repo_page(self, call: "Call", repo: Repo, tail: str) -> Reply:
        """What lies below a repository that can be seen."""
        if tail == "/events":
            return self._timeline(call, lambda event: event["repo"]["id"] == repo.id)
        if tail == "/releases":
            return self._page(call, releases_as_rest(repo), {})
        if tail == "/pulls":
            return self._page(call, pulls_as_rest(repo), {})
        if tail == "/stargazers/history":
            return self._page(call, star_weeks(repo, self.clock().date()), {}, most=30)
        whole: dict[str, object] = {
            "": as_rest(repo),
            "/languages": repo.languages,
            "/community/profile": community_profile(repo),
        }
        return Reply(200, {}, json.dumps(whole[tail]).encode())

    def _listed(self, call: "Call") -> Reply:
        """The repositories of an organisation; of an account only at its other address."""
        login = call.names[0].lower()
        shown = [one for one in self.repos if not (one.deleted or one.blocked)]
        own = [one for one in shown if one.owner.lower() == login and (not one.private or call.token in one.readers)]
        return self._page(call, [as_rest(one) for one in own], {}) if own else self._refusal(404, "Not Found")

    def _search(self, call: "Call") -> Reply:
        query, size = call.query["q"], min(int(call.query.get("per_page", 30)), 100)
        found = github_search.matching(self.repos, query)
        number = int(call.query.get("page", 1))
        gave_up = any(f"topic:{topic}" in query for topic in self.incomplete)
        status, body = github_search.page(found, number, size, incomplete=gave_up)
        rest = min(len(found), github_search.CAP) > number * size
        link = {"Link": self._next(call, number + 1)} if rest else {}
        return Reply(status, link, json.dumps(body).encode())


@dataclass(frozen=True)
class Call:
    """A request as an endpoint sees it: path, query, what the route's pattern found, and the token."""

    path: str
    query: dict[str, str]
    names: tuple[str, ...]
    token: str


_TAILS: Final = "/events|/releases|/pulls|/languages|/community/profile|/stargazers/history"
_ROUTES: Final[list[tuple[str, Callable[[GitHub, Call], Reply]]]] = [
    (r"/events", GitHub._public),
    (r"/orgs/([^/]+)/events", GitHub._of_org),
    (r"/users/([^/]+)/events/public", GitHub._of_user),
    (r"/search/repositories", GitHub._search),
    (r"/orgs/([^/]+)/repos", GitHub._listed),
    (rf"/repos/([^/]+/[^/]+)({_TAILS})?", GitHub._repo_by_name),
    (rf"/repositories/(\d+)({_TAILS})?", GitHub._repo_by_id),
]


def _resource(path: str) -> str:
    if path == "/graphql":
        return GRAPHQL
    return SEARCH if path.startswith("/search/") else CORE
