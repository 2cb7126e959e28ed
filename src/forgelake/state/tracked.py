"""What is tracked day by day, and since when: the days that coverage expects."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, func, or_, select, update

from forgelake.state import schema
from forgelake.state.connection import Database, chunks

_table = schema.tracked


@dataclass(frozen=True, slots=True)
class TrackedRow:
    """One subject of a kind of daily slices; the fields are the columns of ``tracked``."""

    kind: str
    subject: str
    title: str
    since: datetime
    until: datetime | None


class Tracked:
    """The table ``tracked``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def set(self, kind: str, titles: Mapping[str, str], day: datetime) -> None:
        """From a day on, these subjects and no others are tracked; what was before that day stays expected."""
        insert = self._database.insert(_table)
        title = insert.excluded["title"]
        changed = or_(_table.c.until.is_not(None), _table.c.title != title)
        statement = insert.on_conflict_do_update(
            index_elements=["kind", "subject"], set_={"title": title, "until": None}, where=changed
        )
        rows = [{"kind": kind, "subject": subject, "title": name, "since": day} for subject, name in titles.items()]
        with self._database.write() as connection:
            live = and_(_table.c.kind == kind, _table.c.until.is_(None))
            gone = [name for (name,) in connection.execute(select(_table.c.subject).where(live)) if name not in titles]
            for portion in chunks(gone):
                ended = and_(_table.c.kind == kind, _table.c.subject.in_(portion))
                connection.execute(update(_table).where(ended).values(until=func.coalesce(_table.c.until, day)))
            if rows:
                connection.execute(statement, rows)

    def all_rows(self) -> list[TrackedRow]:
        """Everything that is or was tracked."""
        with self._database.read() as connection:
            rows = connection.execute(select(_table).order_by(_table.c.kind, _table.c.subject))
            return [TrackedRow(**row._asdict()) for row in rows]
