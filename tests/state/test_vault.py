"""The table of kept tokens, on both databases."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from forgelake.model.forge_tokens import TokenFacts
from forgelake.state.database import State
from forgelake.state.vault import Sealed, VaultRow
from tests.state.conftest import NOW


@pytest.fixture
def url(sql_url: str) -> str:
    return sql_url


FACTS = TokenFacts(
    "classic", "octocat", ("repo",), NOW + timedelta(days=9), (("e-mail addresses", "user:email"),), ("x",)
)


def _row(number: int, account: str = "local", name: str = "work") -> VaultRow:
    sealed = Sealed("key", "c2VhbGVk", "d3JhcHBlZA==")
    return VaultRow(f"{number:032x}", account, name, "github", "https://api.github.com", "abc", sealed, FACTS, NOW, NOW)


def _add(state: State, *rows: VaultRow) -> None:
    with state.vault.changing() as held:
        for row in rows:
            held.add(row)


def test_a_token_comes_back_as_it_was_kept(state: State) -> None:
    silent = replace(_row(2, name="home"), facts=TokenFacts("token", None), sealed=Sealed("key", "c2VhbGVk"))
    _add(state, _row(1), silent)
    assert state.vault.all("local") == [_row(1), silent]


def test_accounts_see_only_their_own_and_names_are_theirs(state: State) -> None:
    _add(state, _row(1, "anna"), _row(2, "ben"))
    assert [row.id for row in state.vault.all("ben")] == [_row(2).id]
    with pytest.raises(IntegrityError):
        _add(state, _row(3, "anna"))
    assert len(state.vault.all()) == 2


def test_a_change_that_fails_half_way_changes_nothing(state: State) -> None:
    _add(state, _row(1))
    with pytest.raises(IntegrityError):
        _add(state, _row(2, name="home"), _row(1))
    assert state.vault.all() == [_row(1)]


def test_what_the_forge_said_is_noted_and_a_refusal_leaves_the_facts(state: State) -> None:
    _add(state, _row(1))
    later = NOW + timedelta(days=1)
    state.vault.checked(_row(1).id, None, "revoked", later)
    assert state.vault.all() == [replace(_row(1), checked_at=later, refused="revoked")]
    state.vault.checked(_row(1).id, TokenFacts("classic", "dog"), None, later)
    assert state.vault.all() == [replace(_row(1), checked_at=later, facts=TokenFacts("classic", "dog"))]


def test_use_is_noted_only_when_the_last_note_is_old(state: State) -> None:
    _add(state, _row(1))
    for seconds, wanted in ((0, 0), (59, 0), (60, 60)):
        state.vault.used(_row(1).id, NOW + timedelta(seconds=seconds), timedelta(minutes=1))
        assert state.vault.all()[0].last_used_at == NOW + timedelta(seconds=wanted)


def test_what_was_removed_is_gone_and_does_not_come_back_by_a_change(state: State) -> None:
    _add(state, _row(1))
    assert state.vault.remove(_row(1).id)
    assert not state.vault.remove(_row(1).id)
    with state.vault.changing() as held:
        held.put(_row(1))
    assert state.vault.all() == []
