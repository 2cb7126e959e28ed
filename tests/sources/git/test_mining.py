"""Counts are git's own, of any history."""

from collections.abc import Container
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from threading import Semaphore

import pytest

from forgelake.model.addresses import Addresses
from forgelake.model.commits import CommitKind, MinedRepo, Package, in_all
from forgelake.model.errors import ConfigurationError, RetryError, SkipError
from forgelake.sources.git.history import History
from forgelake.sources.git.mining import mined
from forgelake.sources.git.process import Git, Limits
from tests.servers.git_repos import ME, OTHER, Repo, git

NOW = datetime(2026, 1, 1, tzinfo=UTC)
GIT = Git.found()


def mine(folder: Path, emails: Container[str] | None = None, spare: int = 0) -> MinedRepo:
    return mined(replace(History.at(GIT, folder), spare=Semaphore(spare)), "repo", emails, NOW)


def numbers(repo: MinedRepo) -> dict[str, tuple[int, int, int]]:
    found = {}
    for commit in repo.commits:
        files, _, added, deleted = in_all(commit.tallies or ())
        found[commit.id] = (files, added, deleted)
    return found


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> Repo:
    """A history with everything that has broken a tool before."""
    repo = Repo.at(tmp_path_factory.mktemp("odd") / "odd.git")
    repo.commit({"a.py": "1\n2\n3\n", "b.bin": b"\0\1\2", 'c\td\n"e.py': "x\n", b"\xff\xfe.c": "y\n"}, "feat: begin")
    repo.commit({"a.py": "1\n2\n4\n", "b.bin": b"\0\1\3"}, "fix: it")
    repo.commit({"a.py": None, "moved/a b.py": "1\n2\n4\n"}, "refactor: move")
    repo.commit({"utf16.txt": "a\nb\n".encode("utf-16"), "crlf.txt": "a\r\nb\r\n"}, "docs: texts")
    repo.commit({"crlf.txt": "a\nb\n", ".gitattributes": "*.py binary\n*.c -diff\n"}, "chore: line ends")
    repo.commit({"moved/a b.py": "1\n2\n4\n5\n", b"\xff\xfe.c": "z\n"}, "tests: attributes do not count")
    repo.commit({}, "ci: nothing at all")
    repo.commit({"other.py": "1\n"}, email=OTHER)
    base = repo.tips["main"]
    repo.commit({"side.py": "1\n2\n"}, "feat: side", branch="side", parents=[base])
    repo.commit({"main.py": "1\n"}, "feat: main")
    repo.commit({"evil.py": "1\n"}, "merge", parents=[repo.tips["main"], repo.tips["side"]])
    repo.commit({"late.py": "1\n"}, "feat: in 2100", date="4102444800 +0000")
    repo.commit({"early.py": "1\n"}, "feat: in 1970", date="0 +0000")
    tree, tip = repo.tree(repo.tips["main"]), repo.tips["main"]
    for author in (
        b"A <me@example.org> garbage",
        b"A <me@example.org> 99999999999999999999 --700",
        b"A",
        b"A <<x> <me@example.org> 5 +0000",
    ):
        body = (
            f"tree {tree}\nparent {tip}\nauthor ".encode()
            + author
            + b"\ncommitter C <c> 1700000000 +051800\n\nfeat: \xe9\n"
        )
        tip = repo.write_commit(body)
    git(repo.folder, "update-index", "--add", "--cacheinfo", f"160000,{base},sub")
    with_submodule = git(repo.folder, "write-tree")
    when = "1700000000 +0000"
    head = f"tree {with_submodule}\nparent {tip}\nauthor A <{ME}> {when}\ncommitter C <c> {when}\n\nsub\n"
    repo.write_commit(head.encode())
    return repo


def test_counts_are_gits_own_of_every_commit(odd: Repo) -> None:
    repo = mine(odd.folder)
    assert numbers(repo) == odd.numstat()
    assert (len(repo.commits), repo.merges) == (17, 1)


def test_only_the_persons_commits_are_mined(odd: Repo) -> None:
    repo = mine(odd.folder, Addresses.of(["ME@example.org"]))
    emails = git(odd.folder, "log", "--no-merges", "--format=%H %ae").splitlines()
    assert [commit.id for commit in repo.commits] == [line[:40] for line in emails if line.endswith(f" {ME}")]


