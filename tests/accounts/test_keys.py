"""Keys are shown once, kept as hashes, and end when they should."""

import hashlib
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from forgelake.accounts.keys import PREFIX, Keys, status
from forgelake.accounts.people import People
from forgelake.model.errors import UsageError
from forgelake.state.database import State
from tests.cli.conftest import Run, run  # noqa: F401 - a fixture

NOW = datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC)


class Clock:
    """An instant that tests move."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def state(tmp_path: Path) -> Iterator[State]:
    """An empty state."""
    with State.open(f"sqlite:///{tmp_path}/state.db") as opened:
        yield opened


@pytest.fixture
def clock() -> Clock:
    """The clock that keys go by."""
    return Clock()


@pytest.fixture
def keys(state: State, clock: Clock) -> Keys:
    """Keys of an empty state."""
    return Keys(state.api_keys, clock)


def test_only_the_hash_of_a_key_is_kept(keys: Keys, tmp_path: Path) -> None:
    made = keys.create("laptop", ["read"])
    assert made.secret.startswith(PREFIX)
    assert made.row.sha256 == hashlib.sha256(made.secret.encode()).hexdigest()
    with sqlite3.connect(tmp_path / "state.db") as database:
        dump = "\n".join(database.iterdump())
    database.close()
    assert made.row.sha256 in dump
    assert made.secret not in dump
    assert made.secret.removeprefix(PREFIX) not in dump


def test_a_key_is_found_by_its_secret_and_by_nothing_else(keys: Keys) -> None:
    made = keys.create("laptop", ["sql", "read", "read"])
    found = keys.find(made.secret)
    assert found is not None
    assert (found.id, found.scopes) == (made.row.id, ("read", "sql"))
    for wrong in ("", made.row.sha256, made.row.id, made.secret[:-1], made.secret + "A", made.secret.upper(), "flk_"):
        assert keys.find(wrong) is None


def test_keys_are_never_alike(keys: Keys) -> None:
    assert len({keys.create(f"key {number}", ["read"]).secret for number in range(50)}) == 50


def test_an_expired_key_opens_nothing(keys: Keys, clock: Clock) -> None:
    made = keys.create("guest", ["read"], "12h")
    clock.now = NOW + timedelta(hours=12) - timedelta(seconds=1)
    assert keys.find(made.secret) is not None
    clock.now = NOW + timedelta(hours=12)
    assert keys.find(made.secret) is None
    assert status(keys.all()[0], clock.now) == "expired"


def test_a_revoked_key_opens_nothing_and_its_name_is_free_again(keys: Keys, clock: Clock) -> None:
    made = keys.create("laptop", ["read"])
    with pytest.raises(UsageError, match='a live key named "laptop"'):
        keys.create("laptop", ["read"])
    keys.revoke("laptop")
    assert keys.find(made.secret) is None
    assert status(keys.all()[0], clock.now) == "revoked"
    again = keys.create("laptop", ["read"])
    assert keys.revoke(again.row.id).name == "laptop"
    with pytest.raises(UsageError, match="there is no live key"):
        keys.revoke("laptop")


def test_the_last_use_is_written_at_most_once_a_minute(keys: Keys, clock: Clock) -> None:
    made = keys.create("laptop", ["read"])
    for seconds, wanted in ((0, 0), (30, 0), (59, 0), (60, 60), (90, 60), (200, 200)):
        clock.now = NOW + timedelta(seconds=seconds)
        assert keys.find(made.secret) is not None
        assert keys.all()[0].last_used_at == NOW + timedelta(seconds=wanted)


@pytest.mark.parametrize(
    ("name", "scopes", "expires", "said"),
    [
        ("", ["read"], None, "cannot name a key"),
        ("flk_secret", ["read"], None, "cannot name a key"),
        ("a\nb", ["read"], None, "cannot name a key"),
        ("x" * 101, ["read"], None, "cannot name a key"),
        ("a", ["reed"], None, 'did you mean "read"'),
        ("a", [], None, "opens nothing"),
        ("a", ["read"], "soon", "write it like 12h, 90d"),
        ("a", ["read"], "0d", "write it like 12h, 90d"),
    ],
)
def test_what_makes_no_key_is_told(keys: Keys, name: str, scopes: list[str], expires: str | None, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        keys.create(name, scopes, expires)
    assert keys.all() == []


def test_the_command_shows_a_key_once_on_stdout(run: Run, tmp_path: Path) -> None:  # noqa: F811 - the fixture
    made = run("keys", "create", "ci", "--scope", "read", "--scope", "sql", "--expires", "90d")
    assert made.code == 0, made.err
    secret = made.out.strip()
    assert secret.startswith(PREFIX)
    assert secret not in made.err
    listed = run("keys", "list", "--format", "csv")
    assert secret not in listed.out
    assert '"read sql"' in listed.out or "read sql" in listed.out
    assert run("keys", "revoke", "ci").code == 0
    assert "revoked" in run("keys", "list").out
    assert run("keys", "revoke", "ci").code == 2
    assert run("keys", "create", "mine", "--account", "nobody").code == 2
    with State.open(f"sqlite:///{tmp_path}/forgelake-data/state.db") as state:
        row = People(state.accounts, state.audit).local()
        assert run("keys", "create", "mine", "--account", row.name).code == 0
        assert [one.account for one in state.api_keys.all()] == [None, row.id]
    assert all(secret.encode() not in file.read_bytes() for file in tmp_path.rglob("*") if file.is_file())
