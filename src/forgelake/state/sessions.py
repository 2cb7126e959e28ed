"""The tables ``sessions`` and ``login_flows``: who is logged in where, and who is on the way to it.

Only digests of what browsers hold come here: who reads the database is logged in nowhere.
"""

from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import delete, insert, select, update

from forgelake.state import people_schema as schema
from forgelake.state.connection import Database

_sessions, _flows = schema.sessions, schema.login_flows


@dataclass(frozen=True, slots=True)
class SessionRow:
    """A browser in which somebody is logged in; the fields are the columns of ``sessions``."""

    sha256: str
    account: str
    csrf: str = field(repr=False)
    created_at: datetime
    seen_at: datetime
    expires_at: datetime
    agent: str

    @property
    def id(self) -> str:
        """What it is called where it is listed."""
        return self.sha256[:12]


@dataclass(frozen=True, slots=True)
class FlowRow:
    """A browser that was sent to a provider; the fields are the columns of ``login_flows``."""

    state: str
    browser: str
    provider: str
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)
    next: str
    account: str | None
    expires_at: datetime


class Sessions:
    """The table ``sessions``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, row: SessionRow, idle: timedelta) -> None:
        """Keep a new session; those that ended by themselves go."""
        over = (_sessions.c.expires_at <= row.created_at) | (_sessions.c.seen_at <= row.created_at - idle)
        with self._database.write() as connection:
            connection.execute(delete(_sessions).where(over))
            connection.execute(insert(_sessions).values(asdict(row)))

    def get(self, sha256: str) -> SessionRow | None:
        """The session with that digest."""
        with self._database.read() as connection:
            found = connection.execute(select(_sessions).where(_sessions.c.sha256 == sha256)).one_or_none()
        return None if found is None else SessionRow(**found._asdict())

    def seen(self, sha256: str, now: datetime) -> None:
        """Note that it was used."""
        with self._database.write() as connection:
            connection.execute(update(_sessions).where(_sessions.c.sha256 == sha256).values(seen_at=now))

    def of(self, account: str) -> list[SessionRow]:
        """An account's sessions, the newest first."""
        own = select(_sessions).where(_sessions.c.account == account)
        with self._database.read() as connection:
            found = connection.execute(own.order_by(_sessions.c.created_at.desc(), _sessions.c.sha256))
            return [SessionRow(**one._asdict()) for one in found]

    def end(self, account: str, digest: str) -> bool:
        """End an account's session; False when it has none whose digest begins so."""
        own = (_sessions.c.account == account) & _sessions.c.sha256.startswith(digest, autoescape=True)
        with self._database.write() as connection:
            return connection.execute(delete(_sessions).where(own)).rowcount > 0

    def end_others(self, account: str, kept: str = "") -> int:
        """End an account's sessions but for the one with that digest; returns how many."""
        others = (_sessions.c.account == account) & (_sessions.c.sha256 != kept)
        with self._database.write() as connection:
            return connection.execute(delete(_sessions).where(others)).rowcount


class LoginFlows:
    """The table ``login_flows``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, row: FlowRow, now: datetime) -> None:
        """Keep that a browser was sent away; those that did not come back in time go."""
        with self._database.write() as connection:
            connection.execute(delete(_flows).where(_flows.c.expires_at <= now))
            connection.execute(insert(_flows).values(asdict(row)))

    def take(self, state: str) -> FlowRow | None:
        """What was kept under that digest, once: it is gone then."""
        with self._database.write() as connection:
            found = connection.execute(delete(_flows).where(_flows.c.state == state).returning(_flows)).one_or_none()
        return None if found is None else FlowRow(**found._asdict())
