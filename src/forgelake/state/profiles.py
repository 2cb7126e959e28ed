"""The table ``profiles``: what people say of themselves, and who may see it."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Select, delete, select

from forgelake.state import people_schema as schema
from forgelake.state.connection import Database

_table = schema.profiles
_FEEDBACK: Final = ("feedback", "feedback_key")


@dataclass(frozen=True, slots=True)
class ProfileRow:
    """One person's; the fields are the columns of ``profiles``."""

    account: str
    content: Mapping[str, Any]
    publication: str
    link_token: str | None
    in_ranking: bool
    feedback: str
    changed_at: datetime
    feedback_key: str | None = None


class Profiles:
    """The table ``profiles``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, account: str) -> ProfileRow | None:
        """The profile of an account."""
        return next(iter(self._rows(select(_table).where(_table.c.account == account))), None)

    def public(self) -> list[ProfileRow]:
        """Those that everybody may see."""
        return self._rows(select(_table).where(_table.c.publication == "public").order_by(_table.c.account))

    def any_ranked(self) -> bool:
        """Whether anybody is in the ranking: joined, for everybody to see, and not hidden."""
        accounts = schema.accounts
        joined = (_table.c.publication == "public") & _table.c.in_ranking & accounts.c.hidden_at.is_(None)
        found = select(_table.c.account).join(accounts, accounts.c.id == _table.c.account).where(joined).limit(1)
        with self._database.read() as connection:
            return connection.execute(found).first() is not None

    def with_feedback(self) -> list[ProfileRow]:
        """Those whose weekly feedback is to be mailed."""
        return self._rows(select(_table).where(_table.c.feedback != "").order_by(_table.c.account))

    def put(self, row: ProfileRow) -> None:
        """Keep a profile in place of the account's former one; feedback stays as it was."""
        self._put(row, [name for name in asdict(row) if name not in ("account", *_FEEDBACK)])

    def put_feedback(self, row: ProfileRow) -> None:
        """Keep where an account's feedback goes; the rest counts only where the account has no profile yet."""
        self._put(row, _FEEDBACK)

    def remove(self, account: str) -> bool:
        """Forget a profile; False when there is none."""
        with self._database.write() as connection:
            return connection.execute(delete(_table).where(_table.c.account == account)).rowcount == 1

    def _put(self, row: ProfileRow, columns: Iterable[str]) -> None:
        statement = self._database.insert(_table).values(asdict(row))
        new = {name: statement.excluded[name] for name in columns}
        with self._database.write() as connection:
            connection.execute(statement.on_conflict_do_update(index_elements=["account"], set_=new))

    def _rows(self, statement: Select[Any]) -> list[ProfileRow]:
        with self._database.read() as connection:
            return [ProfileRow(**row._asdict()) for row in connection.execute(statement)]
