"""Accounts, sessions and the audit log, on both databases."""

import threading
from dataclasses import replace
from datetime import timedelta

import pytest

from forgelake.state.accounts import AccountRow, LoginRow
from forgelake.state.audit import AuditRow
from forgelake.state.database import State
from forgelake.state.notices import DIGEST, FEEDBACK, NoticeRow
from forgelake.state.profiles import ProfileRow
from forgelake.state.sessions import FlowRow, SessionRow
from tests.state.conftest import NOW

HOUR = timedelta(hours=1)


@pytest.fixture
def url(sql_url: str) -> str:
    return sql_url


def account(number: int, name: str = "octocat") -> AccountRow:
    return AccountRow(f"{number:032x}", name, "Octo Cat", is_admin=False, created_at=NOW)


def login(subject: str, account: str = "", called: str = "octocat") -> LoginRow:
    return LoginRow("github", subject, account, called, NOW, NOW)


def session(number: int, account: str = "a") -> SessionRow:
    return SessionRow(f"{number}" * 64, account, "csrf", NOW, NOW, NOW + 2 * HOUR, "Firefox")


def test_a_login_opens_the_same_account_whatever_it_is_called(state: State) -> None:
    first = state.accounts.enter(login("1"), account(1))
    later = replace(login("1", called="renamed"), last_used_at=NOW + HOUR)
    assert first == replace(account(1), last_login_at=NOW)
    assert state.accounts.enter(later, account(2, "renamed")) == replace(first, last_login_at=NOW + HOUR)
    assert [(one.login, one.last_used_at) for one in state.accounts.logins(first.id)] == [("renamed", NOW + HOUR)]
    # Somebody else has taken the name at the provider since.
    other = state.accounts.enter(login("2"), account(2))
    assert (other.id, other.name) == (account(2).id, "octocat-2")


