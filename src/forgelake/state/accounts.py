"""The tables ``accounts`` and ``logins``: who there is, and what opens each account."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, delete, insert, select, update
from sqlalchemy.sql.expression import exists

from forgelake.state import people_schema as schema
from forgelake.state.connection import Database

# So that of two who take one name at the same instant, or come for the first time, one waits for the other.
_ACCOUNTS_LOCK = 7_310_011

_accounts, _logins = schema.accounts, schema.logins


@dataclass(frozen=True, slots=True)
class AccountRow:
    """A person; the fields are the columns of ``accounts``."""

    id: str
    name: str
    display_name: str
    is_admin: bool
    created_at: datetime
    last_login_at: datetime | None = None
    hidden_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class LoginRow:
    """A way to log in; the fields are the columns of ``logins``."""

    provider: str
    subject: str
    account: str
    login: str
    created_at: datetime
    last_used_at: datetime


class Accounts:
    """The tables ``accounts`` and ``logins``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def ensure(self, row: AccountRow) -> None:
        """Keep an account of a known id, unless it is there."""
        with self._database.write(_ACCOUNTS_LOCK) as connection:
            if _one(connection, _accounts.c.id == row.id) is None:
                _insert(connection, row)

    def enter(self, login: LoginRow, new: AccountRow) -> AccountRow:
        """The account that a login opens, with the login noted; ``new`` is made where it opens none yet.

        Of a name that is taken a number is put behind.
        """
        own = (_logins.c.provider == login.provider) & (_logins.c.subject == login.subject)
        with self._database.write(_ACCOUNTS_LOCK) as connection:
            known = connection.execute(select(_logins.c.account).where(own)).scalar()
            if known is None:
                _insert(connection, new)
                connection.execute(insert(_logins).values(asdict(login) | {"account": new.id}))
            else:
                connection.execute(
                    update(_logins).where(own).values(login=login.login, last_used_at=login.last_used_at)
                )
            account = known or new.id
            seen = update(_accounts).where(_accounts.c.id == account)
            connection.execute(seen.values(last_login_at=login.last_used_at))
            found = _one(connection, _accounts.c.id == account)
        if found is None:
            message = f"login {login.provider}:{login.subject} opens an account that is not there"
            raise LookupError(message)
        return found

    def link(self, login: LoginRow) -> str:
        """Let a login open an account from now on, unless it opens one already; returns the one that it opens."""
        own = (_logins.c.provider == login.provider) & (_logins.c.subject == login.subject)
        with self._database.write(_ACCOUNTS_LOCK) as connection:
            known = connection.execute(select(_logins.c.account).where(own)).scalar()
            if known is None:
                connection.execute(insert(_logins).values(asdict(login)))
        return known or login.account

    def unlink(self, account: str, provider: str, subject: str) -> bool:
        """Forget a login, unless it is the account's last one or none of its own; False then."""
        with self._database.write(_ACCOUNTS_LOCK) as connection:
            held = connection.execute(select(_logins).where(_logins.c.account == account)).all()
            if len(held) < 2 or (provider, subject) not in {(one.provider, one.subject) for one in held}:  # noqa: PLR2004 - the last one
                return False
            own = (_logins.c.provider == provider) & (_logins.c.subject == subject)
            connection.execute(delete(_logins).where(own, _logins.c.account == account))
        return True

    def get(self, account: str) -> AccountRow | None:
        """The account of that id."""
        with self._database.read() as connection:
            return _one(connection, _accounts.c.id == account)

    def named(self, name: str) -> AccountRow | None:
        """The account of that name."""
        with self._database.read() as connection:
            return _one(connection, _accounts.c.name == name)

    def all(self) -> list[AccountRow]:
        """Every account, by name."""
        with self._database.read() as connection:
            return [_account(one) for one in connection.execute(select(_accounts).order_by(_accounts.c.name))]

    def logins(self, account: str) -> list[LoginRow]:
        """What opens an account, oldest first."""
        own = select(_logins).where(_logins.c.account == account)
        with self._database.read() as connection:
            found = connection.execute(own.order_by(_logins.c.created_at, _logins.c.provider, _logins.c.subject))
            return [LoginRow(**one._asdict()) for one in found]

    def rename(self, account: str, name: str, display_name: str) -> bool:
        """Call an account otherwise; False, and nothing changed, if another has the name."""
        with self._database.write(_ACCOUNTS_LOCK) as connection:
            holder = _one(connection, _accounts.c.name == name)
            if holder is not None and holder.id != account:
                return False
            renamed = update(_accounts).where(_accounts.c.id == account)
            connection.execute(renamed.values(name=name, display_name=display_name))
        return True

    def hide(self, account: str, at: datetime | None) -> None:
        """Show an account nowhere from now on, or show it again (None)."""
        with self._database.write() as connection:
            connection.execute(update(_accounts).where(_accounts.c.id == account).values(hidden_at=at))

    def set_admin(self, account: str, *, is_admin: bool) -> None:
        """Let an account hide and delete others, or not."""
        with self._database.write() as connection:
            connection.execute(update(_accounts).where(_accounts.c.id == account).values(is_admin=is_admin))

    def become_first_admin(self, account: str, apart: str) -> bool:
        """Make an account administrator if there is none, that of ``apart`` not counted; False if not."""
        other = exists().where(_accounts.c.is_admin, _accounts.c.id != apart)
        with self._database.write(_ACCOUNTS_LOCK) as connection:
            if connection.execute(select(other)).scalar():
                return False
            connection.execute(update(_accounts).where(_accounts.c.id == account).values(is_admin=True))
        return True


def _insert(connection: Connection, row: AccountRow) -> None:
    name, number = row.name, 1
    while _one(connection, _accounts.c.name == name) is not None:
        number += 1
        name = f"{row.name}-{number}"
    connection.execute(insert(_accounts).values(asdict(row) | {"name": name}))


def _one(connection: Connection, where: ColumnElement[bool]) -> AccountRow | None:
    found = connection.execute(select(_accounts).where(where)).one_or_none()
    return None if found is None else _account(found)


def _account(found: Row[Any]) -> AccountRow:
    return AccountRow(**found._asdict())
