"""The table of kept tokens. Only ciphertexts come here: who reads the database cannot use a token in it."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, delete, insert, or_, select, update

from forgelake.model.forge_tokens import TokenFacts
from forgelake.state import people_schema as schema
from forgelake.state.connection import Database

# So that nobody encrypts under a key that is being replaced at that instant.
_VAULT_LOCK = 7_310_010

_table = schema.vault_tokens


@dataclass(frozen=True, slots=True)
class Sealed:
    """An encrypted token: base64 of nonce, ciphertext and tag, and what it was encrypted with."""

    key_id: str
    sealed: str
    wrapped_key: str | None = None


@dataclass(frozen=True, slots=True)
class VaultRow:
    """A token without its secret; the fields are the columns of ``schema.vault_tokens``."""

    id: str
    account: str
    name: str
    forge: str
    url: str
    mark: str
    sealed: Sealed
    facts: TokenFacts
    created_at: datetime
    checked_at: datetime
    refused: str | None = None
    last_used_at: datetime | None = None


class VaultChange:
    """The table while nobody else changes it."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def all(self) -> list[VaultRow]:
        """Every token of every account, oldest first."""
        found = self._connection.execute(select(_table).order_by(_table.c.created_at, _table.c.id))
        return [_row(one) for one in found]

    def add(self, row: VaultRow) -> None:
        """Keep a new token."""
        self._connection.execute(insert(_table).values(_values(row)))

    def put(self, row: VaultRow) -> None:
        """Keep a known one as it is now; nothing happens if it was removed meanwhile."""
        self._connection.execute(update(_table).where(_table.c.id == row.id).values(_values(row)))


class VaultTokens:
    """The table ``vault_tokens``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @contextmanager
    def changing(self) -> Generator[VaultChange, None, None]:
        """All of the table in one transaction; changes everywhere come one after the other."""
        with self._database.write(_VAULT_LOCK) as connection:
            yield VaultChange(connection)

    def all(self, account: str | None = None) -> list[VaultRow]:
        """The tokens of an account, or of all, oldest first."""
        own = [] if account is None else [_table.c.account == account]
        with self._database.read() as connection:
            found = connection.execute(select(_table).where(*own).order_by(_table.c.created_at, _table.c.id))
            return [_row(one) for one in found]

    def checked(self, row_id: str, facts: TokenFacts | None, refused: str | None, now: datetime) -> None:
        """Note what the forge said of a token; None for facts leaves those of the last time."""
        values = {} if facts is None else _fact_values(facts)
        with self._database.write(_VAULT_LOCK) as connection:
            changed = update(_table).where(_table.c.id == row_id)
            connection.execute(changed.values(checked_at=now, refused=refused, **values))

    def used(self, row_id: str, now: datetime, every: timedelta) -> None:
        """Note that a token was taken, unless that was noted within ``every`` already."""
        stale: ColumnElement[bool] = or_(_table.c.last_used_at.is_(None), _table.c.last_used_at <= now - every)
        with self._database.write() as connection:
            connection.execute(update(_table).where(_table.c.id == row_id, stale).values(last_used_at=now))

    def remove(self, row_id: str) -> bool:
        """Forget a token; False when there is none."""
        with self._database.write(_VAULT_LOCK) as connection:
            return connection.execute(delete(_table).where(_table.c.id == row_id)).rowcount == 1


def _row(found: Row[tuple[object, ...]]) -> VaultRow:
    values: dict[str, Any] = found._asdict()
    sealed = Sealed(values.pop("key_id"), values.pop("sealed"), values.pop("wrapped_key"))
    scopes = values.pop("scopes")
    facts = TokenFacts(
        kind=values.pop("kind"),
        owner=values.pop("owner"),
        scopes=None if scopes is None else tuple(scopes),
        expires_at=values.pop("expires_at"),
        missing=tuple((what, scope) for what, scope in values.pop("missing")),
        unknown=tuple(values.pop("unknown")),
    )
    return VaultRow(sealed=sealed, facts=facts, **values)


def _values(row: VaultRow) -> dict[str, object]:
    plain = ("id", "account", "name", "forge", "url", "mark", "created_at", "checked_at", "refused", "last_used_at")
    sealed = {"key_id": row.sealed.key_id, "sealed": row.sealed.sealed, "wrapped_key": row.sealed.wrapped_key}
    return {name: getattr(row, name) for name in plain} | sealed | _fact_values(row.facts)


def _fact_values(facts: TokenFacts) -> dict[str, object]:
    return {
        "kind": facts.kind,
        "owner": facts.owner,
        # SQLAlchemy writes None into a JSON column as JSON's null, which reads back as None.
        "scopes": None if facts.scopes is None else list(facts.scopes),
        "expires_at": facts.expires_at,
        "missing": [list(pair) for pair in facts.missing],
        "unknown": list(facts.unknown),
    }
