"""API keys: made once, shown once, kept as a hash.

A key holds 256 random bits, so one plain SHA-256 protects it: there is nothing to guess and nothing to slow down.
"""

import hashlib
import re
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from forgelake.model.errors import UsageError, nearest
from forgelake.state.api_keys import ApiKeyRow
from forgelake.state.stores import ApiKeyStore

PREFIX = "flk_"
"""How every key begins, so that people and scanners know one when they see it."""

USE_IS_NOTED_EVERY = timedelta(minutes=1)

_SHAPE = re.compile(rf"{PREFIX}[A-Za-z0-9_-]{{43}}")
_SPAN = re.compile(r"(\d{1,5})([hdwy])")
_SPANS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1), "y": timedelta(days=365)}
_LONGEST_NAME = 100


def now_in_utc() -> datetime:
    """The real instant."""
    return datetime.now(UTC)


class Scope(StrEnum):
    """What a key allows."""

    READ = "read"
    """Metrics, search and everything about the lake."""
    SQL = "sql"
    """SQL of one's own."""
    JOBS = "jobs"
    """To run, pause and resume jobs, and to see why they fail."""
    ADMIN = "admin"
    """All of it, and what only the operator should see: arguments and errors of runs."""


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key that was just made; ``secret`` is shown to its maker and then forgotten."""

    row: ApiKeyRow
    secret: str


class Keys:
    """Makes, finds and ends keys, by the real clock whatever ``FORGELAKE_NOW`` says."""

    def __init__(self, rows: ApiKeyStore, clock: Callable[[], datetime] = now_in_utc) -> None:
        self._rows = rows
        self._clock = clock

    def create(
        self, name: str, scopes: Iterable[str], expires: str | None = None, account: str | None = None
    ) -> NewKey:
        """Make a key.

        Args:
            name: what the key is for.
            scopes: what it allows.
            expires: after how long it ends by itself, e.g. ``90d``; None for never.
            account: who asks with it; None for nobody.

        Raises:
            UsageError: the name is taken or unusable, or a scope or span is unknown.
        """
        now = self._clock()
        secret = PREFIX + secrets.token_urlsafe(32)
        digest = _digest(secret)
        ends = now + _span(expires) if expires else None
        row = ApiKeyRow(digest[:12], digest, _name(name), _scopes(scopes), now, ends, account=account)
        if not self._rows.add(row):
            message = (
                f'there is a live key named "{row.name}"; take another name, or run: forgelake keys revoke {row.id}'
            )
            raise UsageError(message)
        return NewKey(row, secret)

    def find(self, secret: str) -> ApiKeyRow | None:
        """The live key with that secret, whose use is noted; None for anything else."""
        if not _SHAPE.fullmatch(secret):
            return None
        row = self._rows.by_hash(_digest(secret))
        now = self._clock()
        if row is None or not row.is_live(now):
            return None
        if row.last_used_at is None or row.last_used_at <= now - USE_IS_NOTED_EVERY:
            self._rows.used(row.id, now, USE_IS_NOTED_EVERY)
        return row

    def all(self) -> list[ApiKeyRow]:
        """Every key, oldest first, dead ones too."""
        return self._rows.all()

    def revoke(self, name_or_id: str) -> ApiKeyRow:
        """End a key at once.

        Raises:
            UsageError: there is no such live key.
        """
        now = self._clock()
        live = [row for row in self._rows.all() if row.is_live(now)]
        for row in live:
            if name_or_id in (row.id, row.name) and self._rows.revoke(row.id, now):
                return row
        names = [row.name for row in live]
        message = f'there is no live key "{name_or_id}"{nearest(name_or_id, names)}; see: forgelake keys list'
        raise UsageError(message)


def status(row: ApiKeyRow, now: datetime) -> str:
    """live, expired or revoked."""
    if row.revoked_at is not None:
        return "revoked"
    return "live" if row.is_live(now) else "expired"


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _name(name: str) -> str:
    stripped = name.strip()
    if not stripped or len(stripped) > _LONGEST_NAME or not stripped.isprintable() or stripped.startswith(PREFIX):
        message = f'"{name[:_LONGEST_NAME]}" cannot name a key; take up to {_LONGEST_NAME} printable characters'
        raise UsageError(message)
    return stripped


def _scopes(scopes: Iterable[str]) -> tuple[str, ...]:
    good = [str(scope) for scope in Scope]
    given = set(scopes)
    for scope in sorted(given - set(good)):
        message = f'"{scope}" is no scope{nearest(scope, good)}; the scopes are {", ".join(good)}'
        raise UsageError(message)
    if not given:
        message = f"a key without a scope opens nothing; the scopes are {', '.join(good)}"
        raise UsageError(message)
    return tuple(scope for scope in good if scope in given)


def _span(text: str) -> timedelta:
    found = _SPAN.fullmatch(text.strip())
    if found is None or int(found[1]) == 0:
        message = f'"{text}" is no span of time; write it like 12h, 90d, 4w or 1y'
        raise UsageError(message)
    return int(found[1]) * _SPANS[found[2]]
