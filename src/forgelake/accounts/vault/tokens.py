"""The vault: who keeps which token under which name, and the key that they are encrypted with."""

import hashlib
import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from forgelake.accounts.vault.keys import Keys
from forgelake.accounts.vault.sealing import identity
from forgelake.model.errors import ConfigurationError, ForgelakeError, UsageError, nearest
from forgelake.model.forge_tokens import TokenFacts, TokenRefusedError
from forgelake.state.stores import VaultStore
from forgelake.state.vault import VaultRow

LOCAL: Final = "local"
"""The account of whoever runs the commands, where nobody logs in."""

USE_IS_NOTED_EVERY: Final = timedelta(minutes=1)
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_MARK_DIGITS: Final = 12


@dataclass(frozen=True, slots=True)
class NewToken:
    """A token to be kept, after the forge was asked about it."""

    name: str
    forge: str
    url: str
    secret: str = field(repr=False)
    facts: TokenFacts


class Vault:
    """The kept tokens of one account, by the real clock whatever ``FORGELAKE_NOW`` says."""

    def __init__(
        self, rows: VaultStore, keys: Keys, account: str = LOCAL, clock: Callable[[], datetime] | None = None
    ) -> None:
        self._rows = rows
        self._keys = keys
        self._account = account
        self._now = clock or (lambda: datetime.now(UTC))

    def add(self, new: NewToken) -> VaultRow:
        """Keep a token.

        Raises:
            UsageError: the name is taken, or cannot be one.
            ConfigurationError: there is no key, or the one that others were encrypted with is gone.
        """
        now, row_id = self._now(), uuid.uuid4().hex
        with self._rows.changing() as held:
            rows = held.all()
            self._free(new.name, rows)
            bound = identity(row_id, self._account, new.forge, new.url)
            sealed = self._keys.sealer(fresh=not rows).seal(new.secret, bound)
            mark = hashlib.sha256(new.secret.encode()).hexdigest()[:_MARK_DIGITS]
            row = VaultRow(
                row_id,
                self._account,
                new.name,
                new.forge,
                new.url,
                mark,
                sealed,
                new.facts,
                created_at=now,
                checked_at=now,
            )
            held.add(row)
        return row

    def name_for(self, name: str) -> str:
        """The name, if a new token can have it; so that nobody is asked for a token in vain.

        Raises:
            UsageError: the name is taken, or cannot be one.
        """
        if not _NAME.fullmatch(name):
            message = f'"{name[:64]}" cannot name a token; take up to 64 letters, digits, dots, underscores and dashes'
            raise UsageError(message)
        self._free(name, self._rows.all(self._account))
        return name

    def all(self) -> list[VaultRow]:
        """Every kept token, oldest first."""
        return self._rows.all(self._account)

    def row(self, name: str) -> VaultRow:
        """A kept token.

        Raises:
            UsageError: there is none of that name.
        """
        rows = self.all()
        for row in rows:
            if row.name == name:
                return row
        message = (
            f'the vault keeps no token "{name}"{nearest(name, [one.name for one in rows])}; see: forgelake tokens list'
        )
        raise UsageError(message)

    def secret(self, name: str, url: str) -> str:
        """The token itself, to be sent to the API at ``url`` and nowhere else; its use is noted.

        Raises:
            UsageError: there is none of that name.
            ConfigurationError: it was added for another address, or the key that it was encrypted with is not there.
            StopError: the row was tampered with.
        """
        row = self.row(name)
        if row.url != url:
            message = f'token "{name}" was added for {row.url}, so it is not sent to {url}; add one for that address'
            raise ConfigurationError(message)
        secret = self._open(row)
        self._rows.used(row.id, self._now(), USE_IS_NOTED_EVERY)
        return secret

    def try_open(self, row: VaultRow) -> None:
        """Open a row of any account, and give nothing of it away.

        Raises:
            ConfigurationError: the key that it was encrypted with is not there.
            StopError: the row was tampered with.
        """
        self._open(row)

    def check(self, name: str, ask: Callable[[VaultRow, str], TokenFacts]) -> VaultRow:
        """Ask the forge about a token again, and keep what it says, a refusal too.

        Raises:
            TokenRefusedError: the forge does not take it any more.
            RetryError: the forge could not be asked; nothing is changed.
        """
        row = self.row(name)
        try:
            facts = ask(row, self._open(row))
        except TokenRefusedError as error:
            self._rows.checked(row.id, None, str(error), self._now())
            raise
        self._rows.checked(row.id, facts, None, self._now())
        return self.row(name)

    def remove(self, name: str) -> VaultRow:
        """Forget a token.

        Raises:
            UsageError: there is none of that name.
        """
        row = self.row(name)
        self._rows.remove(row.id)
        return row

    def rotate(self) -> int:
        """Encrypt all tokens of all accounts anew, under a new key if it is the file's; returns how many.

        Whoever adds a token meanwhile waits, so none is left under a key that is forgotten.

        Raises:
            ConfigurationError: a key is missing.
            StopError: a row was tampered with; nothing is changed then.
        """
        with self._rows.changing() as held:
            rows = held.all()
            secrets = [self._open(row) for row in rows]
            if self._keys.in_file and rows:
                self._keys.prepend_new()
            sealer = self._keys.sealer(fresh=not rows)
            for row, secret in zip(rows, secrets, strict=True):
                held.put(replace(row, sealed=sealer.seal(secret, _identity(row))))
        if self._keys.in_file:
            self._keys.keep_only_first()
        return len(rows)

    def _open(self, row: VaultRow) -> str:
        try:
            return self._keys.opener(row.sealed).open(row.sealed, _identity(row))
        except ForgelakeError as error:
            error.args = (f'token "{row.name}": {error}',)
            raise

    def _free(self, name: str, rows: list[VaultRow]) -> None:
        if any((row.account, row.name) == (self._account, name) for row in rows):
            message = f'a token "{name}" is kept already; give another --name, or run: forgelake tokens remove {name}'
            raise UsageError(message)


def status(row: VaultRow, now: datetime | None = None) -> str:
    """valid, refused or expired, as the forge last said."""
    end = row.facts.expires_at
    if end is not None and end <= (now or datetime.now(UTC)):
        return "expired"
    return "valid" if row.refused is None else "refused"


def _identity(row: VaultRow) -> bytes:
    return identity(row.id, row.account, row.forge, row.url)
