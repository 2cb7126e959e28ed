"""The device flow over real HTTP: how often GitHub is asked, and how it ends."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from forgelake.accounts.login.device import DeviceLogin, Shown, provider_for_devices
from forgelake.accounts.login.provider import LoginRefusedError
from forgelake.model.errors import UsageError
from forgelake.settings.loading import load
from forgelake.settings.root import Settings
from tests.servers.provider import ProviderServer

NAMED = '[providers.{name}]\nkind = "github"\nurl = "{url}"\nclient_id = "forgelake"\nwho = "anybody"\n'


@pytest.fixture
def provider() -> Iterator[ProviderServer]:
    with ProviderServer() as server:
        yield server


def settings_of(folder: Path, provider: ProviderServer, *names: str) -> Settings:
    text = "".join(NAMED.format(name=name, url=provider.url) for name in names)
    (folder / "forgelake.toml").write_text(text, encoding="utf-8")
    return load({"FORGELAKE_HOME": str(folder / "home")}, folder)


@pytest.fixture
def waits() -> list[float]:
    return []


@pytest.fixture
def flow(tmp_path: Path, provider: ProviderServer, waits: list[float]) -> DeviceLogin:
    """The flow, whose waits are written down and not waited for."""
    return DeviceLogin(settings_of(tmp_path, provider, "github"), "github", waits.append)


def test_it_is_asked_at_the_interval_and_slower_when_told_so(
    flow: DeviceLogin, provider: ProviderServer, waits: list[float]
) -> None:
    provider.pending = ["authorization_pending", "slow_down", "authorization_pending"]
    shown = flow.begin(["repo", "user:email"])
    assert (shown.code, shown.address) == ("WDJB-MJHT", f"{provider.url}/login/device")
    assert flow.token(shown) in provider.tokens
    assert waits == [5, 5, 10, 10]
    assert b"scope=repo+user%3Aemail" in provider.requests[0].body


@pytest.mark.parametrize(
    ("error", "why"),
    [("expired_token", "not entered in time"), ("access_denied", "did not allow"),
     ("device_flow_disabled", "enable it"), ("incorrect_client_credentials", "check client_id")],
)  # fmt: skip
def test_it_ends_when_github_says_so(flow: DeviceLogin, provider: ProviderServer, error: str, why: str) -> None:
    provider.pending = ["authorization_pending", error]
    with pytest.raises(LoginRefusedError, match=why):
        flow.token(flow.begin(()))
    assert provider.tokens == set()


def test_it_is_asked_less_often_while_nothing_answers_and_ends_with_the_code(
    flow: DeviceLogin, provider: ProviderServer, waits: list[float]
) -> None:
    shown = flow.begin(())
    provider.is_down = True
    with pytest.raises(LoginRefusedError, match="not entered in time"):
        flow.token(shown)
    assert waits[:5] == [5, 10, 20, 40, 60]
    assert shown.lasts <= sum(waits) < shown.lasts + 60


def test_the_secret_of_the_flow_is_not_shown() -> None:
    assert "planted" not in repr(Shown("A", "https://github.com/login/device", 900, 5, "planted"))


def test_the_provider_is_named_where_there_are_several(tmp_path: Path, provider: ProviderServer) -> None:
    two = settings_of(tmp_path, provider, "here", "there")
    assert provider_for_devices(two, "there") == "there"
    for name in (None, "her"):
        with pytest.raises(UsageError, match="--provider here or there"):
            provider_for_devices(two, name)
    assert provider_for_devices(settings_of(tmp_path, provider, "one"), None) == "one"
    with pytest.raises(UsageError, match="no provider of kind github"):
        provider_for_devices(settings_of(tmp_path, provider), None)
