"""What is known of tokens: when they end, what they may not read, and what each job spent with them."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select

from forgelake.state import schema
from forgelake.state.connection import Database

_tokens, _permissions, _costs = schema.tokens, schema.permissions, schema.costs
_COST_KEY = ("api", "token", "resource", "job", "day")


@dataclass(frozen=True, slots=True)
class TokenRow:
    """A token by its mark, and when it ends."""

    api: str
    token: str
    expires_at: datetime | None
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class MissingPermission:
    """What a token could not read, and what it would need."""

    api: str
    token: str
    subject: str
    missing: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Cost:
    """What a job spent on a day."""

    api: str
    token: str
    resource: str
    job: str
    day: str
    requests: int
    points: int


class Tokens:
    """The tables ``tokens``, ``permissions`` and ``costs``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def seen(self, api: str, token: str, expires_at: datetime | None, now: datetime) -> None:
        """Keep when a token ends, as an answer said."""
        values = {"expires_at": expires_at, "seen_at": now}
        insert = self._database.insert(_tokens).values(api=api, token=token, **values)
        with self._database.write() as connection:
            connection.execute(insert.on_conflict_do_update(index_elements=["api", "token"], set_=values))

    def lacks(self, row: MissingPermission) -> bool:
        """Keep that a permission is missing; returns whether that is news."""
        values = {"api": row.api, "token": row.token, "subject": row.subject}
        insert = self._database.insert(_permissions).values(missing=row.missing, since=row.since, **values)
        with self._database.write() as connection:
            done = connection.execute(insert.on_conflict_do_nothing())
            return bool(done.rowcount)

    def granted(self, api: str, subject: str) -> None:
        """Forget that a permission was missing for something."""
        where = (_permissions.c.api == api, _permissions.c.subject == subject)
        with self._database.write() as connection:
            connection.execute(delete(_permissions).where(*where))

    def spend(self, cost: Cost) -> None:
        """Add to what a job spent on a day."""
        values = {name: getattr(cost, name) for name in (*_COST_KEY, "requests", "points")}
        insert = self._database.insert(_costs).values(values)
        sums = {name: _costs.c[name] + insert.excluded[name] for name in ("requests", "points")}
        with self._database.write() as connection:
            connection.execute(insert.on_conflict_do_update(index_elements=list(_COST_KEY), set_=sums))

    def all_tokens(self) -> list[TokenRow]:
        """Every token that was ever used."""
        with self._database.read() as connection:
            rows = connection.execute(select(_tokens).order_by(_tokens.c.api, _tokens.c.token))
            return [TokenRow(**row._asdict()) for row in rows]

    def missing(self) -> list[MissingPermission]:
        """Every permission that is missing."""
        order = (_permissions.c.api, _permissions.c.subject, _permissions.c.token)
        with self._database.read() as connection:
            rows = connection.execute(select(_permissions).order_by(*order))
            return [MissingPermission(**row._asdict()) for row in rows]

    def costs(self, since_day: str) -> list[Cost]:
        """What jobs spent since a day, by day."""
        order = (_costs.c.day, _costs.c.token, _costs.c.resource, _costs.c.job)
        with self._database.read() as connection:
            rows = connection.execute(select(_costs).where(_costs.c.day >= since_day).order_by(*order))
            return [Cost(**row._asdict()) for row in rows]
