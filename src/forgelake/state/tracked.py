"""What is tracked day by day, and since when: the days that coverage expects."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any, Self

from sqlalchemy import select

from forgelake.state import schema
from forgelake.state.connection import Database

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

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Self:
        """From a row of the table."""
        read: dict[str, Any] = {**values, "former": tuple(values["former"])}
        return cls(**read)

    @property
    def names(self) -> tuple[str, ...]:
        """All that it is or was called."""
        return (self.title, *self.former)


class Tracked:
    """The table ``tracked``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def set(self, kind: str, titles: Mapping[str, str], day: datetime, *, whole: bool = True) -> None:
        """From a day on, these subjects are tracked, and no others if they are the whole; the past stays expected."""
        own = _table.c.kind == kind
        with self._database.write() as connection:
            known = [TrackedRow.of(row._asdict()) for row in connection.execute(select(_table).where(own))]
            changed = [asdict(row) for row in changes(kind, titles, known, day, whole=whole)]
            if changed:
                insert = self._database.insert(_table)
                new = {name: insert.excluded[name] for name in ("title", "former", "until")}
                connection.execute(insert.on_conflict_do_update(index_elements=["kind", "subject"], set_=new), changed)

    def all_rows(self) -> list[TrackedRow]:
        """Everything that is or was tracked."""
        with self._database.read() as connection:
            rows = connection.execute(select(_table).order_by(_table.c.kind, _table.c.subject))
            return [TrackedRow.of(row._asdict()) for row in rows]


def ever_called(tracked: Iterable[TrackedRow], names: Iterable[str]) -> set[str]:
    """The subjects that have one of some names, in any case, or had it at any time."""
    wanted = {name.lower() for name in names}
    return {row.subject for row in tracked if not wanted.isdisjoint(map(str.lower, row.names))}


def meant(tracked: Collection[TrackedRow], names: Iterable[str]) -> set[str]:
    """The subjects that some names, in any case, stand for: those called so now, or at their end, else those before."""
    going_on = {row.subject for row in tracked if row.until is None}
    titles = defaultdict[str, set[str]](set)
    for row in tracked:
        if row.until is None or row.subject not in going_on:
            titles[row.title.lower()].add(row.subject)
    return {one for name in names for one in titles.get(name.lower()) or ever_called(tracked, [name])}


def changes(
    kind: str, titles: Mapping[str, str], known: Iterable[TrackedRow], day: datetime, *, whole: bool = True
) -> Iterator[TrackedRow]:
    """The rows that change when, from a day on, these subjects of a kind are tracked; see ``Tracked.set``."""
    before = {row.subject: row for row in known}
    for subject, row in before.items():
        if whole and row.until is None and subject not in titles:
            yield replace(row, until=day)
    for subject, title in titles.items():
        row = before.get(subject)
        if row is None:
            yield TrackedRow(kind, subject, title, since=day)
        elif row.title != title or row.until is not None:
            former = tuple(name for name in dict.fromkeys((*row.former, row.title)) if name != title)
            yield replace(row, title=title, former=former, until=None)
