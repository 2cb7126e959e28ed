"""The client that all jobs on GitHub's API share.

One request at a time per token; the API version is pinned; ETags are kept per token and URL; what the API says of its
limits is kept in the state, so that a restart or a second process does not run into them again. The client never waits
for a limit by itself: what is best done meanwhile, the caller knows.
"""

import json
import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from types import TracebackType
from typing import Final, Self

from forgelake.model.errors import ConfigurationError, RetryError, SkipError
from forgelake.sources.github.answer import ACCEPTED, NOT_MODIFIED, UNAUTHORIZED, Answer, LimitedError
from forgelake.sources.github.limits import LONGEST_WAIT, after, is_limited, number
from forgelake.sources.github.links import CORE, GRAPHQL, RESOURCES, Api, last_page
from forgelake.sources.github.token import Token, ends_at
from forgelake.state.budgets import Budget
from forgelake.state.database import State
from forgelake.state.tokens import Cost
from forgelake.state.validators import Validator
from forgelake.transport.client import HttpOptions
from forgelake.transport.exchange import ApiClient, Exchange
from forgelake.transport.urls import next_page

API_VERSION: Final = "2022-11-28"
HEADERS: Final = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": API_VERSION}
MOST_REDIRECTS: Final = 3
ASKED_AGAIN: Final = 4
"""How often a result that GitHub is still computing (202) is asked for again."""

GRAPHQL_ATTEMPTS: Final = 2
"""A query that takes too long costs points each time; the caller asks for less instead."""

_MOVED: Final = (301, 308)
_REDIRECTS: Final = (301, 302, 307, 308)
_COST: Final = re.compile(rb'"rateLimit"\s*:\s*\{[^}]*"cost"\s*:\s*(\d+)')
_SECOND: Final = timedelta(seconds=1)


class RefusedTokenError(ConfigurationError):
    """A token that the API does not take."""


