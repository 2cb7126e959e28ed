"""Identities: the addresses and accounts at forges that are, or may be, a person's own."""

from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import and_, delete, select, update

from forgelake.state.connection import Database
from forgelake.state.schema_repos import identities as _table

EMAIL, FORGE_ACCOUNT = "email", "forge_account"

# So that two accounts cannot come to hold the same one at the same instant.
_IDENTITIES_LOCK = 7_310_012


@dataclass(frozen=True, slots=True)
class Identity:
    """An identity of an account; the fields are the columns of ``identities``."""

    account: str
    kind: str
    value: str
    forge: str = ""
    login: str | None = None
    verified_at: datetime | None = None
    verified_by: str | None = None
    suggested_by: str | None = None
    removed_at: datetime | None = None
    code: str | None = None
    code_ends_at: datetime | None = None
    code_tries: int = 0
    codes_sent: int = 0
    code_day: str | None = None

    @property
    def is_verified(self) -> bool:
        """Whether it counts."""
        return self.verified_at is not None


class Identities:
    """The table ``identities``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of_account(self, account: str) -> list[Identity]:
        """All of an account's, in order."""
        statement = select(_table).where(_table.c.account == account).order_by(_table.c.kind, _table.c.value)
        with self._database.read() as connection:
            return [Identity(**row._asdict()) for row in connection.execute(statement)]

    def put(self, row: Identity) -> bool:
        """Keep an identity as it is now; False, and nothing is kept, if it is verified and another account's, too."""
        values = asdict(row)
        statement = self._database.insert(_table).values(values)
        keys = ("account", "kind", "value")
        new = {name: value for name, value in values.items() if name not in keys}
        with self._database.write(_IDENTITIES_LOCK) as connection:
            held = and_(_table.c.kind == row.kind, _table.c.value == row.value, _table.c.account != row.account)
            others = select(_table.c.account).where(held, _table.c.verified_at.is_not(None))
            if row.is_verified and connection.execute(others).first() is not None:
                return False
            connection.execute(statement.on_conflict_do_update(index_elements=list(keys), set_=new))
        return True

    def wrong_code(self, row: Identity, most: int) -> None:
        """Count a wrong code; after ``most`` of them the code counts no more."""
        here = and_(
            _table.c.account == row.account, _table.c.kind == row.kind, _table.c.value == row.value,
            _table.c.code.is_not(None),
        )  # fmt: skip
        with self._database.write(_IDENTITIES_LOCK) as connection:
            connection.execute(update(_table).where(here).values(code_tries=_table.c.code_tries + 1))
            connection.execute(update(_table).where(here, _table.c.code_tries >= most).values(code=None))

    def remove(self, account: str, value: str | None = None) -> int:
        """Forget one identity of an account, or all; returns how many."""
        only = [] if value is None else [_table.c.value == value]
        with self._database.write(_IDENTITIES_LOCK) as connection:
            return connection.execute(delete(_table).where(_table.c.account == account, *only)).rowcount
