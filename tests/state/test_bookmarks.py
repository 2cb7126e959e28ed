"""Bookmarks, on both databases."""

import threading
from datetime import timedelta

from forgelake.state.bookmarks import BookmarkMove
from forgelake.state.database import State
from tests.state.conftest import NOW

HOUR = timedelta(hours=1)


def test_a_source_that_never_began_has_no_bookmark(state: State) -> None:
    assert state.bookmarks.get("gharchive") is None
    assert state.bookmarks.moves("gharchive", 10) == []


def test_a_bookmark_moves_both_ways_and_remembers_how(state: State) -> None:
    state.bookmarks.set("gharchive", NOW, "first", NOW)
    state.bookmarks.set("gharchive", NOW + HOUR, "second", NOW + HOUR)
    state.bookmarks.set("gharchive", NOW - HOUR, "third", NOW + 2 * HOUR)
    state.bookmarks.set("other", NOW, "fourth", NOW)
    assert state.bookmarks.get("gharchive") == NOW - HOUR
    assert state.bookmarks.moves("gharchive", 2) == [
        BookmarkMove("gharchive", NOW - HOUR, NOW + HOUR, "third", NOW + 2 * HOUR),
        BookmarkMove("gharchive", NOW + HOUR, NOW, "second", NOW + HOUR),
    ]
    assert state.bookmarks.moves("gharchive", 9)[-1].previous is None


def test_setting_a_bookmark_where_it_is_leaves_no_trace(state: State) -> None:
    state.bookmarks.set("gharchive", NOW, "first", NOW)
    state.bookmarks.set("gharchive", NOW, "second", NOW + HOUR)
    assert [move.run_id for move in state.bookmarks.moves("gharchive", 10)] == ["first"]


def test_moves_at_the_same_time_form_one_chain(state: State) -> None:
    def move(number: int) -> None:
        for step in range(5):
            state.bookmarks.set("gharchive", NOW + (number * 5 + step) * HOUR, f"run-{number}", NOW)

    threads = [threading.Thread(target=move, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    moves = state.bookmarks.moves("gharchive", 100)
    assert len(moves) == 20
    assert [move.previous for move in moves] == [*(move.position for move in moves[1:]), None]
