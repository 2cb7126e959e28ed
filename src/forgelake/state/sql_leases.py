"""The table ``leases`` in SQL."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, delete, select, update

from forgelake.state import schema
from forgelake.state.connection import Database, chunks
from forgelake.state.leases import LeaseInfo, claims
from forgelake.state.owners import Owner

# All changes of leases run one after the other: they are short, and rows locked in differing orders could deadlock.
_LEASES_LOCK = 7_310_002

_table = schema.leases


class SqlLeaseRows:
    """See ``LeaseRows``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def take(self, names: Sequence[str], owner: Owner, now: datetime, expires_at: datetime) -> set[str]:
        with self._database.write(_LEASES_LOCK) as connection:
            claimed = claims(names, _holders(connection, names), owner, now, expires_at)
            self._store(connection, claimed)
        return {claim.name for claim in claimed}

    def extend(self, owner: Owner, expires_at: datetime) -> set[str]:
        statement = update(_table).where(_held_by(owner)).values(expires_at=expires_at).returning(_table.c.name)
        with self._database.write(_LEASES_LOCK) as connection:
            return set(connection.execute(statement).scalars())

    def give_back(self, names: Sequence[str], owner: Owner) -> None:
        with self._database.write(_LEASES_LOCK) as connection:
            for portion in chunks(names):
                connection.execute(delete(_table).where(_held_by(owner), _table.c.name.in_(portion)))

    def give_back_all(self, owner: Owner) -> int:
        with self._database.write(_LEASES_LOCK) as connection:
            return connection.execute(delete(_table).where(_held_by(owner))).rowcount

    def named(self, names: Sequence[str]) -> dict[str, LeaseInfo]:
        with self._database.read() as connection:
            return _holders(connection, names)

    def all(self) -> list[LeaseInfo]:
        with self._database.read() as connection:
            return [_info(row) for row in connection.execute(select(_table).order_by(_table.c.name))]

    def _store(self, connection: Connection, claimed: Sequence[LeaseInfo]) -> None:
        if not claimed:
            return
        insert = self._database.insert(_table)
        taken = {column.name: insert.excluded[column.name] for column in _table.c if not column.primary_key}
        connection.execute(
            insert.on_conflict_do_update(index_elements=[_table.c.name], set_=taken),
            [claim.values() for claim in claimed],
        )


def _held_by(owner: Owner) -> ColumnElement[bool]:
    return and_(
        _table.c.run_id == owner.run_id,
        _table.c.host == owner.host,
        _table.c.pid == owner.pid,
        _table.c.process_started.is_not_distinct_from(owner.process_started),
    )


def _holders(connection: Connection, names: Sequence[str]) -> dict[str, LeaseInfo]:
    return {
        row.name: _info(row)
        for portion in chunks(names)
        for row in connection.execute(select(_table).where(_table.c.name.in_(portion)))
    }


def _info(row: Row[Any]) -> LeaseInfo:
    return LeaseInfo.of(row._asdict())
