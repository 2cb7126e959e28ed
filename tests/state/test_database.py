"""Opening, migrating and closing, on both databases."""

import os
import subprocess
import sys
import threading
from datetime import UTC, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, text
from sqlalchemy.exc import StatementError

from forgelake.model.errors import ConfigurationError, RetryError, StopError
from forgelake.state import connection as state_connection
from forgelake.state import migrating, schema
from forgelake.state.address import parse
from forgelake.state.connection import Database
from forgelake.state.database import State
from tests.state import processes
from tests.state.conftest import NOW


def test_migrations_make_exactly_the_tables_of_the_schema(fresh_url: str) -> None:
    State.open(fresh_url).close()
    engine = create_engine(fresh_url)
    with engine.connect() as connection:
        options: dict[str, Any] = {"version_table": migrating.VERSION_TABLE, "compare_server_default": True}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, schema.metadata) == []
    engine.dispose()


def test_head_is_the_newest_migration() -> None:
    scripts = ScriptDirectory(str(Path(migrating.__file__).parent / "migrations"))
    assert scripts.get_current_head() == migrating.HEAD


def test_opening_again_keeps_what_is_there(fresh_url: str) -> None:
    with State.open(fresh_url) as state:
        state.bookmarks.set("gharchive", NOW, "run", NOW)
    with State.open(fresh_url) as state:
        assert state.bookmarks.get("gharchive") == NOW


def test_processes_may_open_a_fresh_database_at_the_same_instant(fresh_url: str) -> None:
    sources = ["first", "second"]
    barrier = processes.CONTEXT.Barrier(len(sources))
    started = [processes.start(processes.open_fresh, fresh_url, source, barrier) for source in sources]
    for process in started:
        process.join(processes.START_WITHIN_SECONDS)
    assert [process.exitcode for process in started] == [0, 0]
    with State.open(fresh_url) as state:
        assert all(state.bookmarks.get(source) for source in sources)


def test_threads_may_open_a_fresh_database_at_the_same_instant(fresh_url: str) -> None:
    barrier = threading.Barrier(4)
    opened: list[State] = []

    def open_it() -> None:
        barrier.wait(30)
        opened.append(State.open(fresh_url))

    threads = [threading.Thread(target=open_it) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(opened) == 4
    for state in opened:
        state.close()


def test_connections_that_switch_a_fresh_sqlite_file_to_wal_together_all_succeed(tmp_path: Path) -> None:
    # SQLite refuses one of them without waiting in about one round of thirty.
    def connect(barrier: threading.Barrier, url: str, modes: list[str]) -> None:
        database = Database(parse(url))
        barrier.wait(30)
        with database.read() as connection:
            modes.append(str(connection.execute(text("PRAGMA journal_mode")).scalar()))
        database.close()

    modes: list[str] = []
    for number in range(60):
        arguments = (threading.Barrier(6), f"sqlite:///{tmp_path}/{number}.db", modes)
        threads = [threading.Thread(target=connect, args=arguments) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
    assert modes == ["wal"] * 360


def test_threads_share_a_state(state: State) -> None:
    def move(source: str) -> None:
        for step in range(10):
            state.bookmarks.set(source, NOW + timedelta(hours=step), "run", NOW)

    threads = [threading.Thread(target=move, args=(f"source-{number % 4}",)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert {state.bookmarks.get(f"source-{number}") for number in range(4)} == {NOW + timedelta(hours=9)}


def test_instants_come_back_aware_and_in_utc(state: State) -> None:
    kathmandu = timezone(timedelta(hours=5, minutes=45))
    state.bookmarks.set("gharchive", NOW.astimezone(kathmandu), "run", NOW)
    position = state.bookmarks.get("gharchive")
    assert position == NOW
    assert position is not None
    assert position.tzinfo is UTC


def test_a_naive_instant_is_refused(state: State) -> None:
    with pytest.raises((StatementError, ValueError), match="no time zone"):
        state.bookmarks.set("gharchive", NOW.replace(tzinfo=None), "run", NOW)
    assert state.bookmarks.get("gharchive") is None


def test_a_database_of_a_newer_version_stops(fresh_url: str) -> None:
    State.open(fresh_url).close()
    engine = create_engine(fresh_url)
    with engine.begin() as connection:
        connection.execute(text(f"UPDATE {migrating.VERSION_TABLE} SET version_num = '9999'"))
    engine.dispose()
    with pytest.raises(StopError, match=r"version 9999.*newer forgelake"):
        State.open(fresh_url)


def test_a_failed_migration_leaves_nothing_behind(fresh_url: str) -> None:
    engine = create_engine(fresh_url)
    if engine.url.get_backend_name() == "sqlite":
        Path(engine.url.database or "").parent.mkdir()
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE bookmarks (mine TEXT)"))  # the last but one that the migration makes
    with pytest.raises(ConfigurationError, match="bookmarks"):
        State.open(fresh_url)
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE bookmarks"))
    engine.dispose()
    with State.open(fresh_url) as state:
        assert state.ledger.period("gharchive") is None


def test_sqlite_is_set_up_for_several_processes(sqlite_url: str) -> None:
    database = Database(parse(sqlite_url))
    with database.read() as connection:
        pragmas = {
            name: connection.execute(text(f"PRAGMA {name}")).scalar()
            for name in ("journal_mode", "busy_timeout", "foreign_keys", "synchronous")
        }
    database.close()
    assert pragmas == {"journal_mode": "wal", "busy_timeout": 30_000, "foreign_keys": 1, "synchronous": 1}


def test_a_sqlite_database_that_stays_locked_asks_to_try_again(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(state_connection, "BUSY_SECONDS", 0.05)
    writer = Database(parse(sqlite_url))
    with State.open(sqlite_url) as other:
        with writer.write(), pytest.raises(RetryError, match="locked"):
            other.bookmarks.set("gharchive", NOW, "run", NOW)
        other.bookmarks.set("gharchive", NOW, "run", NOW)
        assert other.bookmarks.get("gharchive") == NOW
    writer.close()


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    file = tmp_path / "state.db"
    file.write_text("this is a letter to my aunt, and rather a long one" * 100)
    with pytest.raises(ConfigurationError, match=r"state\.db.*not a database"):
        State.open(f"sqlite:///{file}")


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file where the folder should be")
    with pytest.raises(ConfigurationError, match="home"):
        State.open(f"sqlite:///{tmp_path}/home/state.db")


def test_a_server_that_is_not_there_is_named_without_the_password(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        State.open(f"postgresql+psycopg://someone:hunter2@/database?host={tmp_path}")
    assert "someone:***@" in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_only_what_is_needed_is_imported(sqlite_url: str) -> None:
    State.open(sqlite_url).close()
    program = (
        "import sys, forgelake.state; print('sqlalchemy' in sys.modules);"
        "from forgelake.state.database import State; State.open(sys.argv[1]).close();"
        "print('alembic' in sys.modules, 'psycopg' in sys.modules)"
    )
    answer = subprocess.run(
        [sys.executable, "-c", program, sqlite_url],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert answer.stdout.split() == ["False", "False", "False"]


def test_described_columns_have_words_and_types() -> None:
    described = {column.name: column for column in (*schema.SLICES_COLUMNS, *schema.RUNS_COLUMNS)}
    assert all(column.description.endswith(".") for column in described.values())
    assert [described[name].type for name in ("source", "start", "size", "attempts", "days", "arguments")] == [
        "VARCHAR",
        "TIMESTAMPTZ",
        "BIGINT",
        "INTEGER",
        "DATE[]",
        "JSON",
    ]
