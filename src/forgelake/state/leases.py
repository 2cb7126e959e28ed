"""Leases: who works on what right now, so that no two processes do the same work or commit at once.

A lease ends when it is released, when it expires, or when its process is seen to be dead from the same host. Expiry
goes by the wall clock that callers pass, so the clocks of hosts that share a state must agree to well within the
leases' time to live.
"""

import random
import threading
import time
from collections import defaultdict
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol, Self

from forgelake.model.errors import RetryError
from forgelake.state.heartbeat import Heartbeat
from forgelake.state.owners import Owner


@dataclass(frozen=True, slots=True)
class LeaseInfo:
    """Who holds a lease, since when and until when (UTC)."""

    name: str
    owner: Owner
    acquired_at: datetime
    expires_at: datetime

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Self:
        """From a row of the table."""
        owner = Owner(values["run_id"], values["host"], values["pid"], values["process_started"])
        return cls(values["name"], owner, values["acquired_at"], values["expires_at"])

    def values(self) -> dict[str, Any]:
        """As a row of the table."""
        return {"name": self.name, **asdict(self.owner), "acquired_at": self.acquired_at, "expires_at": self.expires_at}

    def is_held(self, now: datetime) -> bool:
        """Whether the lease counts: not expired, and its process not known to be dead."""
        return self.expires_at > now and not self.owner.is_dead()


class LeaseRows(Protocol):
    """The rows of leases in a database; each change is one transaction, or one for each portion of the names."""

    def take(self, names: Sequence[str], owner: Owner, now: datetime, expires_at: datetime) -> set[str]:
        """Give an owner those names that ``claims`` lets it have; returns them."""
        ...

    def extend(self, owner: Owner, expires_at: datetime) -> set[str]:
        """Extend all leases of an owner; returns their names."""
        ...

    def give_back(self, names: Sequence[str], owner: Owner) -> None:
        """Remove those of the names that the owner holds."""
        ...

    def give_back_all(self, owner: Owner) -> int:
        """Remove all leases of an owner; returns how many these were."""
        ...

    def named(self, names: Sequence[str]) -> dict[str, LeaseInfo]:
        """The leases on these names."""
        ...

    def all(self) -> list[LeaseInfo]:
        """Every lease, by name."""
        ...


class Leases:
    """Claims on names, shared by all processes that open the same state."""

    def __init__(self, rows: LeaseRows) -> None:
        self._rows = rows
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
        with self._mutex:
            claimed = self._rows.take(sorted(set(names)), owner, now, now + timedelta(seconds=ttl_seconds))
            self._claimed[owner] |= claimed
            self._lost[owner] -= claimed
        return claimed

    def renew(self, owner: Owner, ttl_seconds: float, now: datetime) -> int:
        """Extend all leases that an owner still holds; returns how many these are."""
        with self._mutex:
            renewed = self._rows.extend(owner, now + timedelta(seconds=ttl_seconds))
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
        with self._mutex:
            self._rows.give_back(given_back, owner)
            self._claimed[owner].difference_update(given_back)
            self._lost[owner].difference_update(given_back)

    def release_all(self, owner: Owner) -> int:
        """Give back all leases of an owner; returns how many these were."""
        with self._mutex:
            released = self._rows.give_back_all(owner)
            self._claimed.pop(owner, None)
            self._lost.pop(owner, None)
        return released

    def holders(self, names: Iterable[str]) -> dict[str, LeaseInfo]:
        """The leases on these names, expired ones included; free names are left out."""
        return self._rows.named(sorted(set(names)))

    def sweep(self, prefix: str, now: datetime) -> None:
        """Remove leases of names that begin so and that nobody holds any more: their names are never claimed again."""
        gone = [info for info in self.all_rows() if info.name.startswith(prefix) and not info.is_held(now)]
        with self._mutex:
            for info in gone:
                self._rows.give_back([info.name], info.owner)

    def all_rows(self) -> list[LeaseInfo]:
        """Every lease, expired ones included, by name."""
        return self._rows.all()

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


def claims(
    names: Iterable[str], held: Mapping[str, LeaseInfo], owner: Owner, now: datetime, expires_at: datetime
) -> list[LeaseInfo]:
    """The leases that an owner may have of those names, given who holds them."""
    free = _Freedom(owner, now)
    return [
        LeaseInfo(name, owner, info.acquired_at if info and info.owner == owner else now, expires_at)
        for name in names
        if (info := held.get(name)) is None or free.to_take(info)
    ]


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
