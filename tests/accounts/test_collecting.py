"""From a token to commits in the lake, at every forge: listed, chosen, collected, and what becomes of it later."""

from datetime import UTC, datetime

from forgelake.accounts.forges import FORGES
from forgelake.accounts.repos.listing import GONE
from forgelake.app.collecting import choices, own_identities
from tests.accounts.places import TOKEN
from tests.accounts.worlds import World
from tests.servers.git_repos import git

PLANTED = ("planted-path", "planted-message", "planted-code", TOKEN)


def test_from_a_token_to_commits_and_requests(world: World) -> None:
    world.at.act()
    listing = world.listed()
    assert (listing.seen, listing.new, listing.faults) == (len(world.at.listed), len(world.at.listed), [])
    assert {(name, one.visibility, one.is_own) for name, one in world.repos().items()} == set(world.at.listed)
    with world.lake.open() as context:
        held = own_identities(context).all()
    assert {one.value for one in held if one.is_verified and one.verified_by == world.at.forge} == world.at.identities
    world.activate()
    done = world.collect(again=True)
    assert (done.changed, done.failed, done.faults) == (1, 0, [])
    sql = "SELECT kind, role, visibility FROM commits ORDER BY kind"
    assert world.lake.query(sql) == [
        ("docs", "author", "private"), ("feat", "author", "private"), ("fix", "co_author", "private"),
    ]  # fmt: skip
    kinds = "SELECT kind, count(DISTINCT contribution_id) FROM contributions GROUP BY ALL ORDER BY 1"
    assert world.lake.query(kinds) == [("merged", 1), ("opened", 2), ("reviewed", 1)]
    one = world.repos()[world.secret]
    assert (one.status, one.message, one.collected_at) == ("up_to_date", None, datetime(2026, 1, 1, 10, tzinfo=UTC))
    assert one.last_commit_at is not None
    assert world.found(PLANTED) == set()
    assert {name.partition("-")[0] for name, _ in world.found((world.at.own, "secret"))} == {"state.db"}


def test_an_unchanged_repository_costs_one_small_request_and_no_fetch(world: World) -> None:
    """At GitHub one query tells of a hundred; elsewhere git's server tells where HEAD is."""
    world.listed()
    world.activate()
    world.collect()
    world.server.forget()
    before, _ = world.asked
    done = world.collect("2026-01-01T10:15:00Z")
    assert (done.changed, done.unchanged) == (0, 1)
    assert (world.asked[0] - before, world.asked[1]) == world.at.asked
    assert world.server.sent < 100
    assert world.repos()[world.secret].checked_at == datetime(2026, 1, 1, 10, 15, tzinfo=UTC)


def test_a_rename_keeps_the_history_and_a_repository_that_is_gone_keeps_its_commits(world: World) -> None:
    world.listed()
    world.activate()
    world.collect()
    key = world.repos()[world.secret].key
    world.move("renamed")
    world.at.rename(world.server.url("One Two/_git/renamed"))
    parent = git(world.repo.folder, "rev-parse", f"{world.repo.tips['main']}~1")
    world.repo.commit({"n.py": "1\n"}, "feat: forced", email=world.at.own, parents=[parent])
    assert world.collect("2026-01-02T11:00:00Z").changed == 1
    renamed = world.repos()[world.at.renamed]
    assert (renamed.key, renamed.status) == (key, "up_to_date")
    assert world.lake.query("SELECT kind, count(DISTINCT repo) FROM commits GROUP BY ALL ORDER BY 1") == [
        ("feat", 1), ("fix", 1),
    ]  # fmt: skip
    world.move("vanished")
    world.at.vanish()
    world.collect("2026-01-02T11:15:00Z")
    lost = world.repos()[world.at.renamed]
    assert (lost.status, str(lost.message).endswith("forgelake accounts repos refresh")) == ("error", True)
    assert world.collect("2026-01-03T12:00:00Z").faults == []
    gone = world.repos()
    assert (gone[world.at.renamed].status, gone[world.at.renamed].message) == ("error", GONE)
    assert [name for name, one in gone.items() if one.gone_at] == [world.at.renamed]
    assert world.lake.query("SELECT count(*) FROM commits") == [(3,)]


def test_a_token_that_was_revoked_is_shown_once_and_each_repository_says_what_to_do(world: World) -> None:
    world.listed()
    both = [name for name, *_ in world.at.listed[:2]]
    world.activate(*both)
    assert world.collect().complete
    world.at.revoke()
    world.server.token = "another"
    done = world.collect("2026-01-01T10:15:00Z")
    repos = world.repos()
    assert [repos[name].status for name in both] == ["error", "error"]
    for name in both:
        assert 'the token "work" is refused or has expired; replace it' in str(repos[name].message)
    assert (done.failed, [TOKEN in fault for fault in done.faults]) == (2, [False] * len(done.faults))
    asked = world.asked
    world.collect("2026-01-03T10:01:00Z", again=True)
    assert world.asked == asked


def test_a_token_that_may_not_read_code_is_kept_and_what_it_needs_is_told(world: World) -> None:
    world.listed()
    world.activate()
    world.server.token = "another"
    world.collect()
    one = world.repos()[world.secret]
    assert (one.status, f'refuses the token "work"; it needs {FORGES[world.at.forge].least}' in str(one.message)) == (
        "error", True,
    )  # fmt: skip
    world.server.token = TOKEN
    assert world.collect("2026-01-01T11:00:00Z").changed == 1


def test_what_is_skipped_is_left_out_and_what_is_deactivated_leaves_the_lake(github: World) -> None:
    many: dict[bytes | str, bytes | str | None] = {f"many/{number}.txt": "1\n" for number in range(201)}
    large = github.repo.commit(many, "feat: large", email=github.at.own)
    github.listed()
    github.activate()
    github.collect()
    one = github.repos()[github.secret]
    assert (one.large, "wait for your decision" in str(one.message)) == ({large: 201}, True)
    with github.lake.open() as context:
        own = choices(context)
        own.decide(github.secret, large[:8], accept=True)
        own.skip(github.secret, ["planted-path/"], [])
    github.collect("2026-01-01T10:15:00Z")
    assert github.lake.query("SELECT is_large, files FROM commits WHERE kind = 'feat'") == [(False, 201)]
    assert (github.repos()[github.secret].large, github.repos()[github.secret].message) == ({}, None)
    with github.lake.open() as context:
        choices(context).deactivate("octocat")
    assert github.lake.query("SELECT count(*) FROM commits") == [(0,)]
    github.activate()
    assert github.collect("2026-01-01T10:30:00Z").changed == 1
    assert github.lake.query("SELECT count(*) FROM commits") == [(3,)]


def test_paths_and_commits_are_left_out_apart_and_a_name_goes_before_an_owner(github: World) -> None:
    github.listed()
    some = ["0" * 40]
    with github.lake.open() as context:
        own = choices(context)
        own.add("https://git.example/octocat")
        assert (own.one("octocat").forge, len(own.named("octocat"))) == ("git", 2)
        for paths, commits in ((["a/"], some), (["b/"], None), (None, [""]), ([""], some)):
            own.skip("octocat", paths, commits)
        left_out = own.one("octocat").skip
        assert (left_out.paths, left_out.commits) == ((), (*some,))
        assert own.skip("octocat", ["c/"], None).skip.commits == (*some,)
        assert own.remove("octocat").forge == "git"
