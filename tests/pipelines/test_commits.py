"""Commits in the lake: brought up to date, replaced when history changes, and nothing that must not be kept."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from forgelake.app.compose import mining, opened
from forgelake.model.addresses import Addresses
from forgelake.pipelines.commits.collect import Collected, collect_commits, rebuild_commits
from forgelake.pipelines.commits.gather import Place, gathered
from forgelake.settings.loading import load
from forgelake.sources.git.isolation import Credentials, Remote
from tests.pipelines.lakes import Lake, text_of
from tests.servers.git_http import GitServer
from tests.servers.git_repos import ME, OTHER, Repo, git

NOW, LATER = "2026-01-01T10:00:00Z", "2026-01-02T10:00:00Z"
SECRETS = ("planted-path", "planted-message", "planted-code", "planted-token", "planted-repo", "me@example.org")
SUMS = "SELECT count(*), sum(files), sum(lines_added), sum(lines_deleted) FROM "


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path / "home", (tmp_path / "none").as_uri(), _settings(tmp_path))


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    made = Repo.at(tmp_path / "served" / "planted-repo.git")
    made.commit({"x.py": "1\n"}, email=OTHER)
    made.commit({"planted-path/a.py": "planted-code\n2\n", "requirements.txt": "flask\n"}, "feat: planted-message")
    made.commit({"planted-path/a.py": "planted-code\n3\n", "docs/b.md": "1\n"}, "fix: planted-message")
    return made


@pytest.fixture
def server(repo: Repo) -> Iterator[GitServer]:
    with GitServer(repo.folder.parent, "planted-token") as started:
        yield started


def _settings(folder: Path) -> dict[str, str]:
    return {"FORGELAKE_GIT_SCRATCH": str(folder / "scratch"), "FORGELAKE_FORGES_PRIVATE_NETWORKS": "127.0.0.0/8"}


def collect(lake: Lake, place: Place, now: str = NOW, *emails: str) -> Collected:
    with lake.open(FORGELAKE_NOW=now) as context:
        return collect_commits(context, mining(context.settings, Addresses.of(emails or [ME])), [place])


def ids(lake: Lake) -> set[str]:
    return {row[0] for row in lake.query("SELECT commit_id FROM commits")}


def test_rows_are_the_persons_commits_with_gits_own_numbers(lake: Lake, repo: Repo) -> None:
    assert collect(lake, repo.folder).commits == 2
    assert lake.query(SUMS + "commits") == lake.query(
        "SELECT count(DISTINCT commit_id), sum(files), sum(lines_added), sum(lines_deleted) FROM commit_languages"
    )
    assert lake.query(SUMS + "commits") == [(2, 4, 5, 1)]
    assert lake.query("SELECT kind FROM commits ORDER BY authored_at") == [("feat",), ("fix",)]
    assert lake.query("SELECT commit_id, ecosystem, package FROM commit_packages ORDER BY ALL") == [
        (git(repo.folder, "rev-parse", "HEAD~1"), "pypi", "flask"), (None, "pypi", "flask"),
    ]  # fmt: skip


def test_an_unchanged_repository_costs_one_request_and_no_commit(lake: Lake, server: GitServer) -> None:
    place = Remote.at(server.url("planted-repo.git"), Credentials("planted-token"))
    assert collect(lake, place).changed == 1
    server.forget()
    again = collect(lake, place, LATER)
    assert (again.changed, again.unchanged, server.requests) == (0, 1, 1)


def test_only_new_commits_are_fetched_and_the_rest_is_kept(lake: Lake, repo: Repo, server: GitServer) -> None:
    place = Remote.at(server.url("planted-repo.git"), Credentials("planted-token"))
    collect(lake, place)
    before = ids(lake)
    new = repo.commit({"c.go": "1\n"}, "test: c")
    assert collect(lake, place, LATER).commits == 3
    assert ids(lake) == {*before, new}
    assert lake.query("SELECT count(*), count(DISTINCT day) FROM commits") == [(3, 1)]
    assert lake.query("SELECT package FROM commit_packages WHERE commit_id IS NULL") == [("flask",)]


def test_commits_that_were_taken_back_leave_no_row(lake: Lake, repo: Repo) -> None:
    collect(lake, repo.folder)
    gone = repo.tips["main"]
    forced = repo.commit({"a.py": "1\n"}, "feat: instead", parents=[git(repo.folder, "rev-parse", f"{gone}~1")])
    collect(lake, repo.folder, LATER)
    assert gone not in ids(lake)
    assert forced in ids(lake)


def test_an_address_that_is_added_later_brings_its_commits(lake: Lake, repo: Repo) -> None:
    collect(lake, repo.folder)
    assert collect(lake, repo.folder, LATER, ME, OTHER).commits == 3
    assert len(ids(lake)) == 3


def test_the_same_again_and_a_rebuild_give_the_same_rows(lake: Lake, repo: Repo) -> None:
    collect(lake, repo.folder)
    repo.commit({"c.go": "1\n"})
    collect(lake, repo.folder, LATER)
    rows = [lake.rows(name) for name in ("commits", "commit_languages", "commit_packages")]
    with lake.open(FORGELAKE_NOW=LATER) as context:
        today = context.clock().date()
        assert rebuild_commits(context, today - timedelta(days=9), today) == 1
    assert [lake.rows(name) for name in ("commits", "commit_languages", "commit_packages")] == rows


def test_a_repository_that_fails_is_a_gap_in_the_ledger_and_keeps_its_rows(lake: Lake, repo: Repo) -> None:
    collect(lake, repo.folder)
    (repo.folder / "HEAD").unlink()
    assert not collect(lake, repo.folder, LATER).complete
    assert len(ids(lake)) == 2
    failed = collect(lake, repo.folder.parent / "absent", LATER)
    assert "no folder" in failed.failures[0].reason
    assert lake.query("SELECT status FROM slices ORDER BY 1") == [("failed",), ("received",)]


def test_nobody_else_sees_rows_of_private_repositories(lake: Lake, repo: Repo) -> None:
    collect(lake, repo.folder)
    with lake.open() as context:
        snapshot = context.lake.now()
        with snapshot.session() as own:
            assert own.run("SELECT count(*) FROM commits").read_all().to_pydict() == {"count_star()": [2]}
    chosen = load(lake.environ, lake.home.parent)
    with opened(chosen, private=False) as context, context.lake.now().session() as public:
        assert public.run("SELECT count(*) FROM commits").read_all().to_pydict() == {"count_star()": [0]}


def test_nothing_that_is_written_holds_a_path_a_message_code_an_address_or_a_token(
    lake: Lake, repo: Repo, server: GitServer, tmp_path: Path
) -> None:
    place = Remote.at(server.url("planted-repo.git"), Credentials("planted-token"))
    collect(lake, place)
    repo.commit({"planted-path/new.py": "planted-code\n"}, "docs: planted-message")
    collect(lake, place, LATER)
    collect(lake, repo.folder, LATER)
    assert len(ids(lake)) == 3
    files = [path for folder in (lake.home, tmp_path / "scratch") for path in folder.rglob("*") if path.is_file()]
    assert len(files) > 10
    found = {(path.name, word) for path in files for word in SECRETS if word.encode() in text_of(path)}
    assert found == set()


def test_a_server_in_a_network_that_is_not_allowed_is_asked_nothing(tmp_path: Path, server: GitServer) -> None:
    guarded = Lake(tmp_path / "guarded", (tmp_path / "none").as_uri(), _settings(tmp_path))
    place = Remote.at(server.url("planted-repo.git"), Credentials("planted-token"))
    with guarded.open(FORGELAKE_NOW=NOW, FORGELAKE_FORGES_PRIVATE_NETWORKS="10.0.0.0/8") as context:
        asked = mining(context.settings, Addresses.of([ME]))
        done = collect_commits(context, asked, [place])
    assert "no public address" in done.failures[0].reason
    assert "forges.private_networks" in gathered(asked, [place])[1][0].reason
    assert server.requests == 0
