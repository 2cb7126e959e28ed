"""Tokens under a key of AWS KMS: each has its own key, which opens only in its own row."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from forgelake.accounts.vault.keys import Keys
from forgelake.accounts.vault.tokens import NewToken, Vault
from forgelake.model.errors import ConfigurationError, RetryError, StopError
from forgelake.model.forge_tokens import TokenFacts
from forgelake.settings.vault import VaultSettings
from forgelake.state.database import State
from tests.servers.kms import Kms

pytest.importorskip("boto3", reason="needs the extra forgelake[aws]")

URL, SECRET = "https://api.github.com", "ghp_planted0123456789"


@pytest.fixture
def kms(monkeypatch: pytest.MonkeyPatch) -> Iterator[Kms]:
    """A KMS that boto3 finds as AWS's own tools would."""
    with Kms() as server:
        for name, value in {
            "AWS_ENDPOINT_URL_KMS": server.url,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": "eu-central-1",
            "AWS_MAX_ATTEMPTS": "1",
        }.items():
            monkeypatch.setenv(name, value)
        yield server


@pytest.fixture
def state(tmp_path: Path) -> Iterator[State]:
    """An empty state."""
    with State.open(f"sqlite:///{tmp_path}/state.db") as opened:
        yield opened


def _vault(state: State, folder: Path, kms_key: str = "alias/forgelake") -> Vault:
    return Vault(state.vault, Keys(VaultSettings(kms_key=kms_key, key_file=str(folder / "vault.key"))))


def _new(name: str, secret: str = SECRET) -> NewToken:
    return NewToken(name, "github", URL, secret, TokenFacts("classic", "octocat"))


def test_each_token_has_a_key_of_its_own_and_kms_never_sees_the_token(kms: Kms, state: State, tmp_path: Path) -> None:
    vault = _vault(state, tmp_path)
    rows = [vault.add(_new("work")), vault.add(_new("home", "other"))]
    assert (vault.secret("work", URL), vault.secret("home", URL)) == (SECRET, "other")
    assert len({row.sealed.wrapped_key for row in rows}) == 2
    assert not (tmp_path / "vault.key").exists()
    assert all(SECRET.encode() not in request.body for request in kms.requests)


def test_what_was_moved_to_another_row_is_refused(kms: Kms, state: State, tmp_path: Path) -> None:
    vault = _vault(state, tmp_path)
    first, second = vault.add(_new("work")), vault.add(_new("home"))
    with state.vault.changing() as held:
        held.put(replace(second, sealed=first.sealed))
    with pytest.raises(StopError, match='token "home": AWS KMS does not open'):
        vault.secret("home", URL)
    assert kms.requests


def test_rotation_leads_from_a_file_to_kms(kms: Kms, state: State, tmp_path: Path) -> None:
    _vault(state, tmp_path, "").add(_new("work"))
    vault = _vault(state, tmp_path)
    assert vault.secret("work", URL) == SECRET
    assert kms.requests == []
    assert vault.rotate() == 1
    (tmp_path / "vault.key").unlink()
    assert vault.secret("work", URL) == SECRET


@pytest.mark.usefixtures("kms")
def test_a_key_that_kms_does_not_know_and_a_kms_that_is_away_are_told(
    state: State, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ConfigurationError, match="NotFoundException"):
        _vault(state, tmp_path, "alias/none").add(_new("work"))
    vault = _vault(state, tmp_path)
    vault.add(_new("work"))
    monkeypatch.setenv("AWS_ENDPOINT_URL_KMS", "http://127.0.0.1:9")
    with pytest.raises(RetryError, match="cannot be asked"):
        vault.secret("work", URL)
