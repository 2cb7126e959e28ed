"""``forgelake cv`` from local clones, with no account and no lake."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.processes import Nursery, Result
from tests.servers.git_repos import ME, OTHER, Repo, git

Page = dict[str, Any]


@pytest.fixture(scope="module")
def repo(tmp_path_factory: pytest.TempPathFactory) -> Repo:
    made = Repo.at(tmp_path_factory.mktemp("repos") / "work.git")
    made.commit({"a.py": "1\n2\n", "requirements.txt": "flask\n"}, "feat: begin")
    made.commit({"a.py": "1\n3\n"}, "fix: it", email=ME.upper())
    made.commit({"b.go": "1\n"}, "docs: b", email=OTHER)
    return made


def run(nursery: Nursery, folder: Path, *arguments: str) -> Result:
    return nursery.start(["cv", *arguments], {"FORGELAKE_NOW": "2026-01-01T00:00:00Z"}, folder).wait()


def test_the_commits_of_several_addresses_and_clones_are_counted_once(
    nursery: Nursery, repo: Repo, tmp_path: Path
) -> None:
    git(tmp_path, "clone", "--quiet", str(repo.folder), "clone")
    places = ("--repo", str(repo.folder), "--repo", "clone")
    ended = run(nursery, tmp_path, *places, "--email", ME, "--email", "nobody@example.org", "--format", "json")
    page: Page = json.loads(ended.out)
    assert (ended.code, ended.err) == (0, "")
    assert page["totals"]["commits"] == 2
    assert page["totals"]["lines"] == {"files": 3, "added": 4, "deleted": 1}
    assert page["kinds"]["feat"] == page["kinds"]["fix"] == 1
    assert [part["shared"] for part in page["repos"]] == [0, 2]
    assert [(one["ecosystem"], one["name"], one["added"]) for one in page["packages"]] == [("pypi", "flask", 1)]
    assert page["coverage"]["commits_counted"] == 2
    assert not (tmp_path / "forgelake-data").exists()


def test_a_terminal_shows_tables(nursery: Nursery, repo: Repo, tmp_path: Path) -> None:
    ended = run(nursery, tmp_path, "--repo", str(repo.folder), "--email", ME, "--format", "table")
    assert ended.code == 0
    assert "2 commits on 2 days" in ended.out
    assert "Python" in ended.out


def test_a_repository_that_cannot_be_read_is_a_gap(nursery: Nursery, repo: Repo, tmp_path: Path) -> None:
    places = ("--repo", str(repo.folder), "--repo", str(tmp_path / "absent"))
    ended = run(nursery, tmp_path, *places, "--email", ME, "--format", "json")
    page: Page = json.loads(ended.out)
    assert ended.code == 3
    assert "absent" in ended.err
    assert (page["coverage"]["repos_expected"], page["coverage"]["repos_received"]) == (2, 1)
    assert run(nursery, tmp_path, "--repo", "absent", "--email", ME, "--format", "json").code == 1


def test_a_repository_without_a_commit_of_the_person_is_told(nursery: Nursery, repo: Repo, tmp_path: Path) -> None:
    arguments = ("--repo", str(repo.folder), "--email", "nobody@nowhere.example")
    ended = run(nursery, tmp_path, *arguments, "--email", "nil@nowhere.example")
    page: Page = json.loads(ended.out)
    assert (ended.code, page["totals"]["commits"]) == (0, 0)
    told = "work: none of its 3 commits is by nobody@nowhere.example or nil@nowhere.example\n"
    assert ended.err.startswith(told)
    assert "git shortlog" in ended.err
    collect = nursery.start(["collect", "commits", *arguments], {"FORGELAKE_NOW": "2026-01-01T00:00:00Z"}, tmp_path)
    assert "work: none of its 3 commits is by nobody@nowhere.example\n" in collect.wait().err


@pytest.mark.parametrize(
    "arguments", [["--repo", "."], ["--email", "a@b"], ["--repo", "https://user:secret@x.example/y", "--email", "a@b"]]
)
def test_wrong_use_says_what_is_right(nursery: Nursery, tmp_path: Path, arguments: list[str]) -> None:
    ended = run(nursery, tmp_path, *arguments)
    assert ended.code == 2
    assert "--email" in ended.err or "--token-env" in ended.err
    assert "secret" not in ended.err


def test_the_same_page_comes_as_a_file_of_each_form(nursery: Nursery, repo: Repo, tmp_path: Path) -> None:
    (tmp_path / "me.toml").write_text('name = "Ada <b>"\n[[projects]]\ntitle = "Engine"\nurl = "https://a.example/"\n')
    begins = {
        "html": "<!doctype html>", "pdf": "%PDF-", "svg": "<svg", "badge": "<svg", "json-resume": "{", "json": "{",
        "table": "2 commits on 2 days",
    }  # fmt: skip
    for form, begin in begins.items():
        to = tmp_path / f"cv.{form}"
        places = ("--repo", str(repo.folder), "--email", ME, "--profile", "me.toml")
        ended = run(nursery, tmp_path, *places, "--format", form, "--to", str(to))
        assert (ended.code, ended.out, ended.err) == (0, "", "")
        assert to.read_bytes().startswith(begin.encode())
    nowhere = run(nursery, tmp_path, "--repo", str(repo.folder), "--email", ME, "--to", "absent/cv.json")
    assert (nowhere.code, nowhere.out) == (2, "")
    assert "absent/cv.json cannot be written: No such file or directory" in nowhere.err
    page = (tmp_path / "cv.html").read_text()
    assert "Ada &lt;b&gt;" in page
    assert "work" not in page
    assert "<script" not in page


def test_a_wrong_profile_is_told_with_its_file_and_value(nursery: Nursery, tmp_path: Path) -> None:
    (tmp_path / "bad.toml").write_text('packages = "some"\n[[projects]]\ntitle = "x"\nbegin = "May"\n')
    ended = run(nursery, tmp_path, "--repo", ".", "--email", ME, "--profile", "bad.toml")
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith("forgelake: bad.toml: packages = \"some\": it has to be 'public' or 'all'; ")
    assert 'projects.0.begin = "May": write a year or a month like 2024 or 2024-05' in ended.err


def test_a_profile_is_kept_published_exported_and_forgotten(nursery: Nursery, repo: Repo, tmp_path: Path) -> None:
    (tmp_path / "me.toml").write_text('headline = "Engines"\n')
    collect = ["collect", "commits", "--repo", str(repo.folder), "--email", ME]
    assert nursery.start(collect, {"FORGELAKE_NOW": "2026-01-01T00:00:00Z"}, tmp_path).wait().code == 0
    assert json.loads(run(nursery, tmp_path, "profile", "me.toml").out)["headline"] == "Engines"
    link = run(nursery, tmp_path, "publish").out.strip()
    exported = run(nursery, tmp_path, "export").out
    begin, key = link.split("?key=")
    assert (begin, len(key)) == ("http://127.0.0.1:8000/cv/local", 32)
    assert key not in exported
    document: Page = json.loads(exported)
    assert (document["publication"], document["cv"]["totals"]["commits"]) == ("link", 2)
    assert run(nursery, tmp_path, "unpublish").code == 0
    assert json.loads(run(nursery, tmp_path, "export").out)["publication"] == "private"
    assert run(nursery, tmp_path, "delete").code == 0
    assert run(nursery, tmp_path, "delete").code == 2
