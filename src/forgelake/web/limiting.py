"""How many requests a key or an address may make (headers of draft-ietf-httpapi-ratelimit-headers)."""

import math
import time
from typing import Final

from limits import RateLimitItem, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

from forgelake.settings.api import ApiSettings
from forgelake.web.callers import Caller
from forgelake.web.problems import Problem

Headers = list[tuple[bytes, bytes]]
_WINDOW_SECONDS: Final = 60


class Limits:
    """Counts requests in this process's memory. Answers from the cache cost nothing and are not counted."""

    def __init__(self, settings: ApiSettings) -> None:
        self._limiter = FixedWindowRateLimiter(MemoryStorage())
        self._items = {
            "key": _per_minute(settings.key_per_minute),
            "address": _per_minute(settings.address_per_minute),
        }

    def count(self, caller: Caller) -> None:
        """Count a request.

        Raises:
            Problem: 429, there were too many.
        """
        name, item = self._of(caller)
        if item is None or self._limiter.hit(item, name, caller.name):
            return
        _, wait = self._left(name, item, caller)
        message = f"more than {item.amount} requests a minute with this {name}; try again in {wait} s"
        raise Problem(429, message, headers={"Retry-After": str(wait)})

    def headers(self, caller: Caller) -> Headers:
        """What is left, for the caller to read."""
        name, item = self._of(caller)
        if item is None:
            return []
        left, wait = self._left(name, item, caller)
        return [
            (b"ratelimit-policy", b'"%s";q=%d;w=%d' % (name.encode(), item.amount, _WINDOW_SECONDS)),
            (b"ratelimit", b'"%s";r=%d;t=%d' % (name.encode(), left, wait)),
        ]

    def _of(self, caller: Caller) -> tuple[str, RateLimitItem | None]:
        name = "key" if caller.key_id else "address"
        return name, self._items[name]

    def _left(self, name: str, item: RateLimitItem, caller: Caller) -> tuple[int, int]:
        """Requests that are left, and seconds until there are as many as there ever are."""
        stats = self._limiter.get_window_stats(item, name, caller.name)
        return max(0, stats.remaining), min(_WINDOW_SECONDS, max(1, math.ceil(stats.reset_time - time.time())))


def _per_minute(amount: int) -> RateLimitItem | None:
    return RateLimitItemPerMinute(amount) if amount else None