def test_of_two_who_come_for_the_first_time_at_once_each_gets_one_account(state: State) -> None:
    entered: list[AccountRow] = []
    together = threading.Barrier(4)

    def enter(number: int) -> None:
        together.wait(30)
        entered.append(state.accounts.enter(login(str(number % 2)), account(number)))

    threads = [threading.Thread(target=enter, args=(number,)) for number in range(1, 5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len({one.id for one in entered}) == 2
    assert sorted(one.name for one in state.accounts.all()) == ["octocat", "octocat-2"]


def test_a_login_is_added_to_one_account_only_and_the_last_one_stays(state: State) -> None:
    state.accounts.enter(login("1"), account(1))
    state.accounts.enter(login("2"), account(2, "other"))
    assert state.accounts.link(login("3", account(1).id)) == account(1).id
    assert state.accounts.link(login("3", account(2).id)) == account(1).id
    assert not state.accounts.unlink(account(2).id, "github", "3")
    assert state.accounts.unlink(account(1).id, "github", "3")
    assert not state.accounts.unlink(account(1).id, "github", "1")


def test_names_are_unique_and_the_first_administrator_is_the_first(state: State) -> None:
    state.accounts.ensure(replace(account(0, "local"), id="local", is_admin=True))
    state.accounts.ensure(replace(account(0, "again"), id="local"))
    state.accounts.enter(login("1"), account(1))
    state.accounts.enter(login("2"), account(2, "other"))
    assert state.accounts.named("again") is None
    assert not state.accounts.rename(account(2).id, "octocat", "Thief")
    assert state.accounts.rename(account(2).id, "other", "Honest")
    assert state.accounts.become_first_admin(account(2).id, "local")
    assert not state.accounts.become_first_admin(account(1).id, "local")
    state.accounts.hide(account(2).id, NOW)
    found = state.accounts.get(account(2).id)
    assert found is not None
    assert (found.is_admin, found.hidden_at, found.display_name) == (True, NOW, "Honest")
    state.accounts.set_admin(account(2).id, is_admin=False)
    state.accounts.hide(account(2).id, None)
    assert state.accounts.named("other") == replace(found, is_admin=False, hidden_at=None)


def test_sessions_are_an_accounts_own(state: State) -> None:
    for number, whose in ((1, "a"), (2, "a"), (3, "a"), (4, "b")):
        state.sessions.add(session(number, whose), HOUR)
    assert not state.sessions.end("b", session(1).id)
    assert state.sessions.end("a", session(1).sha256)
    assert state.sessions.get(session(1).sha256) is None
    assert state.sessions.end_others("a", session(2).sha256) == 1
    assert [one.sha256 for one in state.sessions.of("a")] == [session(2).sha256]
    assert state.sessions.get(session(4).sha256) == session(4, "b")


@pytest.mark.parametrize("later", [HOUR, 2 * HOUR])
def test_sessions_that_are_over_go_when_another_begins(state: State, later: timedelta) -> None:
    state.sessions.add(session(1), 3 * HOUR)
    state.sessions.add(session(2), 3 * HOUR)
    state.sessions.seen(session(2).sha256, NOW + HOUR)
    now = NOW + later
    state.sessions.add(replace(session(3), created_at=now, seen_at=now), HOUR)
    assert (state.sessions.get(session(2).sha256) is None) == (later == 2 * HOUR)
    assert state.sessions.get(session(1).sha256) is None


def test_a_flow_is_taken_once(state: State) -> None:
    flow = FlowRow("s", "b", "github", "n", "v", "/account", None, NOW + HOUR)
    state.login_flows.add(flow, NOW)
    assert state.login_flows.take("s") == flow
    assert state.login_flows.take("s") is None
    state.login_flows.add(flow, NOW)
    state.login_flows.add(replace(flow, state="t", expires_at=NOW + 2 * HOUR), NOW + HOUR)
    assert state.login_flows.take("s") is None


def test_the_audit_log_has_the_newest_first(state: State) -> None:
    rows = [
        AuditRow(f"{number:032x}", NOW + number * HOUR, "ab"[number % 2], "operator", "hide") for number in range(4)
    ]
    for row in rows:
        state.audit.add(row)
    assert state.audit.newest("b") == [rows[3], rows[1]]
    assert state.audit.newest(most=1) == [rows[3]]


def test_all_rows_of_a_person_are_forgotten_and_overwritten(state: State) -> None:
    for number in (1, 2):
        state.accounts.enter(login(str(number)), account(number, f"planted-{number}"))
        state.sessions.add(session(number, account(number).id), HOUR)
        state.audit.add(AuditRow(f"{number:032x}", NOW, account(number).id, account(1).id, "hide"))
    state.people.forget(account(1).id)
    state.people.scrub()
    assert [one.name for one in state.accounts.all()] == ["planted-2"]
    assert state.accounts.logins(account(1).id) == []
    assert state.sessions.get(session(1).sha256) is None
    assert [(one.account, one.by) for one in state.audit.newest()] == [(account(2).id, "deleted")]


def test_a_profile_and_where_feedback_goes_are_kept_apart(state: State) -> None:
    words = ProfileRow("a", {"name": "A"}, "public", None, in_ranking=True, feedback="", changed_at=NOW)
    asked = ProfileRow("a", {}, "private", None, in_ranking=False, feedback="a@example.org", changed_at=NOW)
    for first, then in ((words, asked), (asked, words)):
        state.profiles.remove("a")
        for row in (first, then):
            (state.profiles.put_feedback if row is asked else state.profiles.put)(replace(row, feedback_key="key"))
        assert state.profiles.get("a") == replace(words, feedback="a@example.org", feedback_key="key")
        assert [row.account for row in state.profiles.with_feedback()] == ["a"]


def test_who_was_told_is_forgotten_with_the_time_and_with_the_person_and_channels_are_not_told_it(state: State) -> None:
    def notice(name: str, account: str | None, event: str) -> NoticeRow:
        return NoticeRow(name, "mail", "2026-W01", event, {}, NOW, account=account)

    state.notices.add([notice("1", "a", FEEDBACK), notice("2", "b", FEEDBACK), notice("3", None, DIGEST)])
    assert ([row.id for row in state.notices.waiting(digests=True)], state.notices.waiting(digests=False)) == (
        ["3"],
        [],
    )
    state.people.forget("a")
    assert [row.id for row in state.notices.about("2026-W01")] == ["2", "3"]
    state.notices.forget_feedback(NOW)
    state.notices.forget_feedback(NOW + HOUR)
    assert [row.id for row in state.notices.about("2026-W01")] == ["3"]