class GithubClient:
    """Asks GitHub's API with one token; use it as a context manager."""

    def __init__(
        self,
        api_url: str,
        token: Token,
        options: HttpOptions,
        state: State,
        now: Callable[[], datetime],
        sleep: Callable[[float], None],
    ) -> None:
        """Args: ``now`` is the real time; ``sleep`` waits some seconds, or less when the run has to end."""
        self.api = Api(api_url)
        self._token = token
        self._state = state
        self._now = now
        self._http = ApiClient(options, {**HEADERS, **token.headers}, sleep)
        self.requests = 0
        self._sleep = sleep
        self._expiry: datetime | None = None
        self._spent: Counter[tuple[str, str]] = Counter()

    def __enter__(self) -> Self:
        self._http.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._http.__exit__(kind, error, traceback)

    @property
    def authorized(self) -> bool:
        """Whether there is a token: only then "not modified" costs nothing."""
        return bool(self._token.secret)

    @property
    def mark(self) -> str:
        """The token's name where the token itself must not stand."""
        return self._token.mark

    def budget(self, resource: str = CORE) -> Budget:
        """What the API said last about this token, to whichever job."""
        return self._budgets().get(resource) or Budget(self.api.name, self._token.mark, resource, self._now())

    def _budgets(self) -> dict[str, Budget]:
        return self._state.budgets.of_token(self.api.name, self._token.mark)

    def free_at(self, cost: int, now: datetime, resource: str = CORE) -> datetime:
        """When that many requests may be made: now, unless a limit stands in the way.

        What remains is counted for each resource; being refused for too much at once holds for all of them.
        """
        known = self._budgets()
        own = [known[resource].free_at(cost, now)] if resource in known else []
        others = (known[other] for other in RESOURCES if other != resource and other in known)
        return max([now, *own, *(other.free_at(0, now) for other in others if other.remaining != 0)])

    def validator(self, url: str) -> Validator | None:
        """What is known of the answer to a URL."""
        return self._state.validators.get(self._token.mark, self.api.shown(url))

    def get(self, url: str, *, conditional: bool = False) -> Answer:
        """Ask for a URL of the API.

        Args:
            conditional: ask for it only if it has changed since the answer that was kept by ``keep``.

        Raises:
            LimitedError: a limit is reached, or was before and still is; nothing was asked then.
            ConfigurationError: the token is refused.
            RetryError: the API cannot be reached, or fails again and again.
            SkipError: it redirects in circles or to somewhere else.
        """
        moved_to = None
        for _ in range(MOST_REDIRECTS + 1):
            exchange = self._computed(url, conditional=conditional)
            if exchange.status not in _REDIRECTS:
                return self._answer(exchange, moved_to)
            following = self.api.own(exchange.headers.get("location", ""), url)
            if following is None or following == url:
                break
            moved_to = following if exchange.status in _MOVED else moved_to
            url = following
        message = f"{self.api.shown(url)} redirects in circles, or to another host"
        raise SkipError(message)

    def keep(self, answer: Answer, *, etag: bool = True) -> None:
        """Note when to ask again and, once an answer's bytes are safe, its ETag."""
        validator = Validator(answer.etag if etag else None, answer.poll_after)
        if answer.status == NOT_MODIFIED:
            known = self.validator(answer.url)
            validator = replace(validator, etag=answer.etag or (known.etag if known else None))
        self._state.validators.put(self._token.mark, self.api.shown(answer.url), validator, self._now())

    def graphql(self, query: str, variables: Mapping[str, object]) -> Answer:
        """Ask the GraphQL API; what its errors mean is for ``forgelake.sources.github.graphql`` to say.

        Raises:
            LimitedError, ConfigurationError, RetryError, SkipError: as ``get`` does.
        """
        body = json.dumps({"query": query, "variables": variables}).encode()
        return self._answer(self._ask(self.api.graphql, body=body), None)

    def write(self, method: str, path: str, document: Mapping[str, object]) -> Answer:
        """Change something; asked once, because what failed half-way may have been done.

        Raises:
            LimitedError, ConfigurationError, RetryError, SkipError: as ``get`` does.
        """
        return self._answer(self._ask(self.api.url(path), method=method, body=json.dumps(document).encode()), None)

    def note_costs(self, job: str, day: str) -> None:
        """Add what was spent since the last call to the costs of a job, and keep when the token ends."""
        for resource in {resource for resource, _ in self._spent}:
            spent = self._spent
            cost = Cost(
                self.api.name, self.mark, resource, job, day, spent[resource, "requests"], spent[resource, "points"]
            )
            self._state.tokens.spend(cost)
        if self._spent and self.authorized:
            self._state.tokens.seen(self.api.name, self.mark, self._expiry, self._now())
        self._spent.clear()

    def _computed(self, url: str, *, conditional: bool) -> Exchange:
        """An answer; one that GitHub is still computing is asked for again some times."""
        for attempt in range(ASKED_AGAIN):
            exchange = self._ask(url, conditional=conditional)
            if exchange.status != ACCEPTED:
                return exchange
            self._sleep(2.0**attempt)
        message = f"{self.api.shown(url)} is still being computed by GitHub (202) after {ASKED_AGAIN} requests"
        raise RetryError(message)

    def _ask(self, url: str, *, conditional: bool = False, method: str = "POST", body: bytes | None = None) -> Exchange:
        now, resource = self._now(), self.api.resource(url)
        if (free_at := self.free_at(1, now, resource)) > now:
            raise LimitedError(free_at, now)
        known = self.validator(url) if conditional else None
        if body is None:
            exchange = self._http.get(url, {"If-None-Match": known.etag} if known and known.etag else {})
        else:
            headers = {"Content-Type": "application/json"}
            attempts = GRAPHQL_ATTEMPTS if resource == GRAPHQL else 1
            exchange = self._http.ask(method, url, headers, attempts=attempts, body=body)
        self.requests += 1
        budget = self._note(exchange, resource)
        if is_limited(exchange):
            raise LimitedError(budget.free_at(1, self._now()), self._now())
        if exchange.status == UNAUTHORIZED:
            message = (
                f"GitHub refuses the token {self._token.mark} (401): it is wrong, expired or revoked; "
                "set FORGELAKE_GITHUB_TOKEN, or what github.tokens, token_env or token_file name, to a valid one"
            )
            raise RefusedTokenError(message)
        return exchange

    def _note(self, exchange: Exchange, resource: str) -> Budget:
        said = exchange.headers
        known = self.budget(said.get("x-ratelimit-resource", resource))
        budget = after(known, exchange, self._now())
        self._state.budgets.put(budget)
        self._spent[resource, "requests"] += 1
        self._spent[resource, "points"] += _points(exchange, resource, authorized=self.authorized)
        self._expiry = ends_at(said) or self._expiry
        return budget

    def _answer(self, exchange: Exchange, moved_to: str | None) -> Answer:
        headers = exchange.headers
        interval = number(headers.get("x-poll-interval"))
        return Answer(
            url=exchange.url,
            moved_to=moved_to,
            status=exchange.status,
            body=exchange.body,
            etag=headers.get("etag"),
            next_url=next_page(self.api.base, headers.get("link", ""), exchange.url),
            last_page=last_page(headers.get("link", "")),
            needs=headers.get("x-accepted-github-permissions", ""),
            poll_after=None if interval is None else self._now() + min(max(interval * _SECOND, _SECOND), LONGEST_WAIT),
        )


def _points(exchange: Exchange, resource: str, *, authorized: bool) -> int:
    """What an answer cost of its budget; a query tells it itself if it was asked to."""
    if exchange.status == NOT_MODIFIED and authorized:
        return 0
    told = _COST.search(exchange.body) if resource == GRAPHQL else None
    return int(told[1]) if told else 1
