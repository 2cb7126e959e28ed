"""Repositories that are or were tracked, by their id: what they are called now, and what they were before.

``before`` is what was known before ``seen_day``, so that a day that is gone through twice ends the same way.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

from sqlalchemy import select

from forgelake.state import schema
from forgelake.state.connection import Database

_table = schema.repos


@dataclass(frozen=True, slots=True)
class RepoRow:
    """A repository; the fields are the columns of ``repos``."""

    api: str
    repo_id: int
    node_id: str | None
    name: str
    asked_as: str
    owner_id: str | None
    state: str
    visibility: str | None
    seen_day: str
    before: dict[str, Any] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)


class Repos:
    """The table ``repos``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all_rows(self, api: str) -> list[RepoRow]:
        """Every repository of an API, by id."""
        statement = select(_table).where(_table.c.api == api).order_by(_table.c.repo_id)
        with self._database.read() as connection:
            return [RepoRow(**row._asdict()) for row in connection.execute(statement)]

    def public_ids(self) -> frozenset[str]:
        """The ids, as text, of the repositories that are public as far as is known."""
        statement = select(_table.c.repo_id).where(_table.c.visibility == "public")
        with self._database.read() as connection:
            return frozenset(str(repo_id) for (repo_id,) in connection.execute(statement))

    def hidden(self) -> dict[int, str]:
        """The repositories that are known not to be public, by id, with their names."""
        told = _table.c.visibility.is_not(None) & (_table.c.visibility != "public")
        statement = select(_table.c.repo_id, _table.c.name).where(told).order_by(_table.c.repo_id)
        with self._database.read() as connection:
            return {row.repo_id: row.name for row in connection.execute(statement)}

    def put_many(self, rows: Iterable[RepoRow]) -> None:
        """Keep what is known of some repositories now."""
        values = [asdict(row) for row in rows]
        if not values:
            return
        insert = self._database.insert(_table)
        columns = {column.name: insert.excluded[column.name] for column in _table.c if not column.primary_key}
        with self._database.write() as connection:
            connection.execute(insert.on_conflict_do_update(index_elements=["api", "repo_id"], set_=columns), values)
