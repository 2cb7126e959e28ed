"""The client that all jobs on GitHub's API share.

One request at a time per token; the API version is pinned; ETags are kept per token and URL; what the API says of its
limits is kept in the state, so that a restart or a second process does not run into them again. The client never waits
for a limit by itself: what is best done meanwhile, the caller knows.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from types import TracebackType
from typing import Final, Self

from forgelake.model.errors import ConfigurationError, RetryError, SkipError
from forgelake.sources.github.limits import CORE, LONGEST_WAIT, after, is_limited, number
from forgelake.sources.github.links import Api
from forgelake.sources.github.token import Token
from forgelake.state.budgets import Budget
from forgelake.state.database import State
from forgelake.state.validators import Validator
from forgelake.transport.client import HttpOptions
from forgelake.transport.exchange import ApiClient, Exchange

API_VERSION: Final = "2022-11-28"
HEADERS: Final = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": API_VERSION}
MOST_REDIRECTS: Final = 3
OK, NOT_MODIFIED, UNAUTHORIZED = 200, 304, 401
_MOVED: Final = (301, 308)
_REDIRECTS: Final = (301, 302, 307, 308)
_SHOWN: Final = 200
_SECOND: Final = timedelta(seconds=1)


class LimitedError(RetryError):
    """A limit is reached; ``until`` is when the API may be asked again."""

    def __init__(self, until: datetime, now: datetime) -> None:
        super().__init__(f"GitHub's rate limit is reached until {until:%H:%M:%S} UTC", (until - now).total_seconds())
        self.until = until


@dataclass(frozen=True, slots=True)
class Answer:
    """What the API said.

    Attributes:
        url: what was asked for in the end, redirects followed.
        moved_to: where it lives now, if the API says that it has moved for good.
        body: as received; empty when not modified.
        next_url: the next page, if there is one.
        poll_after: when the API wants to be asked again at the earliest, if it says so.
    """

    url: str
    moved_to: str | None
    status: int
    body: bytes
    etag: str | None
    next_url: str | None
    poll_after: datetime | None

    @property
    def message(self) -> str:
        """What an error says, in GitHub's words."""
        return self.field("message")

    def field(self, name: str) -> str:
        """A value of an object, shortened for people; empty if there is none."""
        try:
            said = json.loads(self.body)[name]
        except (ValueError, TypeError, KeyError, RecursionError):
            return ""
        return "".join(c for c in str(said)[:_SHOWN] if c.isprintable())


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

    def budget(self, resource: str = CORE) -> Budget:
        """What the API said last about this token, to whichever job."""
        known = self._state.budgets.get(self.api.name, self._token.mark, resource)
        return known or Budget(self.api.name, self._token.mark, resource, self._now())

    def free_at(self, cost: int, now: datetime) -> datetime:
        """When that many requests may be made: now, unless a limit stands in the way."""
        return self.budget().free_at(cost, now)

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
            exchange = self._ask(url, conditional=conditional)
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

    def _ask(self, url: str, *, conditional: bool) -> Exchange:
        now = self._now()
        if (free_at := self.free_at(1, now)) > now:
            raise LimitedError(free_at, now)
        known = self.validator(url) if conditional else None
        exchange = self._http.get(url, {"If-None-Match": known.etag} if known and known.etag else {})
        self.requests += 1
        budget = self._note(exchange)
        if is_limited(exchange):
            raise LimitedError(budget.free_at(1, self._now()), self._now())
        if exchange.status == UNAUTHORIZED:
            message = (
                f"GitHub refuses the token {self._token.mark} (401): it is wrong, expired or revoked; "
                "set FORGELAKE_GITHUB_TOKEN, or what github.token_env or github.token_file names, to a valid one"
            )
            raise ConfigurationError(message)
        return exchange

    def _note(self, exchange: Exchange) -> Budget:
        known = self.budget(exchange.headers.get("x-ratelimit-resource", CORE))
        budget = after(known, exchange, self._now())
        self._state.budgets.put(budget)
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
            next_url=self.api.next_page(headers.get("link", ""), exchange.url),
            poll_after=None if interval is None else self._now() + min(max(interval * _SECOND, _SECOND), LONGEST_WAIT),
        )
