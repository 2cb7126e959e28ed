"""Validators: the ETag of each answer by token and URL, and when the URL may be asked for again.

A server answers differently to different tokens, so a mark holds for one token only. A mark is kept once the bytes it
stands for are safe: kept earlier, a crash would turn them into "not modified" for ever.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from forgelake.state import schema
from forgelake.state.connection import Database

_table = schema.validators


@dataclass(frozen=True, slots=True)
class Validator:
    """What is known of an answer: its ETag, and when to ask again at the earliest."""

    etag: str | None
    ask_after: datetime | None


class Validators:
    """The table ``validators``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, token: str, url: str) -> Validator | None:
        """What is known of the answer to one URL."""
        where = (_table.c.token == token, _table.c.url == url)
        with self._database.read() as connection:
            row = connection.execute(select(_table.c.etag, _table.c.ask_after).where(*where)).one_or_none()
        return None if row is None else Validator(*row)

    def put(self, token: str, url: str, validator: Validator, now: datetime) -> None:
        """Keep what an answer said."""
        values = {"etag": validator.etag, "ask_after": validator.ask_after, "seen_at": now}
        insert = self._database.insert(_table).values(token=token, url=url, **values)
        with self._database.write() as connection:
            connection.execute(insert.on_conflict_do_update(index_elements=["token", "url"], set_=values))
