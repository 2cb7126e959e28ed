"""Everything that is one person's, in all tables: whatever has a column ``account``, and a bookmark."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import delete, select, update

from forgelake.state.connection import Database
from forgelake.state.schema import metadata

DELETED = "deleted"
"""Who did something, where the person is not there any more."""

_accounts, _audit = metadata.tables["accounts"], metadata.tables["audit"]
_BOOKMARKS = ("bookmark_moves", "bookmarks")
_OPENING = frozenset({
    "sha256", "csrf", "state", "browser", "nonce", "verifier", "mark", "key_id", "wrapped_key", "sealed", "code",
    "link_token", "feedback_key",
})  # fmt: skip
"""Columns that hold what opens something, or what a guess at it could be tried against."""


def listed_mark(account: str) -> str:
    """The bookmark that says when the forges of an account were last asked for repositories and requests."""
    return f"accounts/{account}"


class PeopleRows:
    """All tables, by the column ``account``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, account: str) -> Iterator[tuple[str, list[dict[str, Any]]]]:
        """Every row of a person, by its table, but for what opens something."""
        with self._database.read() as connection:
            for table in metadata.sorted_tables:
                whose = table.columns.id if table is _accounts else table.columns.get("account")
                if whose is not None:
                    shown = [column for column in table.columns if column.name not in _OPENING]
                    rows = connection.execute(select(*shown).where(whose == account).order_by(*shown[:1]))
                    yield table.name, [row._asdict() for row in rows]

    def forget(self, account: str) -> None:
        """Delete every row of a person, and their name from what they did to others."""
        with self._database.write() as connection:
            for table in metadata.sorted_tables:
                if "account" in table.columns:
                    connection.execute(delete(table).where(table.c.account == account))
            for table in map(metadata.tables.__getitem__, _BOOKMARKS):
                connection.execute(delete(table).where(table.c.source == listed_mark(account)))
            connection.execute(update(_audit).where(_audit.c.by == account).values(by=DELETED))
            connection.execute(delete(_accounts).where(_accounts.c.id == account))

    def scrub(self) -> None:
        """Overwrite what was deleted, so that the files do not hold it any more."""
        own = [name for name, table in metadata.tables.items() if "account" in table.columns]
        self._database.scrub([*own, *_BOOKMARKS])
