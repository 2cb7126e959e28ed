"""Kept tokens open only in their own row, only under their key, and stand nowhere in clear."""

import base64
import stat
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from pydantic import SecretStr

from forgelake.accounts.vault.keys import Keys
from forgelake.accounts.vault.sealing import LocalKey, identity, new_key
from forgelake.accounts.vault.tokens import NewToken, Vault
from forgelake.model.errors import ConfigurationError, StopError, UsageError
from forgelake.model.forge_tokens import TokenFacts, TokenRefusedError
from forgelake.settings.vault import VaultSettings
from forgelake.state.database import State
from forgelake.state.vault import VaultRow

SECRET = "ghp_planted0123456789planted0123456789"
URL = "https://api.github.com"
FACTS = TokenFacts("classic", "octocat")
Opened = Callable[..., Vault]


@pytest.fixture
def state(tmp_path: Path) -> Iterator[State]:
    """An empty state."""
    with State.open(f"sqlite:///{tmp_path}/state.db") as opened:
        yield opened


@pytest.fixture
def opened(state: State, tmp_path: Path) -> Opened:
    """Vaults of one state: ``opened(account, key=…)``; by default the key is in a file."""

    def vault(account: str = "local", key: str = "") -> Vault:
        settings = VaultSettings(key=SecretStr(key), key_file=str(tmp_path / "keys" / "vault.key"))
        return Vault(state.vault, Keys(settings), account)

    return vault


def _new(name: str = "work", secret: str = SECRET) -> NewToken:
    return NewToken(name, "github", URL, secret, FACTS)


def test_a_token_comes_back_and_stands_nowhere_in_clear(opened: Opened, tmp_path: Path) -> None:
    row = opened().add(_new())
    assert opened().secret("work", URL) == SECRET
    assert opened().row("work").last_used_at is not None
    assert SECRET not in f"{row!r}{_new()!r}"
    everything = b"".join(file.read_bytes() for file in tmp_path.rglob("*") if file.is_file())
    assert SECRET.encode() not in everything
    assert base64.b64encode(SECRET.encode()) not in everything


def test_the_key_file_is_made_once_and_for_its_owner_alone(opened: Opened, tmp_path: Path) -> None:
    opened().add(_new())
    file = tmp_path / "keys" / "vault.key"
    before = file.read_text()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    opened().add(_new("home"))
    assert file.read_text() == before
    assert list(file.parent.iterdir()) == [file]


@pytest.mark.parametrize("moved", ["row", "account", "forge", "url"])
def test_a_ciphertext_does_not_open_in_another_row(opened: Opened, state: State, moved: str) -> None:
    vault = opened()
    vault.add(_new())
    vault.add(_new("other", "another-secret"))
    first, second = vault.all()
    forged: VaultRow = {
        "row": replace(second, sealed=first.sealed),
        "account": replace(second, account="mallory"),
        "forge": replace(second, forge="gitlab"),
        "url": replace(second, url="https://mallory.example/api/v4"),
    }[moved]
    with state.vault.changing() as held:
        held.put(forged)
    with pytest.raises(StopError, match='token "other": a kept token does not open'):
        opened(forged.account).secret("other", forged.url)
    assert vault.secret("work", URL) == SECRET


def test_every_change_of_a_ciphertext_is_refused() -> None:
    key, bound = LocalKey.read(new_key(), "test"), identity("1", "local", "github", "url")
    sealed = key.seal(SECRET, bound)
    raw = bytearray(base64.b64decode(sealed.sealed))
    for place in range(len(raw)):
        broken = bytes([*raw[:place], raw[place] ^ 1, *raw[place + 1 :]])
        with pytest.raises(StopError):
            key.open(replace(sealed, sealed=base64.b64encode(broken).decode()), bound)
    for text in ("", "AAAA", "no base64"):
        with pytest.raises(StopError):
            key.open(replace(sealed, sealed=text), bound)
    assert key.seal(SECRET, bound) != sealed


def test_rotation_leaves_nothing_under_the_old_key(opened: Opened, tmp_path: Path) -> None:
    vault, other = opened(), opened("anna")
    vault.add(_new())
    other.add(_new("hers", "her-secret"))
    before, file = [vault.all(), other.all()], tmp_path / "keys" / "vault.key"
    old = file.read_text()
    assert vault.rotate() == 2
    assert file.read_text() != old
    assert len(file.read_text().split()) == 1
    assert (vault.secret("work", URL), other.secret("hers", URL)) == (SECRET, "her-secret")
    assert vault.all()[0].sealed.key_id != before[0][0].sealed.key_id
    file.write_text(old)
    with pytest.raises(ConfigurationError, match=r"is kept under the key [0-9a-f]{12}"):
        vault.secret("work", URL)


