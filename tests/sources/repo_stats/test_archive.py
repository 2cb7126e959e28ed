"""Archives of github-repo-stats: which files count, and what their lines say."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from forgelake.model.errors import UsageError
from forgelake.model.traffic import Popular, Traffic, TrafficDay
from forgelake.sources.repo_stats.folder import read
from forgelake.sources.repo_stats.parse import Refused, parse

AGGREGATE = "views_clones_aggregate.csv"
HEADER = "time_iso8601,clones_total,clones_unique,views_total,views_unique\n"


def test_the_aggregate_and_snapshots_are_read_and_stars_are_left_out(tmp_path: Path) -> None:
    data = tmp_path / "octo" / "cat" / "ghrs-data"
    (data / "snapshots").mkdir(parents=True)
    (data / AGGREGATE).write_text(f"{HEADER}2021-11-24 00:00:00+00:00,26,9,99,20\n", encoding="utf-8")
    (data / "stars.csv").write_text("time_iso8601,stars_cumulative\n", encoding="utf-8")
    snapshot = "2021-11-08_231824_top_referrers_snapshot.csv"
    (data / "snapshots" / snapshot).write_text("referrer,views_total,views_unique\nGoogle,92,34\n", encoding="utf-8")
    files = read(tmp_path)
    assert sorted(files) == [f"octo/cat/ghrs-data/snapshots/{snapshot}", f"octo/cat/ghrs-data/{AGGREGATE}"]
    archive = parse(files)
    assert archive.days == (TrafficDay(date(2021, 11, 24), views=99, view_uniques=20, clones=26, clone_uniques=9),)
    taken_at = datetime(2021, 11, 8, 23, 18, 24, tzinfo=UTC)
    assert archive.snapshots == [Traffic(taken_at, referrers=(Popular(1, "Google", 92, 34),))]
    assert archive.refused == []
    assert list(archive.observed) == [date(2021, 11, 24), date(2021, 11, 8)]


def test_a_fragment_says_when_its_days_were_seen() -> None:
    name = "2021-11-08_231824_views_clones_series_fragment.csv"
    archive = parse({name: f"{HEADER}2021-11-07 00:00:00+00:00,1,1,,\n".encode()})
    (seen,) = archive.snapshots
    assert seen.taken_at == datetime(2021, 11, 8, 23, 18, 24, tzinfo=UTC)
    assert seen.days == (TrafficDay(date(2021, 11, 7), None, None, 1, 1),)


def test_days_are_utc_whatever_zone_a_line_names() -> None:
    lines = f"{HEADER}2021-11-08 01:00:00+02:00,1,1,4.0,2.0\n2021-11-09 00:00:00,1,1,4,2\n"
    assert [day.day for day in parse({AGGREGATE: lines.encode()}).days] == [date(2021, 11, 7), date(2021, 11, 9)]


def test_a_line_that_cannot_be_read_costs_no_other_line() -> None:
    lines = HEADER + "".join(
        f"2021-11-{day} 00:00:00+00:00,{values}\n"
        for day, values in (("07", "x,1,4,2"), ("08", "1,1,-4,2"), ("09", "1,1,4,2"))
    )
    archive = parse({AGGREGATE: lines.encode()})
    assert [day.day.day for day in archive.days] == [9]
    assert [(one.file, one.line) for one in archive.refused] == [(AGGREGATE, 2), (AGGREGATE, 3)]
    assert archive.refused[1].reason == '"-4" is no count'


def test_missing_columns_and_torn_lines_are_refused() -> None:
    assert parse({AGGREGATE: b"time_iso8601,views_total\n2021-11-09 00:00:00,1\n"}).refused == [
        Refused(AGGREGATE, 2, "no column 'views_unique'")
    ]
    torn = parse({AGGREGATE: f"{HEADER}2021-11-09 00:00:00,1,1\n".encode()})
    assert torn.days == (TrafficDay(date(2021, 11, 9), None, None, 1, 1),)
    unnamed = parse({"_top_paths_snapshot.csv": b"url_path,views_total,views_unique\n/a,1,1\n"})
    assert [one.reason for one in unnamed.refused] == ["its name does not say when it was taken"]


def test_the_folder_of_several_repositories_is_refused_with_their_names(tmp_path: Path) -> None:
    for repo in ("cat", "dog"):
        (tmp_path / repo).mkdir()
        (tmp_path / repo / AGGREGATE).write_text(HEADER, encoding="utf-8")
    with pytest.raises(UsageError, match="several repositories: cat, dog"):
        read(tmp_path)


def test_a_folder_without_traffic_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="name the folder ghrs-data"):
        read(tmp_path)
    with pytest.raises(UsageError, match="no traffic"):
        read(tmp_path / "nowhere")


def test_one_file_may_be_named_alone(tmp_path: Path) -> None:
    file = tmp_path / AGGREGATE
    file.write_text(HEADER, encoding="utf-8")
    assert list(read(file)) == [AGGREGATE]
