"""Bring a database to the newest schema, once, however many processes open it at the same instant."""

import threading

from sqlalchemy import Connection, inspect, text

from forgelake.model.errors import StopError
from forgelake.state.connection import Database

HEAD = "0016"
"""The newest version in ``migrations/versions``; named here so that an up-to-date database never loads Alembic."""

VERSION_TABLE = "forgelake_version"
"""Not Alembic's usual name, so that the database may be shared with another program."""

MIGRATION_LOCK = 7_310_001
_one_thread = threading.Lock()  # Alembic keeps its context in a global


def migrate(database: Database) -> None:
    """Create or upgrade the tables where needed.

    Raises:
        StopError: a newer forgelake has been here.
        RetryError: the database does not answer.
    """
    with database.read() as connection:
        if version(connection) == HEAD:
            return
    with _one_thread, database.write(serial=MIGRATION_LOCK) as connection:
        if version(connection) != HEAD:
            upgrade(connection, database.shown)


def version(connection: Connection) -> str | None:
    """The version that the database is at; None when it is fresh."""
    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    return connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar()  # noqa: S608 — a constant


def upgrade(connection: Connection, shown: str, to: str = HEAD) -> None:
    """Bring the tables to a version.

    Raises:
        StopError: this forgelake does not know the version that they are at, or that they are to be at.
    """
    # Deferred: Alembic takes half a second to load and is needed once in a database's life.
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", "forgelake.state:migrations")
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, to)
    except CommandError as error:
        message = (
            f"the state at {shown} is at version {version(connection) or to}, this forgelake knows up to {HEAD}; "
            "install the newer forgelake that wrote it"
        )
        raise StopError(message) from error
