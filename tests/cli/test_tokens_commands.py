"""``forgelake tokens``: tokens are kept, checked and used, and shown nowhere."""

import io
import json
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from forgelake.cli.tokens import _secret
from forgelake.model.errors import UsageError
from tests.cli.conftest import Run
from tests.servers.github_people import PeopleGitHub, Person
from tests.servers.github_traffic import TrafficGitHub, Visits
from tests.servers.gitlab import GitLab, Token

SECRET = "ghp_planted0123456789planted0123456789"


@pytest.fixture
def people() -> Iterator[PeopleGitHub]:
    with PeopleGitHub() as server:
        yield server


def _files_with(folder: Path, secret: str) -> list[Path]:
    held = secret.encode()
    return [file for file in folder.rglob("*") if file.is_file() and held in file.read_bytes()]


def test_a_token_is_added_listed_checked_rotated_and_removed_and_never_shown(
    run: Run, people: PeopleGitHub, tmp_path: Path
) -> None:
    people.expiry = "2999-12-01 10:00:00 UTC"
    people.give(SECRET, Person("octocat", "read:org, repo"))
    known = {"FORGELAKE_GITHUB_API_URL": people.url, "FORGELAKE_LOG_LEVEL": "debug"}
    added = run("tokens", "add", "github", "--name", "work", "--token-env", "MINE", MINE=SECRET, **known)
    assert added.code == 0, added.err
    assert "classic of octocat" in added.err
    assert "scopes read:org repo, ends 2999-12-01 10:00 UTC" in added.err
    assert (
        "missing for e-mail addresses of the account, to confirm whose commits are one's own: user:email" in added.err
    )
    rows = json.loads(run("tokens", "list", "--format", "json", **known).out)
    assert [(row["name"], row["owner"], row["status"], row["scopes"]) for row in rows] == [
        ("work", "octocat", "valid", "read:org repo")
    ]
    rotated = run("tokens", "rotate", **known)
    assert rotated.err.startswith("1 tokens are encrypted anew")
    assert run("tokens", "check", **known).code == 0
    people.tokens.pop(SECRET)
    refused = run("tokens", "check", "work", **known)
    assert (refused.code, "wrong, expired or revoked" in refused.err) == (1, True)
    listed = run("tokens", "list", "--format", "csv", **known)
    assert "refused" in listed.out
    doctor = run("doctor", "--format", "csv", **known)
    assert "kept token work" in doctor.out
    removed = run("tokens", "remove", "work", **known)
    assert (removed.code, run("tokens", "remove", "work", **known).code) == (0, 2)
    assert _files_with(tmp_path, SECRET) == []
    for result in (added, rotated, refused, listed, doctor, removed):
        assert SECRET not in result.out + result.err
    assert all(SECRET not in request.path for request in people.requests)


def test_a_token_that_is_refused_or_unreadable_is_not_kept(run: Run, people: PeopleGitHub, tmp_path: Path) -> None:
    known = {"FORGELAKE_GITHUB_API_URL": people.url, "FORGELAKE_HTTP_ATTEMPTS": "1"}
    refused = run("tokens", "add", "github", "--token-env", "MINE", MINE=SECRET, **known)
    assert (refused.code, "wrong, expired or revoked" in refused.err) == (2, True)
    (tmp_path / "two").write_text("a token and more")
    unreadable = run("tokens", "add", "github", "--token-file", "two", **known)
    assert (unreadable.code, "that is no token" in unreadable.err, "and more" in unreadable.err) == (2, True, False)
    assert run("tokens", "add", "github", "--token-file", "none", **known).code == 2
    assert run("tokens", "add", "githup", "--token-env", "MINE", MINE=SECRET, **known).code == 2
    nobody = {**known, "FORGELAKE_GITHUB_API_URL": "http://127.0.0.1:9"}
    assert run("tokens", "add", "github", "--token-env", "MINE", MINE=SECRET, **nobody).code == 1
    assert run("tokens", "list", "--format", "csv", **known).out.count("\n") == 1
    assert not (tmp_path / "forgelake-data" / "vault.key").exists()


