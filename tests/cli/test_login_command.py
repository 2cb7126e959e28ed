"""``forgelake accounts login --device``: the token that GitHub gives is kept, and shown nowhere."""

import json
from pathlib import Path

from tests.cli.conftest import Run
from tests.servers.provider import ProviderServer

SETTINGS = '[providers.github]\nkind = "github"\nurl = "{url}"\nclient_id = "forgelake"\nwho = "anybody"\n'


def test_a_code_and_where_to_enter_it_are_shown_and_the_token_is_kept(run: Run, tmp_path: Path) -> None:
    with ProviderServer() as provider:
        provider.interval = 1
        (tmp_path / "forgelake.toml").write_text(SETTINGS.format(url=provider.url))
        known = {"FORGELAKE_GITHUB_API_URL": f"{provider.url}/api/v3", "FORGELAKE_LOG_LEVEL": "debug"}
        done = run("accounts", "login", "--device", "--scope", "repo", **known)
        assert done.code == 0, done.err
        assert f"enter the code WDJB-MJHT at {provider.url}/login/device within 15 minutes" in done.err
        assert "github: OAuth of octocat" in done.err
        (token,) = provider.tokens
        assert token not in done.out + done.err
        assert run("accounts", "login", "--device", "--account", "nobody", **known).code == 2
        assert run("accounts", "login", **known).code == 2
    (row,) = json.loads(run("tokens", "list", "--format", "json", **known).out)
    assert (row["name"], row["owner"], row["scopes"]) == ("github", "octocat", "repo")
    assert [file for file in tmp_path.rglob("*") if file.is_file() and token.encode() in file.read_bytes()] == []
