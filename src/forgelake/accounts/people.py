"""Who there is: names, administrators, hiding, and the log of what was done."""

import re
import uuid
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Final

from forgelake.accounts.keys import now_in_utc
from forgelake.accounts.vault.tokens import LOCAL
from forgelake.model.errors import UsageError, nearest
from forgelake.state.accounts import AccountRow, Accounts, LoginRow
from forgelake.state.audit import Audit, AuditRow

OPERATOR: Final = "operator"
"""Whoever runs commands on the machine itself."""

_NAME: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")
_NOT_OF_A_NAME: Final = re.compile(r"[^a-z0-9]+")
_LONGEST: Final = 40
_LONGEST_DISPLAY: Final = 100


class People:
    """The accounts, by the real clock whatever ``FORGELAKE_NOW`` says."""

    def __init__(self, accounts: Accounts, audit: Audit, clock: Callable[[], datetime] = now_in_utc) -> None:
        self._accounts = accounts
        self._audit = audit
        self._clock = clock

    def local(self) -> AccountRow:
        """The account of whoever uses forgelake alone; made when it is first asked for."""
        self._accounts.ensure(AccountRow(LOCAL, LOCAL, "", is_admin=True, created_at=self._clock()))
        return self.of(LOCAL)

    def enter(self, login: LoginRow, display_name: str, admins: Iterable[str]) -> AccountRow:
        """The account that a login opens; one is made where it opens none yet.

        Args:
            login: who came; its account and instants are set here.
            display_name: what they are called there.
            admins: who becomes administrator where nobody is, as provider:login or provider:id.
        """
        now = self._clock()
        new = AccountRow(uuid.uuid4().hex, _name_from(login.login), _display(display_name), False, now)
        came = LoginRow(login.provider, login.subject, new.id, login.login, now, now)
        row = self._accounts.enter(came, new)
        if row.id == new.id:
            self.note(row.id, row.id, "account made", row.name)
        shown = f"{login.provider}:{login.login}"
        self.note(row.id, row.id, "login", shown)
        named = {shown.casefold(), f"{login.provider}:{login.subject}".casefold()}
        is_named = not row.is_admin and not named.isdisjoint(one.casefold() for one in admins)
        if is_named and self._accounts.become_first_admin(row.id, LOCAL):
            self.note(row.id, OPERATOR, "administrator", "named in the settings")
        return self.of(row.id)

    def link(self, account: str, login: LoginRow) -> None:
        """Let a login open an account, too.

        Raises:
            UsageError: it opens another one.
        """
        now = self._clock()
        came = LoginRow(login.provider, login.subject, account, login.login, now, now)
        if self._accounts.link(came) != account:
            message = f"{login.provider}:{login.login} opens another account already; delete that one first"
            raise UsageError(message)
        self.note(account, account, "login added", f"{login.provider}:{login.login}")

    def unlink(self, account: str, provider: str, subject: str) -> None:
        """Forget a login.

        Raises:
            UsageError: it is not the account's, or its only one.
        """
        if not self._accounts.unlink(account, provider, subject):
            message = "this login is the only one, or not yours; add another one first"
            raise UsageError(message)
        self.note(account, account, "login removed", f"{provider}:{subject}")

    def logins(self, account: str) -> list[LoginRow]:
        """What opens an account."""
        return self._accounts.logins(account)

    def of(self, account: str) -> AccountRow:
        """An account by its id.

        Raises:
            UsageError: there is none.
        """
        row = self._accounts.get(account)
        if row is None:
            message = "there is no such account; see: forgelake accounts list"
            raise UsageError(message)
        return row

    def named(self, name: str) -> AccountRow:
        """An account by its name.

        Raises:
            UsageError: there is none.
        """
        row = self._accounts.named(name.lower())
        if row is None:
            names = [one.name for one in self.all()]
            message = f'there is no account "{name[:_LONGEST]}"{nearest(name, names)}; see: forgelake accounts list'
            raise UsageError(message)
        return row

    def id_of(self, called: str) -> str:
        """The id of an account by its name or that id; by the id first, for names are chosen and ids are not.

        Raises:
            UsageError: there is none.
        """
        if called == LOCAL or self._accounts.get(called) is not None:
            return called
        return self.named(called).id

    def shown(self, name: str) -> AccountRow | None:
        """An account by its name, if it may be shown to others."""
        row = self._accounts.named(name.lower())
        return None if row is None or row.hidden_at is not None else row

    def all(self) -> list[AccountRow]:
        """Every account, by name."""
        return self._accounts.all()

    def rename(self, account: str, name: str, display_name: str, by: str) -> AccountRow:
        """Call an account otherwise.

        Raises:
            UsageError: the name cannot be one, or is taken.
        """
        before = self.of(account)
        if not _NAME.fullmatch(name):
            message = f'"{name[:_LONGEST]}" cannot be a name; take up to {_LONGEST} small letters, digits and dashes'
            raise UsageError(message)
        if not self._accounts.rename(account, name, _display(display_name)):
            message = f'the name "{name}" is taken; choose another'
            raise UsageError(message)
        if name != before.name:
            self.note(account, by, "renamed", f"{before.name} to {name}")
        return self.of(account)

    def hide(self, name: str, by: str, *, hidden: bool) -> AccountRow:
        """Show an account nowhere from now on, or show it again.

        Raises:
            UsageError: there is none of that name.
        """
        row = self.named(name)
        self._accounts.hide(row.id, (row.hidden_at or self._clock()) if hidden else None)
        self.note(row.id, by, "hidden" if hidden else "shown again")
        return self.of(row.id)

    def set_admin(self, name: str, by: str, *, is_admin: bool) -> AccountRow:
        """Let an account hide and delete others, or not any more.

        Raises:
            UsageError: there is none of that name.
        """
        row = self.named(name)
        self._accounts.set_admin(row.id, is_admin=is_admin)
        self.note(row.id, by, "administrator" if is_admin else "no administrator")
        return self.of(row.id)

    def note(self, account: str, by: str, what: str, subject: str = "") -> None:
        """Put something that was done into the log."""
        self._audit.add(AuditRow(uuid.uuid4().hex, self._clock(), account, by, what, subject))

    def log(self, account: str | None = None) -> list[AuditRow]:
        """The newest entries of the log, of an account or of all."""
        return self._audit.newest(account)


def _name_from(login: str) -> str:
    """A name that is like what somebody is called elsewhere; of an address, what stands before the @."""
    plain = _NOT_OF_A_NAME.sub("-", login.partition("@")[0].lower()).strip("-")
    return plain[: _LONGEST - 4].strip("-") or "someone"


def _display(name: str) -> str:
    return "".join(one for one in name if one.isprintable()).strip()[:_LONGEST_DISPLAY]
