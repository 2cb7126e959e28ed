"""Who is logged in: opened at login, found by the cookie, ended by idleness, by age or by hand.

A cookie holds 256 random bits and the database their SHA-256, as with API keys.
"""

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from forgelake.accounts.keys import now_in_utc
from forgelake.model.errors import UsageError
from forgelake.settings.login import LoginSettings
from forgelake.state.sessions import SessionRow
from forgelake.state.sessions import Sessions as Rows

SEEN_IS_NOTED_EVERY: Final = timedelta(minutes=1)
_BYTES: Final = 32
_LONGEST_AGENT: Final = 200


@dataclass(frozen=True, slots=True)
class NewSession:
    """A session that was just opened; ``secret`` goes into the cookie and nowhere else."""

    row: SessionRow
    secret: str = field(repr=False)


class Sessions:
    """Opens, finds and ends sessions, by the real clock whatever ``FORGELAKE_NOW`` says."""

    def __init__(self, rows: Rows, settings: LoginSettings, clock: Callable[[], datetime] = now_in_utc) -> None:
        self._rows = rows
        self._idle = timedelta(hours=settings.idle_hours)
        self._longest = timedelta(hours=settings.hours)
        self._clock = clock

    @property
    def longest(self) -> timedelta:
        """After how long a session ends at the latest."""
        return self._longest

    def open(self, account: str, agent: str) -> NewSession:
        """Begin a session, always under a new secret."""
        now, secret = self._clock(), random_secret()
        row = SessionRow(
            digest(secret), account, random_secret(), now, now, now + self._longest, agent[:_LONGEST_AGENT]
        )
        self._rows.add(row, self._idle)
        return NewSession(row, secret)

    def find(self, secret: str) -> SessionRow | None:
        """The session that a cookie belongs to, whose use is noted; None if it is over or there is none."""
        row, now = self._rows.get(digest(secret)), self._clock()
        if row is None or now >= row.expires_at or now >= row.seen_at + self._idle:
            return None
        if now >= row.seen_at + SEEN_IS_NOTED_EVERY:
            self._rows.seen(row.sha256, now)
        return row

    def of(self, account: str) -> list[SessionRow]:
        """An account's sessions that are not over, the newest first."""
        now = self._clock()
        return [one for one in self._rows.of(account) if now < min(one.expires_at, one.seen_at + self._idle)]

    def end(self, account: str, name: str) -> None:
        """End one of an account's sessions, by its id or digest.

        Raises:
            UsageError: the account has no such session.
        """
        for row in self._rows.of(account):
            if name in (row.id, row.sha256):
                self._rows.end(account, row.sha256)
                return
        message = "there is no such session; it may have ended already"
        raise UsageError(message)

    def end_others(self, account: str, kept: str = "") -> int:
        """End all of an account's sessions, but for the one with that digest; returns how many."""
        return self._rows.end_others(account, kept)


def random_secret() -> str:
    """256 random bits as text that fits into cookies and addresses."""
    return secrets.token_urlsafe(_BYTES)


def digest(secret: str) -> str:
    """What is kept of a secret."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
