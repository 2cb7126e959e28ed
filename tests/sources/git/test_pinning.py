"""Git connects to the address that was checked, whatever the server's name means a moment later."""

import socket
from datetime import UTC, datetime
from pathlib import Path

import pytest

from forgelake.model.errors import ConfigurationError, RetryError
from forgelake.sources.git.fetching import fetched
from forgelake.sources.git.isolation import Credentials, Remote
from forgelake.sources.git.mining import mined
from forgelake.sources.git.process import Git
from forgelake.transport.guard import Guard
from tests.servers.git_http import GitServer
from tests.servers.git_repos import ME, Repo

NOW = datetime(2026, 1, 1, tzinfo=UTC)
OWN = frozenset({ME})


def _resolve(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    def resolve(*_: object, **__: object) -> list[object]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 0))]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)


def test_git_reaches_a_name_at_the_checked_address_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    repo = Repo.at(tmp_path / "served" / "r.git")
    made = repo.commit({"a.py": "1\n"})
    with GitServer(tmp_path / "served") as server:
        url = server.url("r.git").replace("127.0.0.1", "forge.example")
        _resolve(monkeypatch, "127.0.0.1")
        # The name means nothing to git itself: it is found by the address that it is given.
        place = Remote.at(url).pinned(Guard(["127.0.0.0/8"]))
        with fetched(Git.found(), place, OWN, NOW, tmp_path) as history:
            assert [one.id for one in mined(history, "r", OWN, NOW).commits] == [made]
        asked = server.requests
        with pytest.raises(ConfigurationError, match="private_networks"):
            Remote.at(url).pinned(Guard([]))
        assert server.requests == asked


def test_a_public_server_is_asked_over_tls_and_under_every_port(monkeypatch: pytest.MonkeyPatch) -> None:
    _resolve(monkeypatch, "93.184.215.14")
    assert Remote.at("https://forge.example/r.git").pinned(Guard([])).resolved == "forge.example:443:93.184.215.14"
    assert Remote.at("https://forge.example:8443/r").pinned(Guard([])).resolved == "forge.example:8443:93.184.215.14"
    with pytest.raises(ConfigurationError, match="https://"):
        Remote.at("http://forge.example/r.git").pinned(Guard([]))


def test_an_address_is_no_part_of_what_a_repository_is() -> None:
    secret = Credentials("t")
    assert Remote("https://forge.example/r", secret, "1.2.3.4") == Remote.at("https://forge.example/r", secret)


def test_a_name_that_nobody_has() -> None:
    with pytest.raises(RetryError, match="has no address"):
        Remote.at("https://nobody.invalid/r.git").pinned(Guard([]))
