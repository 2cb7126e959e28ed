"""Whose addresses are whose: told by forges, suggested by a mailmap, confirmed by codes, and never of two accounts."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from forgelake.accounts.identities import OwnIdentities
from forgelake.app.collecting import choices, own_identities
from forgelake.model.errors import UsageError
from tests.accounts.places import OnGitHub
from tests.accounts.worlds import World
from tests.servers.github_people import Person


def test_a_mailmap_of_ones_own_repository_suggests_addresses_that_count_once_confirmed(github: World) -> None:
    lines = "".join(
        f"Octo <{github.at.own}> <{one}>\n" for one in ("old@planted.example", "1+o@users.noreply.github.com", "no")
    )
    github.repo.commit({".mailmap": lines}, "chore: x", email="old@planted.example")
    github.listed()
    github.activate()
    assert github.collect().changed == 1
    with github.lake.open() as context:
        own = own_identities(context)
        found = {one.value: (one.is_verified, one.suggested_by) for one in own.all() if one.kind == "email"}
        assert found == {github.at.own: (True, None), "old@planted.example": (False, ".mailmap")}
        before = github.lake.query("SELECT count(*) FROM commits")
        own.trust("old@planted.example")
    github.collect("2026-01-02T11:00:00Z")
    assert [github.lake.query("SELECT count(*) FROM commits"), before] == [[(4,)], [(3,)]]
    assert github.found(["planted.example"], "lake") == set()


def test_what_was_removed_does_not_come_back_until_it_is_taken_back(github: World) -> None:
    suggested, account = "old@planted.example", "github.com/583231"
    github.repo.commit({".mailmap": f"Octo <{github.at.own}> <{suggested}>\n"}, "chore: x", email=suggested)
    github.listed()
    github.activate()
    github.collect()

    def own(act: Callable[[OwnIdentities], None] = lambda _: None) -> dict[str, tuple[bool, bool]]:
        """Whether each is verified, and whether it is removed."""
        with github.lake.open() as context:
            act(identities := own_identities(context))
            return {one.value: (one.is_verified, one.removed_at is not None) for one in identities.all()}

    own(lambda identities: identities.remove(suggested))
    github.repo.commit({"new.py": "1\n"}, "feat: new", email=github.at.own)
    assert github.collect("2026-01-01T10:15:00Z").changed == 1
    everything = (suggested, account, github.at.own)
    assert own() == {suggested: (False, True), account: (True, False), github.at.own: (True, False)}
    for value in everything:
        own(lambda identities, value=value: identities.remove(value))
    assert github.collect("2026-01-02T11:00:00Z").faults == []
    assert own() == dict.fromkeys(everything, (False, True))
    for value in everything:
        own(lambda identities, value=value: identities.restore(value))
    assert own() == {suggested: (False, False)}
    github.collect("2026-01-03T12:00:00Z")
    assert own() == {suggested: (False, False), account: (True, False), github.at.own: (True, False)}
    with pytest.raises(UsageError, match="was not removed"):
        own(lambda identities: identities.restore(account))
    own(lambda identities: identities.remove(suggested))
    own(lambda identities: identities.trust(suggested))
    assert own()[suggested] == (True, False)


def test_two_accounts_never_hold_the_same_address_and_see_nothing_of_each_other(github: World) -> None:
    assert isinstance(github.at, OnGitHub)
    github.listed()
    github.activate()
    github.at.server.give("other-token", Person("mona", "repo"))
    github.add_token("b" * 32, "other-token")
    faults = github.listed("b" * 32).faults
    assert len(faults) == 2
    assert github.at.own not in str(faults)
    assert list(github.repos("b" * 32)) == ["acme/other"]
    with github.lake.open() as context:
        other = own_identities(context, "b" * 32)
        assert other.all() == []
        with pytest.raises(UsageError, match="another account"):
            other.trust(github.at.own)
        with pytest.raises(UsageError, match="no repository"):
            choices(context, "b" * 32).activate(github.secret)


def test_codes_are_mailed_expire_and_can_be_guessed_a_few_times_only(github: World) -> None:
    mails = list[str]()
    now = [datetime(2026, 1, 1, tzinfo=UTC)]
    with github.lake.open() as context:
        held = context.state.identities
        own = OwnIdentities(held, "local", lambda to, _, text: mails.append(f"{to} {text}"), lambda: now[0])
        own.ask("New@Example.org")
        code = mails[0].partition("code is ")[2][:8]
        for _ in range(5):
            with pytest.raises(UsageError, match="not the code"):
                own.confirm("new@example.org", "00000000" if code != "00000000" else "1")
        with pytest.raises(UsageError, match="no code is waited for"):
            own.confirm("new@example.org", code)
        own.remove("new@example.org")
        assert own.all() == []
        own.ask("new@example.org")
        code = mails[1].partition("code is ")[2][:8]
        own.confirm("new@example.org", code)
        assert [(one.value, one.verified_by) for one in own.all()] == [("new@example.org", "mail")]
        for number in range(3):
            own.ask(f"more{number}@example.org")
        with pytest.raises(UsageError, match="mailed today"):
            own.ask("last@example.org")
