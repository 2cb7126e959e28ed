"""Leases, on both databases."""

import os
import threading
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from forgelake.model.errors import RetryError
from forgelake.state.database import State
from forgelake.state.owners import Owner
from tests.state import processes
from tests.state.conftest import NOW

NewOwner = Callable[[], Owner]


def test_a_free_name_is_claimed_once(state: State, new_owner: NewOwner) -> None:
    first, second = new_owner(), new_owner()
    assert state.leases.acquire(["a", "b", "a"], first, 60, NOW) == {"a", "b"}
    assert state.leases.acquire(["a", "b", "c"], second, 60, NOW) == {"c"}


def test_claiming_nothing_gives_nothing(state: State, new_owner: NewOwner) -> None:
    assert state.leases.acquire([], new_owner(), 60, NOW) == set()
    assert state.leases.holders([]) == {}


def test_more_names_than_one_statement_takes(state: State, new_owner: NewOwner) -> None:
    owner, names = new_owner(), [f"2016-01-{number}" for number in range(310)]
    assert state.leases.acquire(names, owner, 60, NOW) == set(names)
    assert state.leases.acquire(names, new_owner(), 60, NOW) == set()
    state.leases.release(names[:305], owner)
    assert state.leases.holders(names).keys() == set(names[305:])


def test_claiming_again_extends_and_keeps_the_time_of_the_first_claim(state: State, new_owner: NewOwner) -> None:
    owner, later = new_owner(), NOW + timedelta(seconds=30)
    state.leases.acquire(["a"], owner, 60, NOW)
    assert state.leases.acquire(["a"], owner, 60, later) == {"a"}
    info = state.leases.holders(["a"])["a"]
    assert (info.owner, info.acquired_at, info.expires_at) == (owner, NOW, later + timedelta(seconds=60))
    assert info.expires_at.tzinfo is UTC


@pytest.mark.parametrize(("seconds_later", "taken"), [(59.9, set[str]()), (60, {"a"}), (3600, {"a"})])
def test_an_expired_lease_is_taken_over(
    state: State, elsewhere: Owner, new_owner: NewOwner, seconds_later: float, taken: set[str]
) -> None:
    state.leases.acquire(["a"], elsewhere, 60, NOW)
    assert state.leases.acquire(["a"], new_owner(), 60, NOW + timedelta(seconds=seconds_later)) == taken


def test_two_processes_claim_disjoint_names_and_miss_none(url: str) -> None:
    State.open(url).close()
    names = [f"2016-01-01-{number}" for number in range(50)]
    barrier, answers = processes.CONTEXT.Barrier(2), processes.CONTEXT.Queue()
    started = [processes.start(processes.claim_all, url, names, barrier, answers) for _ in range(2)]
    first, second = (answers.get(timeout=processes.START_WITHIN_SECONDS) for _ in started)
    for process in started:
        process.join(processes.START_WITHIN_SECONDS)
    assert first & second == set()
    assert first | second == set(names)


def test_a_dead_process_loses_its_leases_at_once(state: State, url: str, new_owner: NewOwner) -> None:
    run_id = uuid.uuid4().hex
    process = processes.start(processes.claim_and_die, url, ["a", "b"], run_id)
    process.join(processes.START_WITHIN_SECONDS)
    assert state.leases.holders(["a"])["a"].owner.run_id == run_id
    assert state.leases.acquire(["a", "b"], new_owner(), 60, datetime.now(UTC)) == {"a", "b"}


def test_a_recycled_pid_is_not_taken_for_the_holder(state: State, new_owner: NewOwner) -> None:
    me = new_owner()
    if me.process_started is None:
        pytest.skip("this kernel does not tell when a process started")
    predecessor = Owner(uuid.uuid4().hex, me.host, os.getpid(), me.process_started - 1)
    state.leases.acquire(["a"], predecessor, 3600, NOW)
    assert state.leases.acquire(["a"], me, 60, NOW) == {"a"}


def test_release_gives_back_only_the_owners_names(state: State, elsewhere: Owner, new_owner: NewOwner) -> None:
    owner = new_owner()
    state.leases.acquire(["mine", "also-mine"], owner, 60, NOW)
    state.leases.acquire(["theirs"], elsewhere, 60, NOW)
    state.leases.release(["mine", "theirs", "nobodys"], owner)
    assert state.leases.holders(["mine", "also-mine", "theirs"]).keys() == {"also-mine", "theirs"}


