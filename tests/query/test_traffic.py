"""Traffic days from observations: the highest value of each day, in whatever order and however often it was seen."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from forgelake.engines.duckdb import connect
from forgelake.lake.parquet import write
from forgelake.lake.traffic import TRAFFIC_DAYS
from forgelake.model.traffic import is_final
from forgelake.query.views import create_view

FIRST = date(2026, 5, 1)
VALUES = ("views", "view_uniques", "clones", "clone_uniques")
Row = Mapping[str, Any]


def observed(
    seen_after: int = 0, day: int = 0, repo_id: int | None = 1, name: str = "octo/cat", **values: object
) -> Row:
    """An observation of a day, made some days after it."""
    traffic_day = FIRST + timedelta(days=day)
    seen_on = traffic_day + timedelta(days=seen_after)
    return {
        "source": f"github:traffic/{repo_id}/{seen_on}@test",
        "day": seen_on,
        "taken_at": datetime.combine(seen_on, datetime.min.time(), UTC),
        "repo_id": repo_id,
        "repo_name": name,
        "traffic_day": traffic_day,
        "is_final": is_final(traffic_day, seen_on),
        **values,
    }


@cache
def opened() -> duckdb.DuckDBPyConnection:
    """Loading an extension takes a tenth of a second, so all examples share one."""
    connection = connect(extensions=("icu",), threads=1)
    connection.execute("SET GLOBAL TimeZone = 'UTC'")
    return connection


def days(files: Sequence[Sequence[Row]]) -> list[dict[str, Any]]:
    """What readers see of observations that lie in some files."""
    schema = TRAFFIC_DAYS.arrow_schema()
    with TemporaryDirectory() as folder, opened().cursor() as connection:
        paths = [Path(folder) / f"{number}.parquet" for number in range(len(files))]
        for path, rows in zip(paths, files, strict=True):
            write(pa.Table.from_pylist([dict(row) for row in rows], schema=schema).to_batches(), schema, path)
        create_view(connection, TRAFFIC_DAYS, [str(path) for path in paths])
        sql = "SELECT * FROM traffic_days ORDER BY repo_id, lower(repo_name), traffic_day"
        return connection.execute(sql).to_arrow_table().to_pylist()


def test_the_highest_value_of_each_kind_holds() -> None:
    (day,) = days([[observed(0, views=5, view_uniques=3), observed(1, views=9, view_uniques=2, clones=1)]])
    assert [day[name] for name in VALUES] == [9, 3, 1, None]
    assert (day["traffic_day"], day["day"], day["source"]) == (
        FIRST,
        FIRST + timedelta(1),
        "github:traffic/1/2026-05-02@test",
    )


def test_a_renamed_repository_is_found_by_each_of_its_names() -> None:
    seen = [observed(0, name="octo/Cat", views=1), observed(1, name="octo/dog", views=2), observed(0, repo_id=2, day=1)]
    found = {day["repo_id"]: (day["repo_name"], sorted(day["repo_names"])) for day in days([seen])}
    assert found == {1: ("octo/dog", ["octo/cat", "octo/dog"]), 2: ("octo/cat", ["octo/cat"])}


def test_an_outage_that_zeroes_the_data_lowers_nothing() -> None:
    (day,) = days([[observed(1, views=9, clones=4)], [observed(4, views=0, clones=0)]])
    assert (day["views"], day["clones"], day["is_final"]) == (9, 4, True)


def test_a_day_is_final_when_views_and_clones_have_been_seen_late_enough() -> None:
    assert not days([[observed(2, views=9, clones=4)]])[0]["is_final"]
    assert not days([[observed(2, views=9, clones=4), observed(3, views=9)]])[0]["is_final"]
    assert days([[observed(4, clones=4), observed(3, views=9)]])[0]["is_final"]


def test_an_archive_without_an_id_joins_the_repository_of_its_name() -> None:
    files = [[observed(1, repo_id=None, name="Octo/Cat", views=9)], [observed(5, views=4)]]
    (day,) = days(files)
    assert (day["repo_id"], day["repo_name"], day["views"]) == (1, "octo/cat", 9)


def test_archives_without_ids_stay_apart_by_name() -> None:
    found = days([[observed(repo_id=None, views=9), observed(repo_id=None, name="octo/dog", views=4)]])
    assert [(day["repo_id"], day["repo_name"], day["views"]) for day in found] == [
        (None, "octo/cat", 9),
        (None, "octo/dog", 4),
    ]


def test_a_renamed_repository_is_one() -> None:
    (day,) = days([[observed(0, name="octo/kitten", views=1), observed(1, name="octo/cat", views=2)]])
    assert (day["repo_name"], day["views"]) == ("octo/cat", 2)


counts = st.none() | st.integers(0, 3)


@st.composite
def an_observation(draw: st.DrawFn) -> Row:
    """Of one of two repositories and three days, up to five days later."""
    repo_id = draw(st.integers(1, 2))
    values = {name: draw(counts) for name in VALUES}
    return observed(draw(st.integers(0, 5)), draw(st.integers(0, 2)), repo_id, f"octo/{repo_id}", **values)


observations = st.lists(an_observation(), min_size=1, max_size=12)


@settings(max_examples=60, deadline=None)
@given(rows=observations, data=st.data())
def test_any_order_any_repetition_and_any_files_give_the_same_days(rows: list[Row], data: st.DataObject) -> None:
    again = data.draw(st.permutations([*rows, *data.draw(st.lists(st.sampled_from(rows), max_size=5))]))
    cut = data.draw(st.integers(0, len(again)))
    assert days([again[:cut], again[cut:]]) == days([rows])


@settings(max_examples=60, deadline=None)
@given(rows=observations)
def test_days_are_what_going_through_the_observations_gives(rows: list[Row]) -> None:
    expected: dict[tuple[int, date], dict[str, Any]] = {}
    for row in rows:
        held = expected.setdefault((row["repo_id"], row["traffic_day"]), dict.fromkeys(VALUES))
        for name in VALUES:
            known = [value for value in (held[name], row[name]) if value is not None]
            held[name] = max(known, default=None)
        for name in ("views", "clones"):
            held[f"{name}_final"] = held.get(f"{name}_final") or (row["is_final"] and row[name] is not None)
    seen = {(day["repo_id"], day["traffic_day"]): day for day in days([rows])}
    assert seen.keys() == expected.keys()
    for key, held in expected.items():
        assert [seen[key][name] for name in VALUES] == [held[name] for name in VALUES]
        assert seen[key]["is_final"] == bool(held["views_final"] and held["clones_final"])
