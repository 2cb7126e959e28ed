"""The state of long answers, on all three databases."""

import threading
from dataclasses import replace
from datetime import timedelta

import pytest

from forgelake.state.answers import AnswerRow, AnswerState, Bounds, FullError
from forgelake.state.database import State
from tests.state.conftest import NOW

LATER = NOW + timedelta(hours=1)
ANY = Bounds(queue=100, per_client=100)


def row(id_: str, question: str = "q", *, by: str = "somebody", state: AnswerState = AnswerState.QUEUED) -> AnswerRow:
    """An answer as it is when asked for."""
    return AnswerRow(
        id_, question, "events", "d", {"from": "2016-01-01T00:00:00Z"}, "duckdb", "s", "all", by, state, NOW
    )


def test_a_question_is_kept_as_it_was_asked(state: State) -> None:
    assert state.answers.is_empty()
    asked = row("1")
    assert state.answers.ask(asked, ANY) == asked
    assert state.answers.get("1") == asked
    assert not state.answers.is_empty()
    state.answers.remove("1")
    assert state.answers.get("1") is None
    assert state.answers.is_empty()


def test_the_same_question_has_the_same_answer_while_it_is_under_way_or_made_from_the_same(state: State) -> None:
    state.answers.ask(row("1"), ANY)
    assert state.answers.ask(replace(row("2"), snapshot="newer"), ANY).id == "1"
    assert state.answers.ask(row("3", "another"), ANY).id == "3"
    state.answers.change("1", lambda one: replace(one, state=AnswerState.DONE, expires_at=LATER))
    assert state.answers.ask(row("4"), ANY).id == "1"
    assert state.answers.ask(replace(row("5"), snapshot="newer"), ANY).id == "5"
    assert state.answers.ask(replace(row("6"), question="q2"), ANY).id == "6"
    assert [one.id for one in state.answers.all_rows()] == ["1", "3", "5", "6"]


@pytest.mark.parametrize("changed", [{"shown": "less"}, {"created_at": LATER}], ids=["hidden since", "expired"])
def test_an_answer_that_nobody_may_have_any_more_is_made_anew(state: State, changed: dict[str, object]) -> None:
    state.answers.ask(row("1"), ANY)
    state.answers.change("1", lambda one: replace(one, state=AnswerState.DONE, expires_at=LATER))
    values: dict[str, object] = {**changed}
    asked = replace(row("2"), **values)  # type: ignore[arg-type]
    assert state.answers.ask(asked, ANY).id == "2"


@pytest.mark.parametrize("over", [AnswerState.FAILED, AnswerState.CANCELLED, AnswerState.EXPIRED])
def test_what_came_to_nothing_is_asked_anew(state: State, over: AnswerState) -> None:
    state.answers.ask(row("1"), ANY)
    state.answers.change("1", lambda one: replace(one, state=over))
    assert state.answers.ask(row("2"), ANY).id == "2"


def test_no_more_are_taken_than_may_be_under_way(state: State) -> None:
    bounds = Bounds(queue=2, per_client=1)
    state.answers.ask(row("1", "a", by="a"), bounds)
    with pytest.raises(FullError, match=r"answers\.per_client") as refused:
        state.answers.ask(row("2", "b", by="a"), bounds)
    assert refused.value.own
    state.answers.ask(row("2", "b", by="b"), bounds)
    with pytest.raises(FullError, match=r"answers\.queue") as refused:
        state.answers.ask(row("3", "c", by="c"), bounds)
    assert not refused.value.own
    assert state.answers.ask(row("3", "b", by="c"), bounds).id == "2"
    state.answers.change("1", lambda one: replace(one, state=AnswerState.DONE))
    assert state.answers.ask(row("3", "c", by="a"), bounds).id == "3"


def test_a_change_is_made_only_of_what_it_expects(state: State) -> None:
    state.answers.ask(row("1"), ANY)
    begun = state.answers.change("1", lambda one: replace(one, state=AnswerState.RUNNING, attempt="x", share=0.25))
    assert begun == state.answers.get("1")
    assert state.answers.change("1", lambda one: None if one.attempt == "x" else one) is None
    assert state.answers.get("1") == begun
    assert state.answers.change("2", lambda one: one) is None


def test_two_who_ask_the_same_at_once_get_one_answer(state: State) -> None:
    got = list[str]()
    threads = [
        threading.Thread(target=lambda number=number: got.append(state.answers.ask(row(str(number)), ANY).id))
        for number in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(got) == 4
    assert len(set(got)) == 1
    assert [one.id for one in state.answers.all_rows()] == [got[0]]
