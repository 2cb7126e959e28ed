"""Where default branches point, in one small request."""

from pathlib import Path

import pytest

from forgelake.model.errors import ConfigurationError, RetryError, SkipError
from forgelake.sources.git.heads import head_of
from forgelake.sources.git.isolation import Credentials, Remote
from forgelake.sources.git.process import Git
from forgelake.transport.client import HttpOptions
from forgelake.transport.exchange import ApiClient
from tests.servers.git_http import GitServer
from tests.servers.git_repos import Repo

GIT = Git.found()
QUICK = HttpOptions(attempts=1, backoff_seconds=0.01)


def ask(remote: Remote) -> str | None:
    with ApiClient(QUICK, {}, lambda _: None) as client:
        return head_of(client, GIT, remote)


def test_heads_with_one_request_where_the_server_can(tmp_path: Path) -> None:
    plain, long = Repo.at(tmp_path / "plain.git"), Repo.at(tmp_path / "long.git", "--object-format=sha256")
    empty = Repo.at(tmp_path / "empty.git")
    heads = {one.folder.name: one.commit({"a": "1"}) for one in (plain, long)} | {empty.folder.name: None}
    with GitServer(tmp_path, "tok") as server:
        for name, head in heads.items():
            assert ask(Remote.at(server.url(name), Credentials("tok"))) == head
        server.forget()
        ask(Remote.at(server.url("plain.git"), Credentials("tok")))
        assert server.requests == 1
        with pytest.raises(ConfigurationError, match="refuses the token"):
            ask(Remote.at(server.url("plain.git"), Credentials("no")))
        with pytest.raises(SkipError):
            ask(Remote.at(server.url("absent.git"), Credentials("tok")))


def test_a_server_that_does_not_answer() -> None:
    with pytest.raises(RetryError):
        ask(Remote.at("http://127.0.0.1:1/x.git"))
