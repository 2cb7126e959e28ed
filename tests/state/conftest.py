"""One suite for all: what takes ``state`` or ``url`` runs on SQLite, on a real PostgreSQL and on DynamoDB (moto)."""

import os
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, text, update

from forgelake.state.database import State
from forgelake.state.owners import Owner
from forgelake.state.schema import ledger_version, metadata
from tests.servers.aws import Aws
from tests.servers.postgresql import written

NOW = datetime(2024, 5, 6, 7, 8, 9, 123456, tzinfo=UTC)


@pytest.fixture(scope="session")
def migrated(administrator: Engine) -> Iterator[Engine]:
    """A PostgreSQL database that has its tables; making one for each test would take longer than the tests."""
    with administrator.connect() as connection:
        connection.execute(text("CREATE DATABASE migrated"))
    url = administrator.url.set(database="migrated")
    State.open(written(url)).close()
    engine = create_engine(url)
    yield engine
    engine.dispose()


@pytest.fixture
def emptied_postgresql_url(migrated: Engine) -> str:
    """A PostgreSQL database with empty tables."""
    with migrated.begin() as connection:
        emptied = (table.name for table in metadata.sorted_tables if table is not ledger_version)
        connection.execute(text(f"TRUNCATE {', '.join(emptied)}"))
        connection.execute(update(ledger_version).values(number=0, forgotten=0))
    return written(migrated.url)


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """A SQLite file that is not there yet, in a folder that is not there yet."""
    return f"sqlite:///{tmp_path}/home/state.db"


@pytest.fixture(params=["sqlite_url", "fresh_postgresql_url"], ids=["sqlite", "postgresql"])
def fresh_url(request: pytest.FixtureRequest) -> str:
    """A database of each kind that was never opened."""
    return str(request.getfixturevalue(request.param))


@pytest.fixture(params=["sqlite_url", "emptied_postgresql_url"], ids=["sqlite", "postgresql"])
def sql_url(request: pytest.FixtureRequest) -> str:
    """A database of each kind that speaks SQL, without a row in it: DynamoDB keeps nothing of people."""
    return str(request.getfixturevalue(request.param))


@pytest.fixture
def dynamodb_url(aws: Aws) -> str:
    """A table that is not there yet."""
    return aws.state_url(f"test-{uuid.uuid4().hex}")


@pytest.fixture(
    params=["sqlite_url", "emptied_postgresql_url", "dynamodb_url"], ids=["sqlite", "postgresql", "dynamodb"]
)
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
