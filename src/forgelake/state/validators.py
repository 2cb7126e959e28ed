"""Validators: the ETag of each answer by token and URL, and when the URL may be asked for again.

A server answers differently to different tokens, so a mark holds for one token only. A mark is kept once the bytes it
stands for are safe: kept earlier, a crash would turn them into "not modified" for ever.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import select

from forgelake.state import schema
from forgelake.state.connection import Database

_table = schema.validators


@dataclass(frozen=True, slots=True)
class Validator:
    """What is known of an answer: its ETag, when to ask again at the earliest, and where its bytes lie."""

    etag: str | None
    ask_after: datetime | None = None
    path: str | None = None


class Validators:
    """The table ``validators``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, token: str, url: str) -> Validator | None:
        """What is known of the answer to one URL."""
        where = (_table.c.token == token, _table.c.url == url)
        with self._database.read() as connection:
            known = select(_table.c.etag, _table.c.ask_after, _table.c.path).where(*where)
            row = connection.execute(known).one_or_none()
        return None if row is None else Validator(*row)

    def put(self, token: str, url: str, validator: Validator, now: datetime) -> None:
        """Keep what an answer said."""
        self.put_many({(token, url): validator}, now)

    def put_many(self, validators: Mapping[tuple[str, str], Validator], now: datetime) -> None:
        """Keep what answers said, by token and URL."""
        rows = [{"token": token, "url": url, "seen_at": now, **asdict(one)} for (token, url), one in validators.items()]
        if not rows:
            return
        insert = self._database.insert(_table)
        values = {name: insert.excluded[name] for name in ("etag", "ask_after", "path", "seen_at")}
        with self._database.write() as connection:
            connection.execute(insert.on_conflict_do_update(index_elements=["token", "url"], set_=values), rows)
