"""Bookmarks: where each source continues, and every move that brought it there."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select, update

from forgelake.state import schema
from forgelake.state.connection import Database

# Moves run one after the other, so that each one's previous position is the one before it.
_BOOKMARKS_LOCK = 7_310_003

_table = schema.bookmarks
_moves = schema.bookmark_moves


@dataclass(frozen=True, slots=True)
class BookmarkMove:
    """One move of a bookmark; ``previous`` is None for the first."""

    source: str
    position: datetime
    previous: datetime | None
    run_id: str
    moved_at: datetime


class Bookmarks:
    """The tables ``bookmarks`` and ``bookmark_moves``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, source: str) -> datetime | None:
        """Where a source continues; None when it never began."""
        with self._database.read() as connection:
            return connection.execute(select(_table.c.position).where(_table.c.source == source)).scalar()

    def set(self, source: str, position: datetime, run_id: str, now: datetime) -> None:
        """Move a source's bookmark, forward or back. Setting it where it is already leaves no trace."""
        here = _table.c.source == source
        mark = {"position": position, "run_id": run_id, "moved_at": now}
        with self._database.write(_BOOKMARKS_LOCK) as connection:
            previous = connection.execute(select(_table.c.position).where(here)).scalar()
            if previous == position:
                return
            if previous is None:
                connection.execute(insert(_table).values(source=source, **mark))
            else:
                connection.execute(update(_table).where(here).values(mark))
            connection.execute(insert(_moves).values(source=source, previous=previous, **mark))

    def moves(self, source: str, limit: int) -> list[BookmarkMove]:
        """The latest moves of a source's bookmark, newest first."""
        columns = (_moves.c.source, _moves.c.position, _moves.c.previous, _moves.c.run_id, _moves.c.moved_at)
        statement = select(*columns).where(_moves.c.source == source).order_by(_moves.c.id.desc()).limit(limit)
        with self._database.read() as connection:
            return [BookmarkMove(*row) for row in connection.execute(statement)]
