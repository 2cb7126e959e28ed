"""Alerts: how each stands, and what its channels are to be told; one transaction notes both."""

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Row, delete, insert, select

from forgelake.state import schema
from forgelake.state.connection import Database
from forgelake.state.notices import NoticeRow

_table = schema.alerts


class AlertState(StrEnum):
    """How an alert stands."""

    QUIET = "quiet"
    PENDING = "pending"
    """Its condition holds, though not for long enough yet."""
    FIRING = "firing"


@dataclass(frozen=True, slots=True)
class AlertRow:
    """An alert's state; the fields are the columns of ``alerts``."""

    name: str
    state: AlertState
    since: datetime
    told_at: datetime | None
    value: float | None
    words: str
    unknown_since: datetime | None
    checked_at: datetime


class Alerts:
    """The table ``alerts``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def note(self, row: AlertRow, notices: Sequence[NoticeRow]) -> None:
        """Keep how an alert stands, and what is to be told of it."""
        values = asdict(row)
        new = {name: value for name, value in values.items() if name != "name"}
        statement = self._database.insert(_table).values(values)
        with self._database.write() as connection:
            connection.execute(statement.on_conflict_do_update(index_elements=["name"], set_=new))
            if notices:
                connection.execute(insert(schema.notices), [asdict(notice) for notice in notices])

    def all_rows(self) -> dict[str, AlertRow]:
        """Every alert that was ever checked and is still set, by name."""
        with self._database.read() as connection:
            rows = connection.execute(select(_table).order_by(_table.c.name))
            return {row.name: _row(row) for row in rows}

    def keep_only(self, names: Collection[str]) -> None:
        """Forget alerts that are no longer set."""
        with self._database.write() as connection:
            connection.execute(delete(_table).where(_table.c.name.not_in(names)))


def _row(row: Row[Any]) -> AlertRow:
    values: dict[str, Any] = row._asdict()
    return AlertRow(**values | {"state": AlertState(row.state)})
