"""Notices: what channels are told. Each is kept until its channel has taken it, so that nothing is lost."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, delete, insert, select, update

from forgelake.state import schema
from forgelake.state.connection import Database

DIGEST, FEEDBACK = "digest", "feedback"

_table = schema.notices


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """A notice for one channel; the fields are the columns of ``notices``."""

    id: str
    channel: str
    subject: str
    event: str
    content: Mapping[str, Any]
    made_at: datetime
    tries: int = 0
    sent_at: datetime | None = None
    receipt: str | None = None
    error: str | None = None
    account: str | None = None


class Notices:
    """The table ``notices``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, rows: Sequence[NoticeRow]) -> None:
        """Keep what is to be told."""
        if rows:
            with self._database.write() as connection:
                connection.execute(insert(_table), [asdict(row) for row in rows])

    def waiting(self, *, digests: bool) -> list[NoticeRow]:
        """What channels have not taken yet, oldest first: digests, or what alerts have to say; no one person's."""
        own = _table.c.event == DIGEST if digests else _table.c.event.not_in((DIGEST, FEEDBACK))
        return self._rows(select(_table).where(_table.c.sent_at.is_(None), own).order_by(_table.c.made_at, _table.c.id))

    def about(self, subject: str) -> list[NoticeRow]:
        """Everything that was or is to be told about a subject, oldest first."""
        return self._rows(select(_table).where(_table.c.subject == subject).order_by(_table.c.made_at, _table.c.id))

    def sent(self, id_: str, receipt: str | None, now: datetime) -> None:
        """Note that a channel took a notice, and what it called it."""
        self._change(id_, sent_at=now, receipt=receipt, error=None, tries=_table.c.tries + 1)

    def failed(self, id_: str, error: str) -> None:
        """Note why a try failed."""
        self._change(id_, error=error, tries=_table.c.tries + 1)

    def drop(self, channel: str) -> None:
        """Forget what waits for a channel that is no more."""
        with self._database.write() as connection:
            connection.execute(delete(_table).where(_table.c.channel == channel, _table.c.sent_at.is_(None)))

    def forget(self, before: datetime, but: Collection[str]) -> None:
        """Forget what was told before an instant, but for what is about some subjects."""
        old = (_table.c.sent_at < before, _table.c.subject.not_in(but))
        with self._database.write() as connection:
            connection.execute(delete(_table).where(*old))

    def forget_feedback(self, before: datetime) -> None:
        """Forget to whom feedback was or could not be mailed before an instant."""
        with self._database.write() as connection:
            connection.execute(delete(_table).where(_table.c.event == FEEDBACK, _table.c.made_at < before))

    def _change(self, id_: str, **values: object) -> None:
        with self._database.write() as connection:
            connection.execute(update(_table).where(_table.c.id == id_).values(values))

    def _rows(self, statement: Select[Any]) -> list[NoticeRow]:
        with self._database.read() as connection:
            return [NoticeRow(**row._asdict()) for row in connection.execute(statement)]
