"""What only a SQL database keeps."""

from typing import Any

from forgelake.model.errors import ConfigurationError


def needs_sql(what: str, setting: str = "state.accounts_url") -> Any:
    """Stands where a store would be, and says so to whoever uses it."""
    return NeedsSql(what, setting)


class NeedsSql:
    """Where a store would be."""

    def __init__(self, what: str, setting: str) -> None:
        self._what, self._setting = what, setting

    def __getattr__(self, _name: str) -> Any:
        message = (
            f"{self._what} need a SQL database, and state.url names a table of DynamoDB; "
            f"name one in {self._setting}, like postgresql+psycopg://user:password@host:5432/database"
        )
        raise ConfigurationError(message)
