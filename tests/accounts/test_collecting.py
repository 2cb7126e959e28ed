"""From a token to commits in the lake: listed, chosen, confirmed, collected, and kept apart from others' accounts."""

import gzip
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from forgelake.accounts.identities import OwnIdentities
from forgelake.accounts.repos.collecting import Gathered, collect_accounts
from forgelake.accounts.repos.listing import Listing, refresh
from forgelake.accounts.vault.tokens import NewToken
from forgelake.app.collecting import accounts_at_work, choices, means, own_identities
from forgelake.app.vault import vault
from forgelake.model.errors import UsageError
from forgelake.model.forge_tokens import TokenFacts
from forgelake.state.account_repos import AccountRepo
from tests.pipelines.lakes import Lake
from tests.servers.git_http import GitServer
from tests.servers.git_repos import Repo, git
from tests.servers.github_account import AccountGitHub, pull
from tests.servers.github_people import Person

TOKEN = "ghp_planted-token"
OWN = "octocat@example.org"
PLANTED = ("planted-path", "planted-message", "planted-code", TOKEN)


@dataclass
class World:
    """A forge with a repository that git can read, and a lake with a token."""

    lake: Lake
    github: AccountGitHub
    server: GitServer
    repo: Repo

    def listed(self, account: str = "local") -> Listing:
        with self.lake.open() as context:
            return refresh(means(context), account, context.clock())

    def collect(self, now: str = "2026-01-01T10:00:00Z", *, again: bool = False) -> Gathered:
        with self.lake.open(FORGELAKE_NOW=now) as context:
            return collect_accounts(means(context), accounts_at_work(context), again=again)

    def activate(self, name: str, account: str = "local") -> None:
        with self.lake.open() as context:
            choices(context, account).activate(name)

    def repos(self, account: str = "local") -> dict[str, AccountRepo]:
        with self.lake.open() as context:
            return {one.name: one for one in context.state.account_repos.of_account(account)}

    def add_token(self, account: str, secret: str) -> None:
        with self.lake.open() as context:
            facts = TokenFacts("classic", "octocat", ("repo",))
            new = NewToken("work", "github", self.github.url, secret, facts)
            vault(context.settings, context.state, account).add(new)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    repo = Repo.at(tmp_path / "served" / "secret.git")
    repo.commit({"planted-path/a.py": "planted-code\n2\n"}, "feat: planted-message", email=OWN)
    repo.commit({"b.py": "1\n"}, "fix: x\n\nCo-authored-by: O <583231+octocat@users.noreply.github.com>")
    repo.commit({"c.py": "1\n"}, "docs: x", email="583231+old@users.noreply.github.com")
    with GitServer(repo.folder.parent, TOKEN) as server, AccountGitHub() as github:
        github.give(TOKEN, Person("octocat", "repo, user:email"))
        made = github.hosts("octocat/secret", server.url("secret.git"), lambda: repo.tips["main"], private=True)
        made.readers = {TOKEN}
        github.hosts("acme/other", server.url("other.git"), lambda: None)
        variables = {
            "FORGELAKE_GITHUB_API_URL": github.url,
            "FORGELAKE_GIT_SCRATCH": str(tmp_path / "scratch"),
            "FORGELAKE_NOW": "2026-01-01T10:00:00Z",
        }
        lake = Lake(tmp_path / "home", (tmp_path / "none").as_uri(), variables)
        found = World(lake, github, server, repo)
        found.add_token("local", TOKEN)
        yield found


