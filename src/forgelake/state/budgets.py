"""Budgets: what an API leaves each token to spend, shared by all jobs and kept over restarts.

Only what the API itself said is kept. A limit that was reached before a restart is so still known after it, and
nobody runs into it a second time.
"""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, select

from forgelake.state import schema
from forgelake.state.connection import Database

_WRONG_CLOCK = timedelta(hours=1)
"""What was said that far in the future was noted by a wrong clock, and would block for ever."""

_table = schema.budgets
_ALL = select(_table)


@dataclass(frozen=True, slots=True)
class Budget:
    """What is left; the fields are the columns of ``budgets``."""

    api: str
    token: str
    resource: str
    seen_at: datetime
    allowance: int | None = None
    remaining: int | None = None
    reset_at: datetime | None = None
    blocked_until: datetime | None = None
    refusals: int = 0

    def free_at(self, cost: int, now: datetime) -> datetime:
        """When that many requests may be made: now, or when a limit that stands in the way ends."""
        if self.seen_at > now + _WRONG_CLOCK:
            return now
        free = max(now, self.blocked_until or now)
        if self.remaining is not None and self.remaining < cost and self.reset_at is not None:
            free = max(free, self.reset_at)
        return free

    def left(self, now: datetime) -> int | None:
        """Requests that are left; None if that is not known, or the period they were counted in is over."""
        over = self.reset_at is not None and self.reset_at <= now
        return None if over else self.remaining


class Budgets:
    """The table ``budgets``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of_token(self, api: str, token: str) -> dict[str, Budget]:
        """What is known of a token, by resource."""
        where = (_table.c.api == api, _table.c.token == token)
        with self._database.read() as connection:
            return {row.resource: _budget(row) for row in connection.execute(_ALL.where(*where))}

    def put(self, budget: Budget) -> None:
        """Keep what the API said last."""
        values = asdict(budget)
        statement = self._database.insert(_table).values(values)
        keys = ("api", "token", "resource")
        update = {name: value for name, value in values.items() if name not in keys}
        with self._database.write() as connection:
            connection.execute(statement.on_conflict_do_update(index_elements=list(keys), set_=update))

    def all_rows(self) -> list[Budget]:
        """Every budget, by API and token."""
        order = (_table.c.api, _table.c.token, _table.c.resource)
        with self._database.read() as connection:
            return [_budget(row) for row in connection.execute(_ALL.order_by(*order))]


def _budget(row: Row[Any]) -> Budget:
    return Budget(**row._asdict())