@pytest.mark.parametrize("spare", [0, 1])
@pytest.mark.parametrize("others", [-20, 3])
def test_what_is_theirs_counts_alike_among_many_and_among_few_from_one_end_and_from_both(
    odd: Repo, monkeypatch: pytest.MonkeyPatch, others: int, spare: int
) -> None:
    at_once = mine(odd.folder, [ME])
    monkeypatch.setattr("forgelake.sources.git.mining._MANY_OTHERS", others)
    assert mine(odd.folder, [ME], spare) == at_once


def test_a_file_that_is_looked_into_is_looked_into_as_it_was_last_from_whichever_end(tmp_path: Path) -> None:
    repo = Repo.at(tmp_path / "headers.git")
    repo.commit({"plain.h": "int a;\n", "gone.h": "#include <vector>\nclass A {};\n"}, email=ME)
    repo.commit({"plain.h": "#include <string>\nclass B : public A {};\n"}, email=ME)
    repo.commit({"gone.h": None}, email=ME)
    for _ in range(20):
        repo.commit({}, email=ME)
    found = [mine(repo.folder, spare=spare) for spare in (0, *[1] * 6)]
    tallies = [tally for commit in found[0].commits for tally in commit.tallies or ()]
    assert {tally.of.language for tally in tallies} == {"C++"}
    assert all(one == found[0] for one in found)


def test_commits_have_their_kind_and_believable_times(odd: Repo) -> None:
    commits = mine(odd.folder).commits
    assert commits[-1].kind is CommitKind.FEAT
    assert {commit.kind for commit in commits} == set(CommitKind)
    assert all(commit.authored_at is None or 1970 <= commit.authored_at.year <= 2026 for commit in commits)


def test_a_clone_with_a_work_tree_counts_like_a_bare_one(odd: Repo, tmp_path: Path) -> None:
    git(tmp_path, "clone", "--quiet", str(odd.folder), "clone")
    git(tmp_path / "clone", "config", "diff.algorithm", "patience")
    for key, value in {"diff.renames": "false", "log.diffMerges": "separate", "log.showRoot": "false"}.items():
        git(tmp_path / "clone", "config", key, value)
    assert numbers(mine(tmp_path / "clone")) == odd.numstat()


def test_the_default_branch_is_counted_whatever_is_checked_out(odd: Repo, tmp_path: Path) -> None:
    git(tmp_path, "clone", "--quiet", str(odd.folder), "clone")
    git(tmp_path / "clone", "checkout", "--quiet", "-b", "elsewhere", "HEAD~5")
    assert mine(tmp_path / "clone").head == odd.tips["main"]


def test_a_sha256_repository(tmp_path: Path) -> None:
    repo = Repo.at(tmp_path / "r.git", "--object-format=sha256")
    repo.commit({"a.py": "1\n2\n"})
    found = mine(repo.folder)
    assert numbers(found) == repo.numstat()
    assert len(found.commits[0].id) == 64


def test_an_empty_repository_has_no_commits_and_says_so(tmp_path: Path) -> None:
    found = mine(Repo.at(tmp_path / "r.git").folder)
    assert (found.head, found.commits, found.notes) == (None, (), ("it holds no commit",))


def test_the_oldest_commit_of_a_shallow_clone_is_not_charged_with_everything(odd: Repo, tmp_path: Path) -> None:
    git(tmp_path, "clone", "--quiet", "--depth=3", odd.folder.as_uri(), "clone")
    found = mine(tmp_path / "clone")
    known = odd.numstat()
    assert len(found.commits) == 3
    assert found.commits[-1].tallies is None
    assert all(numbers(found)[commit.id] == known[commit.id] for commit in found.commits[:-1])
    assert any("shallow" in note for note in found.notes)


@pytest.mark.parametrize("spare", [0, 1])
def test_commits_whose_objects_are_missing_cost_only_themselves(tmp_path: Path, spare: int) -> None:
    repo = Repo.at(tmp_path / "r.git")
    for number in range(6):
        repo.commit({"a.py": f"{number}\n" * (number + 1)})
    git(repo.folder, "unpack-objects", "-q", given=b"", check=False)
    blob = git(repo.folder, "rev-parse", "HEAD~2:a.py")
    known = repo.numstat()
    _loose(repo)
    (repo.folder / "objects" / blob[:2] / blob[2:]).unlink()
    found = mine(repo.folder, spare=spare)
    assert [commit.tallies is None for commit in found.commits] == [False, True, True, False, False, False]
    assert all(numbers(found)[one.id] == known[one.id] for one in found.commits if one.tallies is not None)
    assert found.notes[0].startswith("the lines of 2 commits")