def test_from_a_token_to_commits_and_requests(world: World) -> None:
    repo, other = world.github.repos
    world.github.told.pulls = [
        pull(1, repo, "2025-03-01T00:00:00Z", "2025-03-02T00:00:00Z"),
        pull(2, other, "2025-04-01T00:00:00Z"),
        pull(3, repo, "2025-05-01T00:00:00Z"),
    ]
    seen = {"occurredAt": "2025-06-02T00:00:00Z", "pullRequest": pull(4, repo, "2025-06-01T00:00:00Z", author="mona")}
    world.github.told.reviews = [seen, {**seen, "occurredAt": "2025-06-03T00:00:00Z"}]
    world.github.page = 1
    listing = world.listed()
    assert (listing.seen, listing.new, listing.faults) == (2, 2, [])
    assert {name: (one.visibility, one.is_own) for name, one in world.repos().items()} == {
        "octocat/secret": ("private", True), "acme/other": ("public", False),
    }  # fmt: skip
    world.activate("octocat/secret")
    done = world.collect(again=True)
    assert (done.changed, done.failed, done.faults) == (1, 0, [])
    sql = "SELECT kind, role, visibility FROM commits ORDER BY kind"
    assert world.lake.query(sql) == [
        ("docs", "author", "private"), ("feat", "author", "private"), ("fix", "co_author", "private"),
    ]  # fmt: skip
    kinds = "SELECT kind, count(DISTINCT contribution_id) FROM contributions GROUP BY ALL ORDER BY 1"
    assert world.lake.query(kinds) == [("merged", 1), ("opened", 2), ("reviewed", 1)]
    one = world.repos()["octocat/secret"]
    assert (one.status, one.message, one.collected_at) == ("up_to_date", None, datetime(2026, 1, 1, 10, tzinfo=UTC))
    assert one.last_commit_at is not None
    files = [path for path in world.lake.home.rglob("*") if path.is_file()]
    found = {(path.name, word) for path in files for word in PLANTED if word.encode() in _text(path)}
    lake_files = [path for path in files if "lake" in path.parts]
    found |= {(path.name, word) for path in lake_files for word in (OWN, "secret.git") if word.encode() in _text(path)}
    assert found == set()


def test_a_mailmap_of_ones_own_repository_suggests_addresses_that_count_once_confirmed(world: World) -> None:
    lines = "".join(f"Octo <{OWN}> <{one}>\n" for one in ("old@planted.example", "1+o@users.noreply.github.com", "no"))
    world.repo.commit({".mailmap": lines}, "chore: x", email="old@planted.example")
    world.listed()
    world.activate("octocat/secret")
    assert world.collect().changed == 1
    with world.lake.open() as context:
        own = own_identities(context)
        found = {one.value: (one.is_verified, one.suggested_by) for one in own.all() if one.kind == "email"}
        assert found == {OWN: (True, None), "old@planted.example": (False, ".mailmap")}
        before = world.lake.query("SELECT count(*) FROM commits")
        own.trust("old@planted.example")
    world.collect("2026-01-02T11:00:00Z")
    assert [world.lake.query("SELECT count(*) FROM commits"), before] == [[(4,)], [(3,)]]
    files = [path for path in (world.lake.home / "lake").rglob("*") if path.is_file()]
    assert [path for path in files if b"planted.example" in _text(path)] == []


def test_an_unchanged_repository_costs_one_query_for_a_hundred_and_git_nothing(world: World) -> None:
    world.listed()
    world.activate("octocat/secret")
    world.collect()
    world.server.forget()
    before = len(world.github.requests)
    done = world.collect("2026-01-01T10:15:00Z")
    assert (done.changed, done.unchanged, world.server.requests) == (0, 1, 0)
    assert [one.path for one in world.github.requests[before:]] == ["/graphql"]
    assert world.repos()["octocat/secret"].checked_at == datetime(2026, 1, 1, 10, 15, tzinfo=UTC)


