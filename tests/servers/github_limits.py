"""What tokens of the fake GitHub may ask for: budgets by resource that really run out, and limits for bursts."""

from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

_MINUTE, _HOUR = timedelta(minutes=1), timedelta(hours=1)
CORE, SEARCH, GRAPHQL = "core", "search", "graphql"
PERIODS: Final = {CORE: _HOUR, SEARCH: _MINUTE, GRAPHQL: _HOUR}


@dataclass
class Budget:
    """What a token may ask for in a period, and how much of it is gone; ``since`` is when the period began."""

    limit: int
    used: int = 0
    since: datetime | None = None

    @property
    def remaining(self) -> int:
        return max(0, self.limit - self.used)


class Limits:
    """The limits of all tokens.

    Attributes:
        tokens: what REST leaves each token in an hour; "" is whoever has none. Other tokens are refused.
        searches, points: limits of searches in a minute, and of GraphQL's points in an hour, the same for every token.
        per_minute: requests of one token in a minute from which the secondary limit refuses.
        retry_after: what that refusal says, if anything.
        spent: points by resource, of all tokens together.
    """

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self.clock = clock
        self.tokens: dict[str, Budget] = {"": Budget(60), "secret": Budget(5000)}
        self.searches, self.points = 30, 5000
        self.per_minute = 900
        self.retry_after: int | None = 60
        self.spent: defaultdict[str, int] = defaultdict(int)
        self._others: dict[tuple[str, str], Budget] = {}
        self._lately: defaultdict[str, deque[datetime]] = defaultdict(deque)
        self._told_until: dict[tuple[str, str], datetime] = {}

    def told_to_wait(self, token: str, resource: str) -> bool:
        """Whether a token asks although it was told to wait."""
        now = self.clock()
        return any(self._told_until.get((token, told), now) > now for told in (resource, "bursts"))

    def refusal(self, token: str, resource: str) -> tuple[str, dict[str, str]] | None:
        """Why a request is refused, and the headers that say until when."""
        now, lately, budget = self.clock(), self._lately[token], self.budget(token, resource)
        while lately and lately[0] <= now - _MINUTE:
            lately.popleft()
        lately.append(now)
        if not budget.remaining:
            self._told_until[token, resource] = (budget.since or now) + PERIODS[resource]
            return "API rate limit exceeded for user ID 1.", {}
        if len(lately) > self.per_minute:
            self._told_until[token, "bursts"] = now + timedelta(seconds=self.retry_after or 60)
            after = {} if self.retry_after is None else {"Retry-After": str(self.retry_after)}
            return "You have exceeded a secondary rate limit. Please wait a few minutes.", after
        return None

    def spend(self, token: str, resource: str, points: int) -> None:
        """Count what a request cost."""
        self.budget(token, resource).used += points
        self.spent[resource] += points

    def budget(self, token: str, resource: str) -> Budget:
        """A token's budget in the period that is on."""
        limits = {SEARCH: self.searches, GRAPHQL: self.points}
        if resource == CORE:
            budget = self.tokens[token]
        else:
            budget = self._others.setdefault((token, resource), Budget(limits[resource]))
        now = self.clock()
        if budget.since is None or now >= budget.since + PERIODS[resource]:
            budget.used, budget.since = 0, now
        return budget

    def headers(self, token: str, resource: str) -> dict[str, str]:
        """What every answer says of them."""
        budget = self.budget(token, resource)
        return {
            "X-RateLimit-Limit": str(budget.limit),
            "X-RateLimit-Remaining": str(budget.remaining),
            "X-RateLimit-Used": str(budget.used),
            "X-RateLimit-Reset": str(int(((budget.since or self.clock()) + PERIODS[resource]).timestamp())),
            "X-RateLimit-Resource": resource,
        }
