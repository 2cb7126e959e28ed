"""Notes in a database, SQLite or PostgreSQL, in the tables that Spark's JDBC catalog has too."""

import contextlib
import sqlite3
import time
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import Final

from pyiceberg.catalog.sql import IcebergTables, SqlCatalog
from sqlalchemy import event, insert, select
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import DatabaseError, InterfaceError, OperationalError

from forgelake.lake.catalogs.notes import NAMESPACE, Note
from forgelake.model.errors import ConfigurationError, RetryError
from forgelake.settings.urls import masked

OPENING_ATTEMPTS: Final = 5

_NOTED: Final = tuple(IcebergTables.__table__.columns)


class SqlNotes:
    """The notes in one database; see ``forgelake.lake.catalogs.notes``."""

    namespace = NAMESPACE

    def __init__(self, url: str, files: dict[str, str]) -> None:
        """Args: SQLAlchemy's URL of the database, and how pyiceberg reaches the tables' files.

        Raises:
            ConfigurationError: the database cannot be used.
        """
        self.tables = _opened(url, files)

    def rows(self) -> list[dict[str, str | None]]:
        """All notes on tables."""
        with self.tables.engine.connect() as connection:
            found = connection.execute(select(*_NOTED).where(_NOTED[0] == NAMESPACE))
            return [dict(row._mapping) for row in found]  # noqa: SLF001 - SQLAlchemy's public name for it

    def add(self, rows: Iterable[Note]) -> None:
        """Note tables that are not noted yet, all or none."""
        with self.tables.engine.begin() as connection:
            connection.execute(insert(IcebergTables), [dict(row) for row in rows])

    def close(self) -> None:
        """Let go of the database."""
        self.tables.engine.dispose()


def _opened(url: str, files: dict[str, str]) -> SqlCatalog:
    """The catalog with its own tables, which another process may be making at this very moment."""
    for attempt in range(1, OPENING_ATTEMPTS + 1):
        try:
            if url.startswith("sqlite:///"):
                _prepare_sqlite(Path(url.removeprefix("sqlite:///")))
            catalog = SqlCatalog(NAMESPACE, uri=url, **files)
            catalog.create_namespace_if_not_exists(NAMESPACE)
            event.listen(catalog.engine, "handle_error", partial(_told_as_ours, masked(url)))
            return catalog
        except (DatabaseError, sqlite3.Error, OSError) as error:
            if attempt == OPENING_ATTEMPTS:
                said = masked(str(getattr(error, "orig", error))).strip()
                message = f'the catalog at "{masked(url)}" cannot be opened: {said}; check catalog.url'
                raise ConfigurationError(message) from error
            time.sleep(0.05 * attempt)
    raise AssertionError


def _told_as_ours(shown: str, context: ExceptionContext) -> RetryError | None:
    """A database that does not answer is a passing fault, as everywhere else."""
    if not isinstance(context.sqlalchemy_exception, InterfaceError | OperationalError):
        return None
    said = masked(str(context.original_exception)).strip()
    return RetryError(f"the catalog at {shown} does not answer: {said}; try again")


def _prepare_sqlite(path: Path) -> None:
    """Make the database file; with a write-ahead log readers never wait for the writer."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.closing(sqlite3.connect(path, timeout=30)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
