"""Budgets, version marks and the latest slices of an origin, on both databases."""

from dataclasses import replace
from datetime import timedelta

from forgelake.model.slices import Receipt, SliceKey, SliceStatus
from forgelake.state.budgets import Budget
from forgelake.state.database import State
from forgelake.state.validators import Validator
from tests.state.conftest import NOW

HOUR = timedelta(hours=1)
SPENT = Budget("api.github.com", "0123456789ab", "core", NOW, allowance=60, remaining=2, reset_at=NOW + HOUR)


def test_a_budget_is_kept_as_it_was_said_last(state: State) -> None:
    assert state.budgets.of_token("api.github.com", "0123456789ab") == {}
    state.budgets.put(SPENT)
    blocked = replace(SPENT, remaining=1, blocked_until=NOW + HOUR, refusals=2, seen_at=NOW + HOUR)
    other = replace(SPENT, token="anonymous")
    for budget in (blocked, other):
        state.budgets.put(budget)
    assert state.budgets.of_token("api.github.com", "0123456789ab") == {"core": blocked}
    assert state.budgets.all_rows() == [blocked, other]


def test_a_budget_tells_when_requests_may_be_made() -> None:
    assert SPENT.free_at(2, NOW) == NOW
    assert SPENT.free_at(3, NOW) == NOW + HOUR
    assert SPENT.free_at(3, NOW + 2 * HOUR) == NOW + 2 * HOUR
    assert replace(SPENT, blocked_until=NOW + 2 * HOUR).free_at(1, NOW) == NOW + 2 * HOUR
    assert replace(SPENT, remaining=None).free_at(9, NOW) == NOW
    assert (SPENT.left(NOW), SPENT.left(NOW + HOUR)) == (2, None)


def test_version_marks_are_kept_by_token_and_url(state: State) -> None:
    mark = Validator('W/"1"', NOW + HOUR)
    state.validators.put("a", "https://x/1", Validator('W/"0"', None), NOW)
    state.validators.put("a", "https://x/1", mark, NOW)
    assert state.validators.get("a", "https://x/1") == mark
    assert state.validators.get("b", "https://x/1") is None
    assert state.validators.get("a", "https://x/2") is None


def test_the_latest_slices_of_an_origin_are_those_with_bytes(state: State) -> None:
    def receipt(number: int, origin: str) -> Receipt:
        at = NOW + number * HOUR
        key = SliceKey("github", f"poll-{number}", origin)
        return Receipt(key, at, at + HOUR, f"landing/{number}", "http://x", None, "00", 1, at)

    for number in range(3):
        state.ledger.landed(receipt(number, "here"), NOW)
        state.ledger.landed(receipt(number + 10, "there"), NOW)
    gap = SliceKey("github", "poll-2-gap", "here")
    state.ledger.asked(gap, NOW + 5 * HOUR, NOW + 6 * HOUR, SliceStatus.MISSING, "lost", NOW)

    def names(**how: object) -> list[str]:
        return [row.name for row in state.ledger.latest("github", "here", **how)]  # type: ignore[arg-type]

    assert names() == ["poll-2"]
    assert names(limit=9) == ["poll-2", "poll-1", "poll-0"]
    assert names(before=NOW + 2 * HOUR) == ["poll-1"]
    assert names(before=NOW) == []