def test_a_rotation_that_was_cut_off_is_made_up_for(opened: Opened, tmp_path: Path) -> None:
    vault, file = opened(), tmp_path / "keys" / "vault.key"
    vault.add(_new())
    # As it is between the new key and the new rows.
    file.write_text(f"{new_key()}\n{file.read_text()}")
    assert vault.secret("work", URL) == SECRET
    assert vault.rotate() == 1
    assert vault.secret("work", URL) == SECRET
    assert len(file.read_text().split()) == 1


def test_keys_in_a_variable_rotate_by_a_new_one_before_the_old(opened: Opened, tmp_path: Path) -> None:
    old, new = new_key(), new_key().replace("+", "-").replace("/", "_")
    opened(key=old).add(_new())
    both = opened(key=f"{new} {old}")
    assert both.secret("work", URL) == SECRET
    assert both.rotate() == 1
    assert opened(key=new).secret("work", URL) == SECRET
    assert not (tmp_path / "keys").exists()


def test_from_a_file_to_a_variable_is_a_rotation(opened: Opened, tmp_path: Path) -> None:
    opened().add(_new())
    key = new_key()
    assert opened(key=key).rotate() == 1
    (tmp_path / "keys" / "vault.key").unlink()
    assert opened(key=key).secret("work", URL) == SECRET


def test_a_lost_key_is_told_and_never_replaced_by_a_new_one(opened: Opened, tmp_path: Path) -> None:
    opened().add(_new())
    (tmp_path / "keys" / "vault.key").unlink()
    with pytest.raises(ConfigurationError, match="put the key back"):
        opened().secret("work", URL)
    with pytest.raises(ConfigurationError, match="their key is not there"):
        opened().add(_new("home"))
    assert not (tmp_path / "keys" / "vault.key").exists()


@pytest.mark.parametrize("key", ["short", base64.b64encode(b"x" * 31).decode(), "ä" * 44])
def test_a_key_that_is_none_is_refused_without_repeating_it(opened: Opened, key: str) -> None:
    with pytest.raises(ConfigurationError, match="openssl rand -base64 32") as raised:
        opened(key=key).add(_new())
    assert key not in str(raised.value)


def test_accounts_reach_nothing_of_each_other(opened: Opened) -> None:
    opened("anna").add(_new())
    for act in (partial(opened("ben").secret, url=URL), opened("ben").remove, opened("ben").row):
        with pytest.raises(UsageError, match='keeps no token "work"'):
            act("work")
    assert opened("ben").all() == []
    opened("ben").add(_new(secret="his"))
    assert (opened("anna").secret("work", URL), opened("ben").secret("work", URL)) == (SECRET, "his")


def test_a_token_goes_to_the_address_that_it_was_added_for_and_no_other(opened: Opened) -> None:
    opened().add(_new())
    for url in ("https://mallory.example", f"{URL}.mallory.example", "http://api.github.com"):
        with pytest.raises(ConfigurationError, match="was added for"):
            opened().secret("work", url)


def test_names_are_checked_before_a_token_is_asked_for(opened: Opened) -> None:
    opened().add(_new())
    with pytest.raises(UsageError, match="is kept already"):
        opened().name_for("work")
    with pytest.raises(UsageError, match="is kept already"):
        opened().add(_new())
    for bad in ("", "a b", "-x", "a/b", "x" * 65, SECRET * 3):
        with pytest.raises(UsageError, match="cannot name a token"):
            opened().name_for(bad)


def test_a_refusal_is_kept_and_the_token_too(opened: Opened) -> None:
    vault = opened()
    vault.add(_new())

    def refuse(row: VaultRow, secret: str) -> TokenFacts:
        assert (row.name, secret) == ("work", SECRET)
        message = "it was revoked"
        raise TokenRefusedError(message)

    with pytest.raises(TokenRefusedError):
        vault.check("work", refuse)
    assert vault.row("work").refused == "it was revoked"
    assert vault.check("work", lambda row, secret: TokenFacts("classic", f"{row.forge} {len(secret)}")).refused is None
    assert vault.row("work").facts.owner == f"github {len(SECRET)}"
