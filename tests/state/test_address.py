"""Database URLs: what is accepted, and that passwords never show."""

import pytest

from forgelake.model.errors import ConfigurationError
from forgelake.state.address import masked, parse
from forgelake.state.database import State


@pytest.mark.parametrize(
    ("text", "driver"),
    [
        ("sqlite:///state.db", "sqlite+pysqlite"),
        ("sqlite:////srv/state.db", "sqlite+pysqlite"),
        ("postgresql://host/database", "postgresql+psycopg"),
        ("postgres://host/database", "postgresql+psycopg"),
        ("postgresql+psycopg://user:word@host:5432/database", "postgresql+psycopg"),
    ],
)
def test_a_good_url_gets_the_driver_that_is_installed(text: str, driver: str) -> None:
    assert parse(text).drivername == driver


@pytest.mark.parametrize(
    "text",
    [
        "",
        "state.db",
        "mysql://user:hunter2@host/database",
        "postgresql+psycopg2://user:hunter2@host/database",
        "postgresql://user:hunter2@host:port/database",
        "sqlite://",
        "sqlite:///:memory:",
        "host=localhost password=hunter2",
    ],
)
def test_a_wrong_url_is_answered_with_good_ones_and_without_its_password(text: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        State.open(text)
    message = str(caught.value)
    assert masked(text) in message
    assert "sqlite:///" in message
    assert "postgresql+psycopg://" in message
    assert "hunter2" not in message


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("postgresql://user:hunter2@host/database", "postgresql://user:***@host/database"),
        ("postgresql://user:hun@ter/2@host/database", "postgresql://user:***@host/database"),
        ("postgresql:user:hunter2@host", "postgresql:***@host"),
        ("postgresql:///d?host=/run&password=hunter2&user=u", "postgresql:///d?host=/run&password=***&user=u"),
        ("host=h password='hun ter2' user=u", "host=h password=*** user=u"),
        ("sqlite:///state.db", "sqlite:///state.db"),
    ],
)
def test_passwords_are_masked_wherever_they_stand(text: str, shown: str) -> None:
    assert masked(text) == shown
