"""The table of API keys. Only hashes come here: who reads the database cannot use the API with what is in it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, insert, or_, select, update

from forgelake.state import schema
from forgelake.state.connection import Database

# So that of two keys made with one name at the same instant, one is refused.
_KEYS_LOCK = 7_310_004

_table = schema.api_keys


@dataclass(frozen=True, slots=True)
class ApiKeyRow:
    """A key without its secret; the fields are the columns of ``schema.api_keys``."""

    id: str
    sha256: str
    name: str
    scopes: tuple[str, ...]
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None = None
    revoked_at: datetime | None = None
    account: str | None = None

    def is_live(self, now: datetime) -> bool:
        """Whether it opens anything at that instant."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)


class ApiKeys:
    """The table ``api_keys``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, row: ApiKeyRow) -> bool:
        """Keep a new key; False, and nothing kept, when a live key has its name already."""
        with self._database.write(_KEYS_LOCK) as connection:
            same_name = connection.execute(select(_table).where(_table.c.name == row.name))
            if any(_row(found).is_live(row.created_at) for found in same_name):
                return False
            connection.execute(insert(_table).values(_values(row)))
        return True

    def by_hash(self, sha256: str) -> ApiKeyRow | None:
        """The key with that hash."""
        with self._database.read() as connection:
            found = connection.execute(select(_table).where(_table.c.sha256 == sha256)).one_or_none()
        return None if found is None else _row(found)

    def all(self) -> list[ApiKeyRow]:
        """Every key, oldest first, dead ones too."""
        with self._database.read() as connection:
            return [
                _row(found) for found in connection.execute(select(_table).order_by(_table.c.created_at, _table.c.id))
            ]

    def used(self, key_id: str, now: datetime, every: timedelta) -> None:
        """Note that a key was used, unless that was noted within ``every`` already."""
        stale: ColumnElement[bool] = or_(_table.c.last_used_at.is_(None), _table.c.last_used_at <= now - every)
        with self._database.write() as connection:
            connection.execute(update(_table).where(_table.c.id == key_id, stale).values(last_used_at=now))

    def revoke(self, key_id: str, now: datetime) -> bool:
        """End a key; False when there is no such key or it was revoked before."""
        unrevoked = (_table.c.id == key_id) & _table.c.revoked_at.is_(None)
        with self._database.write() as connection:
            return connection.execute(update(_table).where(unrevoked).values(revoked_at=now)).rowcount == 1


def _row(found: Row[tuple[object, ...]]) -> ApiKeyRow:
    values: dict[str, Any] = found._asdict()
    values["scopes"] = tuple(values["scopes"])
    return ApiKeyRow(**values)


def _values(row: ApiKeyRow) -> dict[str, object]:
    return {column.name: getattr(row, column.name) for column in _table.columns} | {"scopes": list(row.scopes)}
