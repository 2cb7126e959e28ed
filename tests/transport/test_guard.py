"""Addresses that somebody else names are checked, and connected to as they were checked."""

import socket

import pytest

from forgelake.model.errors import ConfigurationError
from forgelake.transport.client import HttpOptions
from forgelake.transport.exchange import ApiClient
from forgelake.transport.guard import Guard
from tests.servers.gitlab import GitLab, Token

PUBLIC, LOOPBACK = "93.184.215.14", "127.0.0.1"


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "224.0.0.1",
     "::1", "fe80::1", "fd00::1", "::ffff:127.0.0.1", "2002:7f00:1::", "2130706433", "0x7f.1"],
)  # fmt: skip
def test_no_address_that_is_not_public_is_reached(host: str) -> None:
    with pytest.raises(ConfigurationError, match="no public address"):
        Guard([]).address("https", host)


def test_a_network_that_is_allowed_is_reached_and_no_other() -> None:
    guard = Guard(["10.0.0.0/8", "fd00::/8"])
    assert guard.address("http", "10.1.2.3") == "10.1.2.3"
    assert guard.address("https", "fd00::1") == "fd00::1"
    with pytest.raises(ConfigurationError, match="private_networks"):
        guard.address("https", "127.0.0.1")


def test_a_token_does_not_travel_in_clear_to_a_public_address() -> None:
    assert Guard([]).address("https", PUBLIC) == PUBLIC
    with pytest.raises(ConfigurationError, match="use https://"):
        Guard([]).address("http", PUBLIC)


def test_one_private_address_among_several_is_enough_to_refuse(monkeypatch: pytest.MonkeyPatch) -> None:
    _resolve(monkeypatch, [PUBLIC, LOOPBACK])
    with pytest.raises(ConfigurationError, match=r"rebinding\.example is at 127\.0\.0\.1"):
        Guard([]).address("https", "rebinding.example")


def test_the_checked_address_is_the_one_that_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    with GitLab() as gitlab:
        gitlab.tokens["t"] = Token("anna", ["api"])
        port = gitlab.url.rpartition(":")[2]
        resolved = _resolve(monkeypatch, [LOOPBACK])
        with ApiClient(HttpOptions(guard=Guard(["127.0.0.0/8"])), {"PRIVATE-TOKEN": "t"}, lambda _: None) as client:
            answer = client.get(f"http://gitlab.example:{port}/api/v4/user", {})
        assert answer.status == 200
        assert gitlab.requests[0].headers["host"] == f"gitlab.example:{port}"
        assert resolved == ["gitlab.example"]


def _resolve(monkeypatch: pytest.MonkeyPatch, addresses: list[str]) -> list[str]:
    """Let names, and only names, resolve so; returns the names that were asked for."""
    asked: list[str] = []
    real = socket.getaddrinfo

    def resolve(host: str, *rest: object, **options: object) -> object:
        if not host.endswith(".example"):
            return real(host, *rest, **options)  # type: ignore[arg-type]
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 0)) for address in addresses]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    return asked
