"""What an answer says about limits. Pure functions.

GitHub's rules ("Rate limits for the REST API"): after a 403 or 429 wait as long as Retry-After says; else, with nothing
remaining, until x-ratelimit-reset; else at least a minute, and longer each time it happens again. Times are counted
from the answer's own Date, so that a wrong clock on either side does no harm.
"""

import re
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from forgelake.state.budgets import Budget
from forgelake.transport.exchange import Exchange
from forgelake.transport.faults import http_date

SHORTEST_WAIT: Final = timedelta(minutes=1)
LONGEST_WAIT: Final = timedelta(hours=1)
_DAY_SECONDS: Final = 86_400
_OK: Final = 200
_REFUSING: Final = (403, 429)
_BEGINNING: Final = 4096
_RATE_LIMITED: Final = re.compile(
    rb'^\s*\{\s*("data"\s*:\s*null\s*,\s*)?"errors"\s*:\s*\[\s*\{[^]]*"(RATE_LIMITED|RATE_LIMIT)"'
)
_WORDS: Final = (b"rate limit", b"abuse detection")


def after(budget: Budget, exchange: Exchange, now: datetime) -> Budget:
    """The budget as an answer leaves it."""
    said = exchange.headers
    told = replace(budget, seen_at=now)
    if (remaining := number(said.get("x-ratelimit-remaining"))) is not None:
        told = replace(
            told,
            allowance=number(said.get("x-ratelimit-limit")),
            remaining=remaining,
            reset_at=_reset(exchange, now),
        )
    if not is_limited(exchange):
        return replace(told, blocked_until=None, refusals=0)
    wait = _asked_wait(exchange)
    if wait is None and told.remaining == 0 and told.reset_at is not None:
        return replace(told, blocked_until=told.reset_at, refusals=0)
    if wait is not None:
        return replace(told, blocked_until=now + wait, refusals=0)
    doubled = min(SHORTEST_WAIT * 2 ** min(budget.refusals, 10), LONGEST_WAIT)
    return replace(told, blocked_until=now + doubled, refusals=budget.refusals + 1)


def is_limited(exchange: Exchange) -> bool:
    """Whether an answer refuses because of a limit, primary or secondary, and not for lack of permission.

    GraphQL says so in an answer of status 200, too.
    """
    if exchange.status not in _REFUSING:
        return exchange.status == _OK and _RATE_LIMITED.search(exchange.body[:_BEGINNING]) is not None
    limited = exchange.status == 429 or "retry-after" in exchange.headers  # noqa: PLR2004 - Too Many Requests
    spent = exchange.headers.get("x-ratelimit-remaining") == "0"
    return limited or spent or any(words in exchange.body.lower() for words in _WORDS)


def _asked_wait(exchange: Exchange) -> timedelta | None:
    """What Retry-After asks for, in seconds or as a date."""
    text = exchange.headers.get("retry-after", "").strip()
    if (seconds := number(text)) is not None:
        return timedelta(seconds=min(seconds, _DAY_SECONDS))
    until, since = http_date(text), http_date(exchange.headers.get("date"))
    return max(timedelta(), until - since) if until and since else None


def _reset(exchange: Exchange, now: datetime) -> datetime | None:
    epoch = number(exchange.headers.get("x-ratelimit-reset"))
    if epoch is None:
        return None
    since = http_date(exchange.headers.get("date")) or now
    # A second more: the reset is told in whole seconds.
    seconds = epoch - since.timestamp() + 1
    return now + timedelta(seconds=min(max(0.0, seconds), _DAY_SECONDS))


def number(text: str | None) -> int | None:
    """A header's whole number; None if it is none."""
    return int(text) if text is not None and text.isdecimal() and len(text) <= 18 else None  # noqa: PLR2004
