"""Leases: who works on what right now, so that no two processes do the same work or commit at once.

A lease ends when it is released, when it expires, or when its process is seen to be dead from the same host. Expiry
goes by the wall clock that callers pass, so the clocks of hosts that share a state must agree to well within the
leases' time to live.
"""

import random
import threading
import time
from collections import defaultdict
from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, delete, select, update

from forgelake.model.errors import RetryError
from forgelake.state import schema
from forgelake.state.connection import Database, chunks
from forgelake.state.heartbeat import Heartbeat
from forgelake.state.owners import Owner

# All changes of leases run one after the other: they are short, and rows locked in differing orders could deadlock.
_LEASES_LOCK = 7_310_002

_table = schema.leases


@dataclass(frozen=True, slots=True)
class LeaseInfo:
    """Who holds a lease, since when and until when (UTC)."""

    name: str
    owner: Owner
    acquired_at: datetime
    expires_at: datetime

    def is_held(self, now: datetime) -> bool:
        """Whether the lease counts: not expired, and its process not known to be dead."""
        return self.expires_at > now and not self.owner.is_dead()


class Leases:
    """Claims on names, shared by all processes that open the same state."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._mutex = threading.Lock()
        self._claimed: defaultdict[Owner, set[str]] = defaultdict(set)
        self._lost: defaultdict[Owner, set[str]] = defaultdict(set)
        self._locks: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)

    def acquire(self, names: Sequence[str], owner: Owner, ttl_seconds: float, now: datetime) -> set[str]:
        """Claim, at once and without waiting, those names that can be had.

        A name can be had when it is free, expired, this owner's already, or held by a dead process of this host.

        Returns:
            The names that the owner holds now for ``ttl_seconds``.
        """
        wanted = sorted(set(names))
        expires_at = now + timedelta(seconds=ttl_seconds)
        with self._mutex, self._database.write(_LEASES_LOCK) as connection:
            held = _holders(connection, wanted)
            free = _Freedom(owner, now)
            claims = [
                LeaseInfo(name, owner, info.acquired_at if info and info.owner == owner else now, expires_at)
                for name in wanted
                if (info := held.get(name)) is None or free.to_take(info)
            ]
            self._store(connection, claims)
            claimed = {claim.name for claim in claims}
            self._claimed[owner] |= claimed
            self._lost[owner] -= claimed
        return claimed

    def renew(self, owner: Owner, ttl_seconds: float, now: datetime) -> int:
        """Extend all leases that an owner still holds; returns how many these are."""
        expires_at = now + timedelta(seconds=ttl_seconds)
        statement = update(_table).where(_held_by(owner)).values(expires_at=expires_at).returning(_table.c.name)
        with self._mutex, self._database.write(_LEASES_LOCK) as connection:
            renewed = set(connection.execute(statement).scalars())
            lost = self._claimed[owner] - renewed
            self._claimed[owner] -= lost
            self._lost[owner] |= lost
        return len(renewed)

    def lost(self, owner: Owner) -> frozenset[str]:
        """Names claimed here and not given back, which the last renewals found in other hands."""
        with self._mutex:
            return frozenset(self._lost[owner])

    def release(self, names: Iterable[str], owner: Owner) -> None:
        """Give back those of the names that the owner holds."""
        given_back = sorted(set(names))
        with self._mutex, self._database.write(_LEASES_LOCK) as connection:
            for portion in chunks(given_back):
                connection.execute(delete(_table).where(_held_by(owner), _table.c.name.in_(portion)))
            self._claimed[owner].difference_update(given_back)
            self._lost[owner].difference_update(given_back)

    def release_all(self, owner: Owner) -> int:
        """Give back all leases of an owner; returns how many these were."""
        with self._mutex, self._database.write(_LEASES_LOCK) as connection:
            released = connection.execute(delete(_table).where(_held_by(owner))).rowcount
            self._claimed.pop(owner, None)
            self._lost.pop(owner, None)
        return released

    def holders(self, names: Iterable[str]) -> dict[str, LeaseInfo]:
        """The leases on these names, expired ones included; free names are left out."""
        with self._database.read() as connection:
            return _holders(connection, sorted(set(names)))

    def sweep(self, prefix: str, now: datetime) -> None:
        """Remove leases of names that begin so and that nobody holds any more: their names are never claimed again."""
        gone = [info for info in self.all_rows() if info.name.startswith(prefix) and not info.is_held(now)]
        with self._mutex, self._database.write(_LEASES_LOCK) as connection:
            for info in gone:
                connection.execute(delete(_table).where(_held_by(info.owner), _table.c.name == info.name))

    def all_rows(self) -> list[LeaseInfo]:
        """Every lease, expired ones included, by name."""
        with self._database.read() as connection:
            return [_info(row) for row in connection.execute(select(_table).order_by(_table.c.name))]

    @contextmanager
    def lock(
        self, name: str, owner: Owner, ttl_seconds: float, wait_seconds: float
    ) -> Generator[Heartbeat, None, None]:
        """Hold one lease, renewed while the block runs; threads of this process exclude each other, too.

        Yields the heartbeat: look at its ``lost`` before doing what only the holder may do.

        Raises:
            RetryError: others held it for all of ``wait_seconds``.
        """
        deadline = time.monotonic() + wait_seconds
        with self._mutex:
            thread_lock = self._locks[name]
        if not thread_lock.acquire(timeout=max(0.0, wait_seconds)):
            message = f'"{name}" is held by another thread of this process; waited {wait_seconds:g} s'
            raise RetryError(message)
        try:
            self._wait_for(name, owner, ttl_seconds, deadline, wait_seconds)
            try:
                with Heartbeat(self, owner, ttl_seconds, names={name}) as heartbeat:
                    yield heartbeat
            finally:
                self.release([name], owner)
        finally:
            thread_lock.release()

    def _wait_for(self, name: str, owner: Owner, ttl_seconds: float, deadline: float, waited: float) -> None:
        while not self.acquire([name], owner, ttl_seconds, datetime.now(UTC)):
            remaining = deadline - time.monotonic()
            if remaining <= 0:
                holder = self.holders([name]).get(name)
                who = f"{holder.owner} until {holder.expires_at:%Y-%m-%dT%H:%M:%SZ}" if holder else "another run"
                message = f'"{name}" is held by {who}; waited {waited:g} s, try again when it has ended'
                raise RetryError(message)
            time.sleep(min(remaining, random.uniform(0.02, 0.1)))  # noqa: S311 — spreads the waiters, guards nothing

    def _store(self, connection: Connection, claims: Sequence[LeaseInfo]) -> None:
        if not claims:
            return
        insert = self._database.insert(_table)
        taken = {column.name: insert.excluded[column.name] for column in _table.c if not column.primary_key}
        connection.execute(
            insert.on_conflict_do_update(index_elements=[_table.c.name], set_=taken),
            [_values(claim) for claim in claims],
        )


class _Freedom:
    """Which held leases an owner may take; each process is looked at once."""

    def __init__(self, owner: Owner, now: datetime) -> None:
        self._owner = owner
        self._now = now
        self._dead: dict[Owner, bool] = {}

    def to_take(self, info: LeaseInfo) -> bool:
        if info.owner == self._owner or info.expires_at <= self._now:
            return True
        if info.owner not in self._dead:
            self._dead[info.owner] = info.owner.is_dead()
        return self._dead[info.owner]


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
    owner = Owner(row.run_id, row.host, row.pid, row.process_started)
    return LeaseInfo(row.name, owner, row.acquired_at, row.expires_at)


def _values(claim: LeaseInfo) -> dict[str, object]:
    return {
        "name": claim.name,
        "run_id": claim.owner.run_id,
        "host": claim.owner.host,
        "pid": claim.owner.pid,
        "process_started": claim.owner.process_started,
        "acquired_at": claim.acquired_at,
        "expires_at": claim.expires_at,
    }
