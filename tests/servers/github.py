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
from collections import defaultdict, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeAlias
from urllib.parse import parse_qs, urlsplit

from tests.servers.github_http import Reply, Request, Served
from tests.servers.mirror import NO_FAULT, Fault

Json: TypeAlias = dict[str, Any]

WINDOW_EVENTS: Final = 300
WINDOW_AGE: Final = timedelta(days=30)
FIRST_ID: Final = 50_000_000_000
_MINUTE, _HOUR = timedelta(minutes=1), timedelta(hours=1)


@dataclass
class Budget:
    """What a token may ask for in an hour, and how much of it is gone; ``since`` is when the hour began."""

    limit: int
    used: int = 0
    since: datetime | None = None

    @property
    def remaining(self) -> int:
        return max(0, self.limit - self.used)


@dataclass
class Repo:
    """A repository; ``readers`` are the tokens that see it if it is private."""

    id: int
    name: str
    private: bool = False
    blocked: bool = False
    deleted: bool = False
    readers: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class Happened:
    """An event, and from when on the API shows it."""

    event: Json
    created_at: datetime
    visible_at: datetime


class GitHub(Served):
    """The fake; use it as a context manager.

    Attributes:
        tokens: the budgets by token; "" is whoever has none. Other tokens are refused.
        poll_interval: seconds that X-Poll-Interval asks for; None for no such header.
        per_minute: requests of one token in a minute from which the secondary limit refuses.
        retry_after: what that refusal says, if anything.
        offences: requests made although the token had been told to wait.
    """

    def __init__(self, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        super().__init__()
        self.clock = clock
        self.tokens: dict[str, Budget] = {"": Budget(60), "secret": Budget(5000)}
        self.poll_interval: int | None = 60
        self.per_minute = 900
        self.retry_after: int | None = 60
        self.offences: list[Request] = []
        self.events: list[Happened] = []
        self.repos: list[Repo] = []
        self.former_names: dict[str, Repo] = {}
        self._lately: defaultdict[str, deque[datetime]] = defaultdict(deque)
        self._told_until: dict[str, datetime] = {}
        self._faults: defaultdict[str, list[Fault]] = defaultdict(list)

    # What a test does to it.

    def push(self, repo: str = "octo/cat", actor: str = "mona", at: datetime | None = None) -> Json:
        """A push as the API shows it since 2025-10: events get their ids in the order in which they are made."""
        number = self.counted()
        owner = repo.partition("/")[0]
        return {
            "id": str(FIRST_ID + number),
            "type": "PushEvent",
            "actor": {"id": _number(actor), "login": actor, "display_login": actor, "gravatar_id": ""},
            "repo": {"id": self.repo(repo).id, "name": repo, "url": f"https://api.github.com/repos/{repo}"},
            "payload": {
                "repository_id": self.repo(repo).id,
                "push_id": number,
                "ref": "refs/heads/main",
                "head": f"{number:040x}",
                "before": f"{number - 1:040x}",
            },
            "public": True,
            "created_at": f"{at or self.clock():%Y-%m-%dT%H:%M:%SZ}",
            "org": {"id": _number(owner), "login": owner, "gravatar_id": ""},
        }

    def happen(self, *events: Json, delay: timedelta = timedelta()) -> None:
        """Events happen; the API shows them only after a delay."""
        now = self.clock()
        for event in events:
            self.events.append(Happened(event, datetime.fromisoformat(event["created_at"]), now + delay))

    def repo(self, name: str) -> Repo:
        """The repository of that name, made if there is none."""
        for repo in self.repos:
            if repo.name.lower() == name.lower():
                return repo
        self.repos.append(Repo(1000 + len(self.repos), name))
        return self.repos[-1]

    def rename(self, name: str, new: str) -> None:
        """A repository gets another name; the former one redirects."""
        repo = self.repo(name)
        self.former_names[name.lower()] = repo
        repo.name = new

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
        budget = self._budget(token)
        if self._told_until.get(token, self.clock()) > self.clock():
            self.offences.append(request)
        limited = self._limited(token, budget)
        reply = limited or self._modified(request, token, self._endpoint(request, token))
        if limited is None and not (reply.status == 304 and token):
            budget.used += 1
        reply.headers.update(self._limits(budget))
        return reply

    def _budget(self, token: str) -> Budget:
        budget, now = self.tokens[token], self.clock()
        if budget.since is None or now >= budget.since + _HOUR:
            budget.used, budget.since = 0, now
        return budget

    def _limited(self, token: str, budget: Budget) -> Reply | None:
        now, lately = self.clock(), self._lately[token]
        while lately and lately[0] <= now - _MINUTE:
            lately.popleft()
        lately.append(now)
        if not budget.remaining:
            self._told_until[token] = (budget.since or now) + _HOUR
            return self._refusal(403, "API rate limit exceeded for user ID 1.")
        if len(lately) > self.per_minute:
            self._told_until[token] = now + timedelta(seconds=self.retry_after or 60)
            reply = self._refusal(403, "You have exceeded a secondary rate limit. Please wait a few minutes.")
            reply.headers |= {"Retry-After": str(self.retry_after)} if self.retry_after is not None else {}
            return reply
        return None

    def _limits(self, budget: Budget) -> dict[str, str]:
        return {
            "X-RateLimit-Limit": str(budget.limit),
            "X-RateLimit-Remaining": str(budget.remaining),
            "X-RateLimit-Used": str(budget.used),
            "X-RateLimit-Reset": str(int(((budget.since or self.clock()) + _HOUR).timestamp())),
            "X-RateLimit-Resource": "core",
        }

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
        now = self.clock()
        shown = [one for one in self.events if one.visible_at <= now < one.created_at + WINDOW_AGE]
        shown.sort(key=lambda one: (one.created_at, int(one.event["id"])), reverse=True)
        events = [one.event for one in shown if chosen(one.event)][:WINDOW_EVENTS]
        headers = {} if self.poll_interval is None else {"X-Poll-Interval": str(self.poll_interval)}
        return self._page(call, events, headers)

    def _page(self, call: "Call", items: list[Json], headers: dict[str, str]) -> Reply:
        size = min(int(call.query.get("per_page", 30)), 100)
        page = int(call.query.get("page", 1))
        rest = len(items) > page * size
        link = f'<{self.url}{call.path}?per_page={size}&page={page + 1}>; rel="next"'
        headers |= {"Link": link} if rest else {}
        return Reply(200, headers, json.dumps(items[(page - 1) * size : page * size]).encode())

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
        known = [repo for repo in self.repos if repo.name.lower() == name.lower()]
        return self._repo(call, known, tail)

    def _repo_by_id(self, call: "Call") -> Reply:
        number, tail = call.names
        return self._repo(call, [repo for repo in self.repos if repo.id == int(number)], tail)

    def _repo(self, call: "Call", found: Iterable[Repo], tail: str | None) -> Reply:
        for repo in found:
            if repo.blocked:
                return self._refusal(451, "Repository access blocked")
            if not repo.deleted and (not repo.private or call.token in repo.readers):
                if tail:
                    return self._timeline(call, lambda event: event["repo"]["id"] == repo.id)  # noqa: B023 - used at once
                return Reply(200, {}, json.dumps({"id": repo.id, "full_name": repo.name}).encode())
        return self._refusal(404, "Not Found")


@dataclass(frozen=True)
class Call:
    """A request as an endpoint sees it: path, query, what the route's pattern found, and the token."""

    path: str
    query: dict[str, str]
    names: tuple[str, ...]
    token: str


_ROUTES: Final[list[tuple[str, Callable[[GitHub, Call], Reply]]]] = [
    (r"/events", GitHub._public),
    (r"/orgs/([^/]+)/events", GitHub._of_org),
    (r"/users/([^/]+)/events/public", GitHub._of_user),
    (r"/repos/([^/]+/[^/]+)(/events)?", GitHub._repo_by_name),
    (r"/repositories/(\d+)(/events)?", GitHub._repo_by_id),
]


def _number(login: str) -> int:
    return int.from_bytes(hashlib.sha256(login.encode()).digest()[:4], "big")