def test_a_self_hosted_gitlab_is_asked_where_its_network_is_allowed(run: Run) -> None:
    with GitLab() as gitlab:
        gitlab.tokens[SECRET] = Token("anna", ["read_repository"], "2999-01-31")
        words = ("tokens", "add", "gitlab", "--url", gitlab.url, "--token-env", "MINE")
        refused = run(*words, MINE=SECRET)
        assert (refused.code, "forges.private_networks" in refused.err, gitlab.requests) == (2, True, [])
        allowed = {"FORGELAKE_FORGES_PRIVATE_NETWORKS": "127.0.0.0/8"}
        added = run(*words, MINE=SECRET, **allowed)
        assert (added.code, "ends 2999-01-31 00:00 UTC" in added.err) == (0, True)
        gitlab.limited = True
        assert run("tokens", "check", **allowed).code == 3


def test_a_token_is_read_from_stdin_and_anything_else_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    for given in (SECRET, f" {SECRET}\n"):
        monkeypatch.setattr(sys, "stdin", io.StringIO(given))
        assert _secret("", "", None) == SECRET
    for given in ("", "\n", f"{SECRET} {SECRET}", f"{SECRET}\n{SECRET}", "ä" + SECRET, SECRET * 300):
        monkeypatch.setattr(sys, "stdin", io.StringIO(given))
        with pytest.raises(UsageError, match="that is no token") as raised:
            _secret("", "", None)
        assert SECRET not in str(raised.value)


class Desk(TrafficGitHub, PeopleGitHub):
    """Traffic, and people whose tokens may read it."""


def test_traffic_is_collected_with_a_kept_token_where_it_belongs(run: Run, people: PeopleGitHub) -> None:
    with Desk(lambda: datetime(2026, 5, 2, 20, tzinfo=UTC)) as github:
        cat = github.repo("octo/cat")
        github.give(SECRET, Person("octocat", "repo"))
        github.shown_to[cat.id] = {SECRET}
        github.desk.visits[cat.id][date(2026, 5, 1)] = Visits(10, 5, 4, 2)
        settings = {
            "FORGELAKE_GITHUB_API_URL": github.url,
            "FORGELAKE_GITHUB_REPOS": "octo/cat",
            "FORGELAKE_GITHUB_TOKENS": "vault:github",
            "FORGELAKE_NOW": "2026-05-02T20:00:00Z",
        }
        assert run("tokens", "add", "github", "--token-env", "MINE", MINE=SECRET, **settings).code == 0
        done = run("collect", "traffic", **settings)
        assert (done.code, SECRET in done.err) == (0, False), done.err
        unknown = run("collect", "traffic", **{**settings, "FORGELAKE_GITHUB_TOKENS": "vault:githup"})
        assert (unknown.code, 'did you mean "github"?' in unknown.err) == (2, True)
    elsewhere = run("collect", "traffic", **{**settings, "FORGELAKE_GITHUB_API_URL": people.url})
    assert (elsewhere.code, "so it is not sent to" in elsewhere.err, people.requests) == (2, True, [])
    rows = run("sql", "SELECT traffic_day, views FROM traffic_days", "--format", "csv")
    assert rows.out.splitlines() == ["traffic_day,views", "2026-05-01,8"]
    listed = json.loads(run("tokens", "list", "--format", "json").out)
    assert listed[0]["last_used_at"] is not None


def test_the_doctor_tells_of_tokens_that_end_and_of_a_lost_key(run: Run, people: PeopleGitHub, tmp_path: Path) -> None:
    people.expiry = f"{datetime.now(UTC) + timedelta(days=3):%Y-%m-%d %H:%M:%S} UTC"
    people.give(SECRET, Person("octocat", "repo"))
    known = {"FORGELAKE_GITHUB_API_URL": people.url}
    assert run("tokens", "add", "github", "--token-env", "MINE", MINE=SECRET, **known).code == 0
    told = run("doctor", "--format", "csv", **known).out
    assert "kept token github,warning,it ends at" in told
    (tmp_path / "forgelake-data" / "vault.key").unlink()
    lost = run("doctor", "--format", "csv", **known)
    assert (lost.code, "is kept under the key" in lost.out) == (1, True)
