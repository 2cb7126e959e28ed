"""All rows out of one database and into another, of either kind and from older versions."""

from pathlib import Path

import pytest
from sqlalchemy import MetaData, Table, create_engine, insert, select

from forgelake.model.errors import StopError, UsageError
from forgelake.state.address import parse
from forgelake.state.connection import Database
from forgelake.state.database import State
from forgelake.state.migrating import HEAD, migrate, upgrade
from forgelake.state.owners import Owner
from forgelake.state.rows import Rows, restore
from forgelake.state.schema import metadata
from tests.state.conftest import NOW


@pytest.fixture
def full(tmp_path: Path) -> Database:
    """A state on SQLite with a row in some tables."""
    url = f"sqlite:///{tmp_path}/full.db"
    with State.open(url) as state:
        state.runs.start("collect gharchive", {"from": "2016-01-01T01"}, Owner.current(), NOW)
        state.bookmarks.set("gharchive", NOW, "run", NOW)
        state.jobs.add("collect_gharchive", "25 * * * *", NOW)
        state.unfinished.begin("gharchive", "2016-01-01-1", "run", NOW)
        state.leases.acquire(["a"], Owner.current(), 60, NOW)
    return Database(parse(url))


def everything(database: Database) -> dict[str, list[dict[str, object]]]:
    return {name: list(rows) for name, rows in Rows(database).read()}


def test_rows_are_the_same_in_another_database(full: Database, fresh_url: str) -> None:
    before = everything(full)
    assert set(before) == set(metadata.tables) - {"leases", "sessions", "login_flows"}
    assert before["bookmarks"][0]["position"] == NOW.isoformat()
    other = Database(parse(fresh_url))
    restore(other, HEAD, before.items())
    assert everything(other) == before
    with pytest.raises(UsageError, match="in use"):
        restore(other, HEAD, before.items())
    other.close()
    with State.open(fresh_url) as state:
        assert state.bookmarks.get("gharchive") == NOW
        state.bookmarks.set("gharchive", NOW.replace(year=2025), "run", NOW)


def test_an_opened_state_without_rows_is_empty(full: Database, fresh_url: str) -> None:
    other = Database(parse(fresh_url))
    migrate(other)
    restore(other, HEAD, everything(full).items())
    assert everything(other) == everything(full)
    other.close()


def test_rows_of_an_older_version_are_migrated(tmp_path: Path, fresh_url: str) -> None:
    old = create_engine(f"sqlite:///{tmp_path}/old.db")
    with old.begin() as connection:
        upgrade(connection, "old", "0002")
        bookmarks = Table("bookmarks", MetaData(), autoload_with=connection)
        naive = NOW.replace(tzinfo=None)
        connection.execute(insert(bookmarks).values(source="gharchive", position=naive, run_id="run", moved_at=naive))
        rows = [row._asdict() for row in connection.execute(select(bookmarks))]
    plain = [{**row, "position": NOW.isoformat(), "moved_at": NOW.isoformat()} for row in rows]
    other = Database(parse(fresh_url))
    restore(other, "0002", [("bookmarks", plain)])
    other.close()
    with State.open(fresh_url) as state:
        assert state.bookmarks.get("gharchive") == NOW
        # What a later migration writes is there.
        assert state.ledger.version() == 0


def test_rows_of_a_newer_version_are_refused(fresh_url: str) -> None:
    other = Database(parse(fresh_url))
    with pytest.raises(StopError, match="9999"):
        restore(other, "9999", [])
    other.close()
