"""The table of API keys, on both databases."""

import threading
from datetime import timedelta

from forgelake.state.api_keys import ApiKeyRow
from forgelake.state.database import State
from tests.state.conftest import NOW

MINUTE = timedelta(minutes=1)


def _key(number: int, name: str = "laptop") -> ApiKeyRow:
    digest = f"{number:064x}"
    return ApiKeyRow(digest[-12:], digest, name, ("read", "sql"), NOW, NOW + timedelta(days=number))


def test_a_key_comes_back_as_it_was_kept(state: State) -> None:
    assert state.api_keys.add(_key(1))
    assert state.api_keys.by_hash(_key(1).sha256) == _key(1)
    assert state.api_keys.by_hash("0" * 64) is None
    assert state.api_keys.all() == [_key(1)]


def test_no_two_live_keys_share_a_name(state: State) -> None:
    assert state.api_keys.add(_key(1))
    assert not state.api_keys.add(_key(2))
    assert state.api_keys.revoke(_key(1).id, NOW)
    assert state.api_keys.add(_key(2))
    assert not state.api_keys.revoke(_key(1).id, NOW)


def test_of_keys_made_with_one_name_at_the_same_instant_one_is_kept(state: State) -> None:
    kept: list[bool] = []
    together = threading.Barrier(4)

    def add(number: int) -> None:
        together.wait(30)
        kept.append(state.api_keys.add(_key(number)))

    threads = [threading.Thread(target=add, args=(number,)) for number in range(1, 5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(kept) == [False, False, False, True]


def test_use_is_noted_only_when_the_last_note_is_old(state: State) -> None:
    state.api_keys.add(_key(1))
    for seconds, wanted in ((0, 0), (59, 0), (60, 60)):
        state.api_keys.used(_key(1).id, NOW + timedelta(seconds=seconds), MINUTE)
        assert state.api_keys.all()[0].last_used_at == NOW + timedelta(seconds=wanted)
