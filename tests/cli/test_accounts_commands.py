"""``forgelake accounts repos`` and ``identities``: a person's own, by the account's name or id."""

import json
from pathlib import Path
from typing import Any

from forgelake.accounts.people import People
from forgelake.accounts.vault.tokens import NewToken
from forgelake.app.vault import vault
from forgelake.model.forge_tokens import TokenFacts
from forgelake.state.account_repos import RepoStatus
from forgelake.state.accounts import LoginRow
from tests.cli.conftest import Run
from tests.pipelines.lakes import Lake
from tests.servers.github_account import AccountGitHub
from tests.servers.github_people import Person

TOKEN = "ghp_planted-token"
LARGE = "0123456789abcdef0123456789abcdef01234567"


def _lake(folder: Path, github: AccountGitHub) -> Lake:
    return Lake(folder / "forgelake-data", (folder / "none").as_uri(), {"FORGELAKE_GITHUB_API_URL": github.url})


def _ada(lake: Lake, url: str) -> str:
    """An account with a token, by its id."""
    with lake.open() as context:
        now = context.clock()
        known = People(context.state.accounts, context.state.audit)
        account = known.enter(LoginRow("github", "1", "", "ada", now, now), "Ada", ()).id
        new = NewToken("work", "github", url, TOKEN, TokenFacts("classic", "octocat", ("repo",)))
        vault(context.settings, context.state, account).add(new)
    return account


def test_repositories_of_an_account_are_listed_chosen_and_forgotten(run: Run, tmp_path: Path) -> None:
    with AccountGitHub() as github:
        github.give(TOKEN, Person("octocat", "repo"))
        for name in ("octocat/app", "octocat/lib"):
            github.hosts(name, f"{github.url}/{name}.git", lambda: None)
        lake = _lake(tmp_path, github)
        ada = _ada(lake, github.url)

        def repos(*words: str, account: str = "ada", code: int = 0) -> str:
            done = run("accounts", "repos", *words, "--account", account, **lake.environ)
            assert done.code == code, done.err
            return done.err

        def listed(account: str) -> dict[str, Any]:
            done = run("accounts", "repos", "list", "--account", account, "--format", "json", **lake.environ)
            return {row["name"]: row["choice"] for row in json.loads(done.out)}

        assert "2 repositories, 2 new, 0 gone" in repos("refresh")
        assert "2 repositories are active" in repos("activate", "octocat", account=ada)
        assert "1 repository is collected no more" in repos("deactivate", "octocat/lib")
        assert "team/tool is active" in repos("add", "https://git.example/team/tool.git")
        chosen = {"octocat/app": "active", "octocat/lib": "inactive", "team/tool": "active"}
        assert (listed("Ada"), listed(ada), listed("local")) == (chosen, chosen, {})
        for more in (("--path", "vendor/", "--commit", LARGE), ()):
            assert f"left out: vendor/\nleft out: {LARGE}\n" in repos("skip", "octocat/app", *more)
        with lake.open() as context:
            held = {one.name: one for one in context.state.account_repos.of_account(ada)}
            assert (held["octocat/app"].skip.paths, held["octocat/app"].skip.commits) == (("vendor/",), (LARGE,))
            values = {"large": {LARGE: 300}, "status": RepoStatus.UP_TO_DATE}
            context.state.account_repos.note(ada, [held["octocat/app"].key], **values)
        assert f"{LARGE}: 300 files" in repos("decide", "octocat/app")
        assert "it counts" in repos("decide", "octocat/app", LARGE[:12], "--accept")
        assert "no commit waits" in repos("decide", "octocat/app")
        assert "would come back" in repos("remove", "octocat/app", code=2)
        assert "team/tool is forgotten" in repos("remove", "team/tool")
        assert 'there is no account "adda"; did you mean "ada"?' in repos("refresh", account="adda", code=2)
        github.tokens.pop(TOKEN)
        assert 'token "work"' in repos("refresh", code=3)


def test_identities_of_an_account_are_taken_on_ones_word_or_by_a_code(run: Run, tmp_path: Path) -> None:
    with AccountGitHub() as github:
        lake = _lake(tmp_path, github)
        ada = _ada(lake, github.url)

    def identities(*words: str, account: str = "ada") -> tuple[int, str]:
        done = run("accounts", "identities", *words, "--account", account, **lake.environ)
        return done.code, done.err + done.out

    assert identities("add", "Ada@example.org", "--trust")[0] == 0
    rows = json.loads(identities("list", "--format", "json", account=ada)[1])
    assert [(row["value"], row["verified_by"]) for row in rows] == [("ada@example.org", "operator")]
    for account, words, told in (
        ("local", ("add", "ada@example.org", "--trust"), "another account holds this address"),
        ("ada", ("add", "new@example.org"), "no mail can be sent"),
        ("ada", ("verify", "ada@example.org", "12345678"), "no code is waited for"),
        ("ada", ("verify", "new@example.org", "12345678"), "there is no such identity"),
    ):
        code, said = identities(*words, account=account)
        assert (code, told in said) == (2, True), said
    assert identities("remove", "ada@example.org", account=ada)[0] == 0
    assert json.loads(identities("list", "--format", "json")[1]) == []
