"""From servers, as little as is needed, with a token that nobody else sees, and nothing is left."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest

from forgelake.model.commits import MinedRepo, Package, in_all
from forgelake.model.errors import ConfigurationError, RetryError, SkipError
from forgelake.sources.git.fetching import fetched
from forgelake.sources.git.isolation import Credentials, Remote
from forgelake.sources.git.mining import mined
from forgelake.sources.git.process import Git, Limits
from tests.servers.git_http import GitServer
from tests.servers.git_repos import ME, OTHER, Repo, git

NOW = datetime(2026, 1, 1, tzinfo=UTC)
GIT = Git.found()
TOKEN = "tok-3n"
OWN = frozenset({ME})


@pytest.fixture(scope="module")
def repo(tmp_path_factory: pytest.TempPathFactory) -> Repo:
    """Much by others, a little by the person, a merge, a rename and a manifest."""
    made = Repo.at(tmp_path_factory.mktemp("served") / "work.git")
    random = Random(1)  # noqa: S311 - noise that does not compress
    for number in range(30):
        made.commit({f"lib/{number}.c": "".join(f"{random.getrandbits(200):x}\n" for _ in range(50))}, email=OTHER)
    made.commit({"app/a.py": "1\n2\n3\n4\n", "app/requirements.txt": "flask\n"}, "feat: a")
    made.commit({"app/a.py": None, "app/b.py": "1\n2\n3\n4\n5\n"}, "refactor: rename")
    base = made.tips["main"]
    made.commit({"side.py": "1\n"}, "fix: side", branch="side", parents=[base])
    made.commit({"lib/1.c": "0\n"}, email=OTHER)
    made.commit({"side.py": "1\n"}, "merge", parents=[made.tips["main"], made.tips["side"]])
    return made


@pytest.fixture
def server(repo: Repo) -> Iterator[GitServer]:
    with GitServer(repo.folder.parent, TOKEN) as started:
        yield started


def remote(server: GitServer, token: str = TOKEN, name: str = "work.git") -> Remote:
    return Remote.at(server.url(name), Credentials(token) if token else None)


def mine(place: Remote, scratch: Path, wanted: frozenset[str] | None = OWN, program: Git = GIT) -> MinedRepo:
    with fetched(program, place, wanted, NOW, scratch) as history:
        found = mined(history, "work", wanted, NOW)
    assert list(scratch.iterdir()) == []
    return found


def numbers(found: MinedRepo) -> dict[str, tuple[int, int, int]]:
    return {
        one.id: (files, added, deleted)
        for one in found.commits
        for files, _, added, deleted in [in_all(one.tallies or ())]
    }


def expected(repo: Repo) -> dict[str, tuple[int, int, int]]:
    own = set(git(repo.folder, "log", "--no-merges", f"--author={ME}", "--format=%H").split())
    return {commit: counts for commit, counts in repo.numstat().items() if commit in own}


def test_own_commits_count_as_in_a_full_clone_for_a_fraction_of_it(
    server: GitServer, repo: Repo, tmp_path: Path
) -> None:
    whole = mine(remote(server), tmp_path, None)
    full, server.sent = server.sent, 0
    found = mine(remote(server), tmp_path)
    assert numbers(found) == expected(repo)
    assert numbers(whole) == repo.numstat()
    assert found.uses == {Package("pypi", "flask")}
    assert found.notes == ()
    assert server.sent < full / 4


def test_of_trees_only_those_of_own_commits_are_fetched(server: GitServer, repo: Repo, tmp_path: Path) -> None:
    with fetched(GIT, remote(server), OWN, NOW, tmp_path) as history:
        held = git(history.folder, "cat-file", "--batch-all-objects", "--batch-check=%(objecttype) %(objectname)")
    every = git(repo.folder, "rev-list", "--objects", "--filter=blob:none", "--filter-provided-objects", "HEAD")
    commits = git(repo.folder, "rev-list", "--count", "HEAD")
    assert held.count("commit ") == int(commits)
    assert 0 < held.count("tree ") < (len(every.splitlines()) - int(commits)) / 2


@pytest.mark.parametrize(
    "refuses", [{"uploadpackfilter.tree.allow": "false"}, {"uploadpack.allowFilter": "false"}], ids=str
)
def test_servers_that_leave_less_out_give_the_same_counts(
    server: GitServer, repo: Repo, tmp_path: Path, refuses: dict[str, str]
) -> None:
    copy = repo.folder.parent / f"{next(iter(refuses))}.git"
    git(repo.folder.parent, "clone", "--quiet", "--bare", str(repo.folder), str(copy))
    git(copy, "config", "uploadpack.allowFilter", "true")
    for key, value in refuses.items():
        git(copy, "config", key, value)
    assert numbers(mine(remote(server, name=copy.name), tmp_path)) == expected(repo)


def test_a_sha256_repository_and_an_empty_one(server: GitServer, repo: Repo, tmp_path: Path) -> None:
    for name, flags in (("long.git", ("--object-format=sha256",)), ("empty.git", ())):
        if not (repo.folder.parent / name).exists():
            made = Repo.at(repo.folder.parent / name, *flags)
            for number in range(6 if flags else 0):
                made.commit({"a.py": f"{number}\n"}, email=ME if number == 2 else OTHER)
    found = mine(remote(server, name="long.git"), tmp_path)
    assert [in_all(one.tallies or ())[2:] for one in found.commits] == [(1, 1)]
    assert mine(remote(server, name="empty.git"), tmp_path).head is None


def test_a_wrong_token_or_none_is_a_fault_of_the_configuration(server: GitServer, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="refuses the token") as refused:
        mine(remote(server, "wr0ng"), tmp_path)
    assert "wr0ng" not in str(refused.value)
    with pytest.raises(ConfigurationError, match="--token-env"):
        mine(remote(server, ""), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_token_does_not_follow_to_another_host(server: GitServer, repo: Repo, tmp_path: Path) -> None:
    with GitServer(repo.folder.parent) as other:
        server.moved["/work.git"] = other.url("work.git/info/refs")
        with pytest.raises(SkipError, match="present address"):
            mine(remote(server), tmp_path)
        assert other.shown == []


def test_what_is_not_there_too_large_or_silent(server: GitServer, tmp_path: Path) -> None:
    with pytest.raises(SkipError, match="no repository"):
        mine(remote(server, name="absent.git"), tmp_path)
    small = replace(GIT, limits=Limits(file_bytes=512))
    with pytest.raises(SkipError, match="max_mb"):
        mine(remote(server), tmp_path, program=small)
    nobody = Remote.at("http://127.0.0.1:1/x.git")
    with pytest.raises(RetryError, match="cannot be reached"):
        mine(nobody, tmp_path)


@pytest.mark.parametrize(
    "url", ["ssh://host/x", "file:///etc", "ext::sh -c x", "https://u:p@host/x", "https://host/x?y=1", "/local"]
)
def test_other_protocols_and_addresses_with_credentials_are_refused(url: str) -> None:
    with pytest.raises(ConfigurationError):
        Remote.at(url)


def test_a_token_goes_over_http_to_this_machine_only() -> None:
    with pytest.raises(ConfigurationError, match="https"):
        Remote.at("http://example.org/x.git", Credentials(TOKEN))


def test_credentials_do_not_show_their_token() -> None:
    assert TOKEN not in repr(Remote.at("https://example.org/x.git", Credentials(TOKEN)))