def test_a_rename_keeps_the_history_and_a_repository_that_is_gone_keeps_its_commits(world: World) -> None:
    world.listed()
    world.activate("octocat/secret")
    world.collect()
    key = world.repos()["octocat/secret"].key
    world.github.rename("octocat/secret", "octocat/renamed")
    tip = world.repo.tips["main"]
    world.repo.commit(
        {"n.py": "1\n"}, "feat: forced", email=OWN, parents=[git(world.repo.folder, "rev-parse", f"{tip}~1")]
    )
    assert world.collect("2026-01-02T11:00:00Z").changed == 1
    renamed = world.repos()["octocat/renamed"]
    assert (renamed.key, renamed.status) == (key, "up_to_date")
    assert world.lake.query("SELECT kind, count(DISTINCT repo) FROM commits GROUP BY ALL ORDER BY 1") == [
        ("feat", 1), ("fix", 1),
    ]  # fmt: skip
    world.github.repos[0].deleted = True
    world.collect("2026-01-03T12:00:00Z")
    gone = world.repos()["octocat/renamed"]
    assert (gone.status, "does not list it any more" in str(gone.message)) == ("error", True)
    assert world.lake.query("SELECT count(*) FROM commits") == [(3,)]


def test_a_token_that_was_revoked_is_shown_once_and_the_repository_says_what_to_do(world: World) -> None:
    world.listed()
    world.activate("octocat/secret")
    world.github.tokens.pop(TOKEN)
    world.collect("2026-01-01T10:01:00Z", again=True)
    one = world.repos()["octocat/secret"]
    assert (one.status, 'the token "work" is refused' in str(one.message)) == ("error", True)
    asked = len(world.github.requests)
    world.collect("2026-01-03T10:01:00Z", again=True)
    assert (len(world.github.requests), world.server.requests) == (asked, 0)


def test_what_is_skipped_is_left_out_and_what_is_deactivated_leaves_the_lake(world: World) -> None:
    many: dict[bytes | str, bytes | str | None] = {f"many/{number}.txt": "1\n" for number in range(201)}
    large = world.repo.commit(many, "feat: large", email=OWN)
    world.listed()
    world.activate("octocat/secret")
    world.collect()
    one = world.repos()["octocat/secret"]
    assert (one.large, "wait for your decision" in str(one.message)) == ({large: 201}, True)
    with world.lake.open() as context:
        own = choices(context)
        own.decide("octocat/secret", large[:8], accept=True)
        own.skip("octocat/secret", ["planted-path/"], [])
    world.collect("2026-01-01T10:15:00Z")
    assert world.lake.query("SELECT is_large, files FROM commits WHERE kind = 'feat'") == [(False, 201)]
    assert (world.repos()["octocat/secret"].large, world.repos()["octocat/secret"].message) == ({}, None)
    with world.lake.open() as context:
        choices(context).deactivate("octocat")
    assert world.lake.query("SELECT count(*) FROM commits") == [(0,)]
    world.activate("octocat/secret")
    assert world.collect("2026-01-01T10:30:00Z").changed == 1
    assert world.lake.query("SELECT count(*) FROM commits") == [(3,)]


def test_two_accounts_never_hold_the_same_address_and_see_nothing_of_each_other(world: World) -> None:
    world.listed()
    world.activate("octocat/secret")
    world.github.give("other-token", Person("mona", "repo"))
    world.add_token("b" * 32, "other-token")
    faults = world.listed("b" * 32).faults
    assert len(faults) == 2
    assert OWN not in str(faults)
    assert list(world.repos("b" * 32)) == ["acme/other"]
    with world.lake.open() as context:
        other = own_identities(context, "b" * 32)
        assert other.all() == []
        with pytest.raises(UsageError, match="another account"):
            other.trust(OWN)
        with pytest.raises(UsageError, match="no repository"):
            choices(context, "b" * 32).activate("octocat/secret")


def test_codes_are_mailed_expire_and_can_be_guessed_a_few_times_only(world: World) -> None:
    mails = list[str]()
    now = [datetime(2026, 1, 1, tzinfo=UTC)]
    with world.lake.open() as context:
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


def _text(path: Path) -> bytes:
    data = path.read_bytes()
    if data[:2] == b"\x1f\x8b":
        return data + gzip.decompress(data)
    if path.suffix == ".parquet":
        return data + repr(pq.read_table(path).to_pylist()).encode()
    try:
        return data + zlib.decompress(data)
    except zlib.error:
        return data
