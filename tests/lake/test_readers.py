"""Other programs read the tables without forgelake, and find the same rows."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import duckdb
import polars as pl
import pytest
from pyiceberg.table import StaticTable

from forgelake.engines.duckdb import EXTENSIONS, extension_path
from tests.pipelines.archive import FIRST, PER_HOUR, hours, publish, some
from tests.pipelines.lakes import Lake

Totals: TypeAlias = tuple[int, int, int, int, int]
"""Rows, sum of ids, distinct repositories, pushes, sources in all."""

SQL = (
    "SELECT count(*), sum(id)::BIGINT, count(DISTINCT repo_id), "
    "count(*) FILTER (type = 'PushEvent'), sum(len(sources))::BIGINT FROM "
)


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """A lake after several commits that rewrote files."""
    folder = tmp_path_factory.mktemp("readers")
    files = {hour: some(hour) + some(hour.shifted(1), 0, 4) for hour in hours(3)}
    files[FIRST] = some(FIRST, 0, 10)
    lake = Lake(folder / "home", publish(folder / "hours", dict(files)), {"FORGELAKE_LAKE_COMMIT_SLICES": "1"})
    lake.collect(FIRST, FIRST.shifted(2))
    publish(folder / "hours", {FIRST: some(FIRST) + some(FIRST.shifted(1), 0, 4)})
    lake.collect(FIRST, again=True)
    return lake


@pytest.fixture(scope="module")
def own(lake: Lake) -> Totals:
    """What forgelake itself answers."""
    (totals,) = lake.query(SQL + "events")
    assert totals[0] == 3 * PER_HOUR + 4
    return totals  # type: ignore[return-value]


def _metadata(lake: Lake) -> str:
    return lake.snapshots()["events"]


def _duckdb(place: str) -> Totals:
    with duckdb.connect() as connection:
        for name in EXTENSIONS:
            connection.load_extension(str(extension_path(name)))
        found = connection.execute(f"{SQL} iceberg_scan('{place}')").fetchone()
    assert found is not None
    return found  # type: ignore[return-value]


def _duckdb_by_folder(lake: Lake) -> Totals:
    return _duckdb(str(lake.home / "lake" / "tables" / "events"))


def _duckdb_by_file(lake: Lake) -> Totals:
    return _duckdb(_metadata(lake))


def _polars(lake: Lake) -> Totals:
    pushes = pl.col("type") == "PushEvent"
    frame = pl.scan_iceberg(_metadata(lake)).select(
        pl.len(),
        pl.col("id").sum().alias("ids"),
        pl.col("repo_id").n_unique(),
        pushes.sum().alias("pushes"),
        pl.col("sources").list.len().sum().alias("sources"),
    )
    return frame.collect().row(0)  # type: ignore[return-value]


def _pandas(lake: Lake) -> Totals:
    frame = StaticTable.from_metadata(_metadata(lake)).scan().to_pandas()
    pushes = (frame["type"] == "PushEvent").sum()
    sources = frame["sources"].map(len).sum()
    return len(frame), int(frame["id"].sum()), frame["repo_id"].nunique(), int(pushes), int(sources)


def _arrow(lake: Lake) -> Totals:
    rows = StaticTable.from_metadata(_metadata(lake)).scan().to_arrow().to_pylist()
    pushes = sum(row["type"] == "PushEvent" for row in rows)
    repos = {row["repo_id"] for row in rows}
    return len(rows), sum(row["id"] for row in rows), len(repos), pushes, sum(len(row["sources"]) for row in rows)


@pytest.fixture(autouse=True)
def _polars_plans_with_pyiceberg(monkeypatch: pytest.MonkeyPatch) -> None:
    """Polars warns of a faster package that is not installed."""
    monkeypatch.setenv("POLARS_ICEBERG_PLANNER", "pyiceberg")


@pytest.mark.parametrize("read", [_duckdb_by_folder, _duckdb_by_file, _polars, _pandas, _arrow])
def test_another_reader_finds_the_same(lake: Lake, own: Totals, read: Callable[[Lake], Totals]) -> None:
    assert read(lake) == own


def test_the_folder_names_the_newest_state_of_each_table(lake: Lake) -> None:
    for name, location in lake.snapshots().items():
        hint = lake.home / "lake" / "tables" / name / "metadata" / "version-hint.text"
        assert not hint.exists() or f"{hint.read_text()}.metadata.json" == Path(location).name


def test_a_day_is_found_without_opening_the_files_of_others(lake: Lake) -> None:
    table = StaticTable.from_metadata(_metadata(lake))
    assert list(table.scan(row_filter="created_at < '2016-01-01T00:00:00+00:00'").plan_files()) == []
    assert len(list(table.scan(row_filter="created_at >= '2016-01-01T00:00:00+00:00'").plan_files())) > 0
