"""Heartbeats, on both databases."""

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from forgelake.model.errors import RetryError
from forgelake.state.database import State
from forgelake.state.heartbeat import Heartbeat
from forgelake.state.owners import Owner

NewOwner = Callable[[], Owner]
PATIENCE = 20.0


def test_a_short_lease_lives_while_the_heart_beats(state: State, elsewhere: Owner, new_owner: NewOwner) -> None:
    owner = new_owner()
    claimed_at = datetime.now(UTC)
    state.leases.acquire(["a"], owner, 1.0, claimed_at)
    with Heartbeat(state.leases, owner, 1.0) as heartbeat:
        while datetime.now(UTC) < claimed_at + timedelta(seconds=1.5):
            time.sleep(0.05)
        assert state.leases.acquire(["a"], elsewhere, 1.0, datetime.now(UTC)) == set()
        assert not heartbeat.lost.is_set()


def test_the_heart_stops_with_the_block(state: State, new_owner: NewOwner) -> None:
    owner = new_owner()
    with Heartbeat(state.leases, owner, 3600):
        assert f"heartbeat-{owner.run_id}" in {thread.name for thread in threading.enumerate()}
    assert f"heartbeat-{owner.run_id}" not in {thread.name for thread in threading.enumerate()}


def test_a_lease_taken_by_another_is_noticed(state: State, elsewhere: Owner, new_owner: NewOwner) -> None:
    owner = new_owner()
    now = datetime.now(UTC)
    state.leases.acquire(["a", "b"], owner, 0.2, now)
    assert state.leases.acquire(["b"], elsewhere, 60, now + timedelta(hours=1)) == {"b"}
    with Heartbeat(state.leases, owner, 0.2) as heartbeat:
        assert heartbeat.lost.wait(PATIENCE)
    assert state.leases.lost(owner) == {"b"}


def test_giving_leases_back_is_no_loss(state: State, new_owner: NewOwner) -> None:
    owner = new_owner()
    state.leases.acquire(["a", "b"], owner, 60, datetime.now(UTC))
    beats = _Beats(state)
    with Heartbeat(beats, owner, 0.1) as heartbeat:
        state.leases.release(["a"], owner)
        beats.wait_for(2)
        assert not heartbeat.lost.is_set()


def test_other_names_do_not_count(state: State, elsewhere: Owner, new_owner: NewOwner) -> None:
    owner = new_owner()
    now = datetime.now(UTC)
    state.leases.acquire(["a", "b"], owner, 1, now)
    state.leases.acquire(["b"], elsewhere, 60, now + timedelta(hours=1))
    beats = _Beats(state)
    with Heartbeat(beats, owner, 0.1, names=["a"]) as heartbeat:
        beats.wait_for(2)
        assert not heartbeat.lost.is_set()
    assert state.leases.lost(owner) == {"b"}


def test_a_database_that_stays_away_for_a_whole_time_to_live_is_a_loss(new_owner: NewOwner) -> None:
    with Heartbeat(_Away(), new_owner(), 0.2) as heartbeat:
        assert heartbeat.lost.wait(PATIENCE)


class _Beats:
    """The leases of a state, counting renewals."""

    def __init__(self, state: State) -> None:
        self._leases = state.leases
        self._beats = threading.Semaphore(0)

    def renew(self, owner: Owner, ttl_seconds: float, now: datetime) -> int:
        return self._leases.renew(owner, ttl_seconds, now)

    def lost(self, owner: Owner) -> frozenset[str]:
        lost = self._leases.lost(owner)
        self._beats.release()
        return lost

    def wait_for(self, beats: int) -> None:
        for _ in range(beats):
            assert self._beats.acquire(timeout=PATIENCE)


class _Away:
    """Leases in a database that does not answer."""

    def renew(self, owner: Owner, ttl_seconds: float, now: datetime) -> int:
        message = f"no answer for {owner} ({ttl_seconds} s from {now})"
        raise RetryError(message)

    def lost(self, owner: Owner) -> frozenset[str]:
        raise AssertionError(owner)