def test_release_all_leaves_other_owners_alone(state: State, elsewhere: Owner, new_owner: NewOwner) -> None:
    owner = new_owner()
    state.leases.acquire(["a", "b"], owner, 60, NOW)
    state.leases.acquire(["theirs"], elsewhere, 60, NOW)
    assert state.leases.release_all(owner) == 2
    assert state.leases.holders(["a", "b", "theirs"]).keys() == {"theirs"}


def test_owners_without_a_start_mark_keep_their_leases(state: State) -> None:
    owner = Owner(uuid.uuid4().hex, "another-host", 1, None)
    state.leases.acquire(["a"], owner, 60, NOW)
    assert state.leases.renew(owner, 60, NOW) == 1
    assert state.leases.release_all(owner) == 1


def test_renew_extends_all_leases_of_the_owner(state: State, elsewhere: Owner, new_owner: NewOwner) -> None:
    owner, later = new_owner(), NOW + timedelta(seconds=50)
    state.leases.acquire(["a", "b"], owner, 60, NOW)
    state.leases.acquire(["theirs"], elsewhere, 60, NOW)
    assert state.leases.renew(owner, 60, later) == 2
    ends = {name: info.expires_at for name, info in state.leases.holders(["a", "b", "theirs"]).items()}
    late, early = later + timedelta(seconds=60), NOW + timedelta(seconds=60)
    assert ends == {"a": late, "b": late, "theirs": early}


def test_a_lease_in_other_hands_is_lost_until_claimed_again(
    state: State, elsewhere: Owner, new_owner: NewOwner
) -> None:
    owner = new_owner()
    state.leases.acquire(["a", "b", "c"], owner, 60, NOW)
    state.leases.release(["c"], owner)
    state.leases.acquire(["a"], elsewhere, 60, NOW + timedelta(seconds=61))
    assert state.leases.renew(owner, 60, NOW + timedelta(seconds=62)) == 1
    assert state.leases.lost(owner) == {"a"}
    state.leases.release(["a"], elsewhere)
    state.leases.acquire(["a"], owner, 60, NOW + timedelta(seconds=63))
    assert state.leases.lost(owner) == set()


def test_lock_is_free_again_after_the_block_even_when_it_fails(state: State, new_owner: NewOwner) -> None:
    def fail() -> None:
        message = f"failed while {len(state.leases.holders(['commit']))} held it"
        raise ValueError(message)

    with pytest.raises(ValueError, match="failed while 1 held it"), state.leases.lock("commit", new_owner(), 60, 0):
        fail()
    assert state.leases.holders(["commit"]) == {}


def test_lock_names_the_holder_when_time_runs_out(state: State, elsewhere: Owner, new_owner: NewOwner) -> None:
    state.leases.acquire(["commit"], elsewhere, 3600, datetime.now(UTC))
    with (
        pytest.raises(RetryError, match=rf'"commit" is held by run {elsewhere.run_id} \(process \d+ on another-host\)'),
        state.leases.lock("commit", new_owner(), 60, wait_seconds=0.1),
    ):
        pytest.fail("another owner holds it")
    assert state.leases.holders(["commit"])["commit"].owner == elsewhere


def test_lock_waits_for_the_holder_to_go(state: State, elsewhere: Owner, new_owner: NewOwner) -> None:
    state.leases.acquire(["commit"], elsewhere, 3600, datetime.now(UTC))
    release = threading.Timer(0.2, state.leases.release, (["commit"], elsewhere))
    release.start()
    owner = new_owner()
    with state.leases.lock("commit", owner, 60, wait_seconds=30):
        assert state.leases.holders(["commit"])["commit"].owner == owner
    release.join()


def test_lock_excludes_threads_of_the_same_owner(state: State, new_owner: NewOwner) -> None:
    owner = new_owner()
    inside = threading.Semaphore(1)
    collisions: list[str] = []
    done: list[int] = []

    def work(number: int) -> None:
        with state.leases.lock("commit", owner, 60, wait_seconds=60):
            if not inside.acquire(blocking=False):
                collisions.append(threading.current_thread().name)
            state.leases.holders(["commit"])
            inside.release()
            done.append(number)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert collisions == []
    assert sorted(done) == list(range(6))


def test_lock_excludes_processes(url: str) -> None:
    State.open(url).close()
    started = [processes.start(processes.count_up, url, "counter", 15) for _ in range(2)]
    for process in started:
        process.join(processes.START_WITHIN_SECONDS)
    with State.open(url) as state:
        assert state.bookmarks.get("counter") == datetime.fromtimestamp(30, UTC)
