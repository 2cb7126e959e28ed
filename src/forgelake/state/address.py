"""Where the state lives: reading a database URL, and showing it without its password."""

import re

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from forgelake.model.errors import ConfigurationError

GOOD_FORMS = (
    "sqlite:///forgelake-data/state.db (relative), sqlite:////srv/forgelake/state.db (absolute), "
    "postgresql+psycopg://user:password@host:5432/database or dynamodb://TABLE?region=eu-central-1"
)

DYNAMODB = "dynamodb://"

_DRIVERS = {
    "sqlite": "sqlite+pysqlite",
    "sqlite+pysqlite": "sqlite+pysqlite",
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
    "postgresql+psycopg": "postgresql+psycopg",
}

_USER_PASSWORD = re.compile(r"(://[^:/@]*:).*@", re.DOTALL)
_NO_SLASHES = re.compile(r"^([^:/]*:)(?!//).*@", re.DOTALL)
_NAMED_PASSWORD = re.compile(r"(password\s*=\s*)('[^']*'|[^&\s]*)", re.IGNORECASE)


def masked(text: str) -> str:
    """The text with every password in it replaced by ``***``, whether or not it is a proper URL."""
    text = _USER_PASSWORD.sub(r"\1***@", text)
    text = _NO_SLASHES.sub(r"\1***@", text)
    return _NAMED_PASSWORD.sub(r"\1***", text)


def parse(text: str) -> URL:
    """Read a database URL and settle its driver.

    Raises:
        ConfigurationError: the text is no URL, or names a database that forgelake cannot use.
    """
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        # The parser's own message repeats the text with its password, so it is not chained.
        raise _wrong(text, "is not a database URL") from None
    if url.drivername not in _DRIVERS:
        raise _wrong(text, f'names the database "{url.drivername}", which forgelake cannot use')
    url = url.set(drivername=_DRIVERS[url.drivername])
    if url.get_backend_name() == "sqlite" and url.database in (None, "", ":memory:"):
        raise _wrong(text, "names no file; several processes have to see the same state")
    return url


def _wrong(text: str, what: str) -> ConfigurationError:
    return ConfigurationError(f'the state URL "{masked(text)}" {what}; write it like {GOOD_FORMS}')
