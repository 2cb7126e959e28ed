"""The table ``audit``: what was done to accounts, and by whom. It is only ever added to."""

from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import insert, select

from forgelake.state import people_schema as schema
from forgelake.state.connection import Database

_table = schema.audit


@dataclass(frozen=True, slots=True)
class AuditRow:
    """Something that was done; the fields are the columns of ``audit``."""

    id: str
    at: datetime
    account: str
    by: str
    what: str
    subject: str = ""


class Audit:
    """The table ``audit``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, row: AuditRow) -> None:
        """Note it."""
        with self._database.write() as connection:
            connection.execute(insert(_table).values(asdict(row)))

    def newest(self, account: str | None = None, most: int = 100) -> list[AuditRow]:
        """The newest entries of an account, or of all, the newest first."""
        own = [] if account is None else [_table.c.account == account]
        listed = select(_table).where(*own).order_by(_table.c.at.desc(), _table.c.id).limit(most)
        with self._database.read() as connection:
            return [AuditRow(**one._asdict()) for one in connection.execute(listed)]
