"""Runs that end in the middle: what they leave is made whole by the next run, and no reader sees half an hour."""

import random
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from forgelake.lake.events import EVENTS
from tests.cli.processes import Nursery
from tests.pipelines.archive import FIRST, hours, publish, some, text
from tests.pipelines.lakes import Lake

HOURS = hours(4)
COLLECT = ["collect", "gharchive", "--from", str(FIRST), "--to", str(HOURS[-1])]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """Hours that share events with their neighbours, one with a bad line, collected without a fault."""
    folder = tmp_path_factory.mktemp("undisturbed")
    files = {hour: text(some(hour) + some(hour.shifted(1), 0, 3)) for hour in HOURS}
    files[HOURS[2]] += b"{torn"
    lake = Lake(folder / "home", publish(folder / "hours", dict(files)), {"FORGELAKE_LAKE_COMMIT_SLICES": "2"})
    lake.collect(FIRST, HOURS[-1])
    return lake


@pytest.fixture
def fresh(tmp_path: Path, undisturbed: Lake) -> Lake:
    """An empty lake that is to become the same."""
    return Lake(tmp_path / "home", undisturbed.urls, undisturbed.variables)


def _assert_the_same(lake: Lake, undisturbed: Lake) -> None:
    assert lake.table() == undisturbed.table()
    assert lake.table("rejects") == undisturbed.table("rejects")
    assert {(row.key, row.status, row.counts) for row in lake.ledger()} == {
        (row.key, row.status, row.counts) for row in undisturbed.ledger()
    }


def _per_source(lake: Lake) -> Counter[str]:
    return Counter(source for sources in lake.sources().elements() for source in sources)


@contextmanager
def _watched(lake: Lake, final: Counter[str]) -> Iterator[list[str]]:
    """Read the table all the while, and note every source of which some rows are there and others not."""
    faults: list[str] = []
    over = threading.Event()

    def read() -> None:
        with lake.open() as context:
            while not over.is_set():
                table = context.catalog.table(EVENTS).scan(selected_fields=("sources",)).to_arrow()
                seen = Counter(source.split(":", 1)[1] for row in table.to_pylist() for source in row["sources"])
                faults.extend(f"{source}: {count}" for source, count in seen.items() if count != final[source])

    reader = threading.Thread(target=read)
    reader.start()
    try:
        yield faults
    finally:
        over.set()
        reader.join()


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_runs_killed_at_any_moment_are_completed_by_the_next(
    fresh: Lake, undisturbed: Lake, nursery: Nursery, seed: int
) -> None:
    dice = random.Random(seed)  # noqa: S311 - moments, no secrets
    with _watched(fresh, _per_source(undisturbed)) as faults:
        for _ in range(4):
            command = nursery.start(COLLECT, fresh.environ, fresh.home.parent)
            time.sleep(dice.uniform(0.01, 0.9))
            command.kill()
            command.wait()
        last = nursery.run(COLLECT, fresh.environ, fresh.home.parent)
    assert last.code == 3, last.err
    assert faults == []
    _assert_the_same(fresh, undisturbed)
    assert not list((fresh.home / "scratch").glob("*.json.gz"))


@pytest.mark.parametrize(
    "pattern",
    [
        "landing/**/*.receipt.json",
        "tables/events/data/**/*.parquet",
        "tables/events/metadata/*.avro",
        "tables/events/metadata/00001-*",
        "tables/events/data/**/merged-*",
    ],
)
def test_a_run_killed_when_a_file_appears_is_completed_by_the_next(
    fresh: Lake, undisturbed: Lake, nursery: Nursery, pattern: str
) -> None:
    command = nursery.start(COLLECT, fresh.environ, fresh.home.parent)
    command.kill_when(lambda: any((fresh.home / "lake").glob(pattern)))
    assert nursery.run(COLLECT, fresh.environ, fresh.home.parent).code == 3
    _assert_the_same(fresh, undisturbed)


def _first_column(database: Path, sql: str) -> list[str]:
    if not database.exists():
        return []
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        try:
            return [str(row[0]) for row in connection.execute(sql)]
        except sqlite3.OperationalError:
            # Its tables are not made yet.
            return []


def test_a_run_killed_between_the_commit_and_the_ledger_is_completed_by_the_next(
    fresh: Lake, undisturbed: Lake, nursery: Nursery
) -> None:
    state, catalog = fresh.home / "state.db", fresh.home / "catalog.db"
    committed = "SELECT table_name FROM iceberg_tables WHERE metadata_location LIKE '%/events/metadata/00001-%'"
    command = nursery.start(COLLECT, fresh.environ, fresh.home.parent)
    command.wait_until(lambda: _first_column(state, "SELECT name FROM slices WHERE days <> '[]'") != [])
    with closing(sqlite3.connect(state, isolation_level=None, timeout=30)) as connection:
        # While another holds it, nothing can be written into the ledger.
        connection.execute("BEGIN IMMEDIATE")
        command.kill_when(lambda: _first_column(catalog, committed) != [])
    assert fresh.statuses() == {hour.name: ["landed"] for hour in HOURS[:2]}
    assert len(fresh.rows()) > 0
    assert nursery.run(COLLECT, fresh.environ, fresh.home.parent).code == 3
    _assert_the_same(fresh, undisturbed)


def test_a_run_that_was_killed_is_shown_as_interrupted(fresh: Lake, nursery: Nursery) -> None:
    command = nursery.start(COLLECT, fresh.environ, fresh.home.parent)
    command.kill_when(lambda: any((fresh.home / "lake").glob("landing/**/*.json.gz")))
    shown = nursery.run(["runs", "--format", "csv"], fresh.environ, fresh.home.parent)
    assert ",interrupted," in shown.out
    assert "was found gone" in shown.out


def test_a_run_stopped_by_hand_says_how_to_go_on(fresh: Lake, undisturbed: Lake, nursery: Nursery) -> None:
    command = nursery.start(COLLECT, fresh.environ, fresh.home.parent)
    command.wait_until(lambda: any((fresh.home / "lake").glob("tables/events/data/**/*.parquet")))
    command.interrupt()
    stopped = command.wait()
    assert stopped.code == 130
    assert stopped.err.strip() == "forgelake: stopped; what was committed stays, run the same command to go on"
    assert nursery.run(COLLECT, fresh.environ, fresh.home.parent).code == 3
    _assert_the_same(fresh, undisturbed)


def test_a_worker_that_was_killed_ends_the_run_with_one_line(fresh: Lake, undisturbed: Lake, nursery: Nursery) -> None:
    environ = {**fresh.environ, "FORGELAKE_GHARCHIVE_WORKERS": "2"}
    command = nursery.start(COLLECT, environ, fresh.home.parent)
    command.wait_until(lambda: len(command.children) > 2)
    command.kill_child()
    ended = command.wait()
    assert ended.code == 1
    assert ended.err.startswith("forgelake: a worker process was ended from outside")
    assert ended.err.count("\n") == 1
    assert nursery.run(COLLECT, fresh.environ, fresh.home.parent).code == 3
    _assert_the_same(fresh, undisturbed)
