"""What is tracked day by day, and since when: the days that coverage expects."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select, update

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
    until: datetime | None = None
    former: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """All that it is or was called."""
        return (self.title, *self.former)


class Tracked:
    """The table ``tracked``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def set(self, kind: str, titles: Mapping[str, str], day: datetime) -> None:
        """From a day on, these subjects and no others are tracked; what was before that day stays expected."""
        own = _table.c.kind == kind
        with self._database.write() as connection:
            known = {row.subject: row for row in map(_row, connection.execute(select(_table).where(own)))}
            gone = [subject for subject, row in known.items() if row.until is None and subject not in titles]
            for portion in chunks(gone):
                connection.execute(update(_table).where(own, _table.c.subject.in_(portion)).values(until=day))
            changed = [
                _values(kind, subject, title, known.get(subject), day)
                for subject, title in titles.items()
                if subject not in known or known[subject].title != title or known[subject].until is not None
            ]
            if changed:
                insert = self._database.insert(_table)
                new = {name: insert.excluded[name] for name in ("title", "former", "until")}
                connection.execute(insert.on_conflict_do_update(index_elements=["kind", "subject"], set_=new), changed)

    def all_rows(self) -> list[TrackedRow]:
        """Everything that is or was tracked."""
        with self._database.read() as connection:
            rows = connection.execute(select(_table).order_by(_table.c.kind, _table.c.subject))
            return [_row(row) for row in rows]


def _row(row: Row[Any]) -> TrackedRow:
    values: dict[str, Any] = row._asdict()
    return TrackedRow(**values | {"former": tuple(row.former)})


def _values(kind: str, subject: str, title: str, known: TrackedRow | None, day: datetime) -> dict[str, Any]:
    names = () if known is None else (*known.former, known.title)
    former = [name for name in dict.fromkeys(names) if name != title]
    since = day if known is None else known.since
    return {"kind": kind, "subject": subject, "title": title, "former": former, "since": since, "until": None}