def _loose(repo: Repo) -> None:
    for pack in list((repo.folder / "objects" / "pack").glob("*.pack")):
        data = pack.read_bytes()
        for file in pack.parent.glob(f"{pack.stem}.*"):
            file.chmod(0o600)
            file.unlink()
        git(repo.folder, "unpack-objects", "-q", given=data)


def test_hooks_helpers_and_settings_of_a_clone_are_not_run(tmp_path: Path) -> None:
    repo = Repo.at(tmp_path / "r.git")
    repo.commit({"a.py": "1\n"})
    for key in ("core.fsmonitor", "core.pager", "diff.external", "gpg.program", "diff.x.textconv", "core.sshCommand"):
        git(repo.folder, "config", key, f"touch {tmp_path}/ran; false")
    git(repo.folder, "config", "log.showSignature", "true")
    (repo.folder / "info" / "attributes").write_text("*.py diff=x\n")
    assert numbers(mine(repo.folder)) == {repo.tips["main"]: (1, 1, 0)}
    assert not (tmp_path / "ran").exists()


def test_a_folder_that_is_no_repository(tmp_path: Path) -> None:
    Repo.at(tmp_path / "r.git")
    (tmp_path / "r.git" / "inside").mkdir()
    for folder in (tmp_path, tmp_path / "absent", tmp_path / "r.git" / "inside"):
        with pytest.raises(SkipError, match=r"git repository|no folder"):
            History.at(GIT, folder)


def test_git_is_ended_when_its_time_is_over(tmp_path: Path) -> None:
    endless = tmp_path / "git"
    endless.write_text("#!/bin/sh\nexec sleep 60\n", encoding="utf-8")
    endless.chmod(0o755)
    slow = Git(endless, GIT.version, Limits(seconds=0.1))
    with pytest.raises(RetryError, match="timeout_seconds"):
        slow.run(["version"])


def test_a_program_that_is_not_there() -> None:
    with pytest.raises(ConfigurationError, match=r"git\.program"):
        Git.found("no-such-git")


def test_files_whose_paths_leave_the_language_open_are_looked_into_as_they_are_last(tmp_path: Path) -> None:
    repo = Repo.at(tmp_path / "r.git")
    repo.commit({"a.h": "int f(void);\n", "b.h": "int g(void);\n", "run": "#!/bin/sh\n", "a.py": "1\n"})
    repo.commit({"a.h": "#include <vector>\nint f(void);\n", "gone.m": "% what it is for\n"}, email=OTHER)
    repo.commit({"run": None, "gone.m": None, "moved.h": "int g(void);\n", "b.h": None})

    def languages(found: MinedRepo) -> list[dict[str | None, int]]:
        return [{tally.of.language: tally.files for tally in one.tallies or ()} for one in found.commits]

    last = {"Shell": 1, "MATLAB": 1, "C": 1}
    first = {"C++": 1, "C": 1, "Shell": 1, "Python": 1}
    assert languages(mine(repo.folder)) == [last, {"C++": 1, "MATLAB": 1}, first]
    assert languages(mine(repo.folder, [ME])) == [last, {"C": 2, "Shell": 1, "Python": 1}]
    repo.commit({".gitattributes": "*.h linguist-language=Objective-C\n"})
    assert languages(mine(repo.folder, [ME]))[-1] == {"Objective-C": 2, "Shell": 1, "Python": 1}


def test_packages_are_added_by_the_commit_that_names_them_first(tmp_path: Path) -> None:
    repo = Repo.at(tmp_path / "r.git")
    first = repo.commit(
        {"requirements.txt": "flask==1\n# requests\n", "web/package.json": '{"dependencies": {"vue": "3"}}'}
    )
    repo.commit({"requirements.txt": "flask==2\n# requests\n"})
    third = repo.commit({"requirements.txt": "Flask==2\nrequests\n", "src/a.py": "1\n"})
    repo.commit({"requirements.txt": None, "pyproject.toml": '[project]\ndependencies = ["flask", "requests"]\n'})
    repo.commit({"web/package.json": '{"dependencies": {"react": "1"}}'}, email=OTHER)
    found = mine(repo.folder, [ME])
    added = {commit.id: set(commit.packages) for commit in found.commits if commit.packages}
    assert added == {
        first: {Package("pypi", "flask"), Package("npm", "vue")},
        third: {Package("pypi", "requests")},
    }
    assert found.uses == {Package("pypi", "flask"), Package("pypi", "requests"), Package("npm", "react")}
