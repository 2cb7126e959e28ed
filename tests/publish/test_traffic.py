"""Exports of traffic: what is in the files, that they replace each other whole, and that QuickSight can find them."""

import csv
import io
import json
import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from forgelake.model.errors import UsageError
from forgelake.pipelines.context import Context
from forgelake.pipelines.daily.run import run_daily
from forgelake.pipelines.traffic.collect import JOB
from forgelake.pipelines.traffic.imported import import_traffic
from forgelake.publish.traffic import Exported, Form, export_traffic
from forgelake.sources.repo_stats.packing import Repository
from forgelake.storage.objects import Storage
from forgelake.storage.place import S3Options
from tests.pipelines.lakes import Lake
from tests.pipelines.timelines import PassingTime
from tests.servers.github_traffic import TrafficGitHub, Visits
from tests.servers.s3 import ACCESS_KEY_ID, REGION, SECRET_ACCESS_KEY, S3Server

HEADER = "time_iso8601,clones_total,clones_unique,views_total,views_unique\n"
SETS = ("views", "clones", "windows", "referrers", "paths")


def bring(context: Context, folder: Path, repo: str, repo_id: int, *lines: str) -> None:
    """Import an archive of a few days, with a top ten."""
    folder.mkdir()
    (folder / "views_clones_aggregate.csv").write_text(HEADER + "\n".join(lines) + "\n", encoding="utf-8")
    referrers = 'referrer,views_total,views_unique\n"a ""b"", c",9,4\nt.co,1,1\n'
    (folder / "2021-11-08_231824_top_referrers_snapshot.csv").write_text(referrers, encoding="utf-8")
    import_traffic(context, folder, repo, lambda name: Repository(name, repo_id))


@pytest.fixture
def context(tmp_path: Path) -> Iterator[Context]:
    """A lake with the traffic of two repositories."""
    with Lake(tmp_path / "home", tmp_path.as_uri()).open() as opened:
        lines = ("2021-11-01 00:00:00+00:00,2,1,9,4", "2021-11-24 00:00:00+00:00,,,99,20")
        bring(opened, tmp_path / "a", "octo/cat", 7, *lines)
        bring(opened, tmp_path / "b", "octo/dog", 8, "2021-11-02 00:00:00+00:00,5,3,1,1")
        yield opened


@pytest.fixture
def github() -> Iterator[TrafficGitHub]:
    with TrafficGitHub(lambda: datetime(2026, 5, 1, 20, tzinfo=UTC)) as served:
        yield served


def export(
    context: Context, target: Storage, form: Form = "csv", repos: Sequence[str] = (), *, private: bool = False
) -> Exported:
    return export_traffic(context.lake.now(0), target, form, context.scratch, repos=repos, private=private)


def lines(target: Storage, name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(target.get(f"{name}.csv").decode())))


def test_one_file_per_data_set_with_ids_and_names(context: Context, tmp_path: Path) -> None:
    target = Storage.open(str(tmp_path / "out"))
    done = export(context, target).files
    assert [(Path(one.uri).name, one.rows) for one in done] == [
        ("views.csv", 3),
        ("clones.csv", 2),
        ("windows.csv", 0),
        ("referrers.csv", 4),
        ("paths.csv", 0),
    ]
    cat = {"repo_id": "7", "repo_name": "octo/cat"}
    assert lines(target, "views")[:2] == [
        {**cat, "date": "2021-11-01", "views": "9", "unique_visitors": "4", "is_final": "true"},
        {**cat, "date": "2021-11-24", "views": "99", "unique_visitors": "20", "is_final": "false"},
    ]
    assert lines(target, "referrers")[0] == {
        **cat, "taken_at": "2021-11-08T23:18:24Z", "rank": "1", "referrer": 'a "b", c', "views": "9",
        "unique_visitors": "4",
    }  # fmt: skip


def test_a_day_without_a_known_count_is_no_zero(context: Context, tmp_path: Path) -> None:
    target = Storage.open(str(tmp_path / "out"))
    export(context, target, repos=["octo/cat"])
    assert [line["date"] for line in lines(target, "clones")] == ["2021-11-01"]


def test_a_lake_without_traffic_is_exported_as_files_without_rows(tmp_path: Path) -> None:
    with Lake(tmp_path / "home", tmp_path.as_uri()).open() as empty:
        done = export(empty, Storage.open(str(tmp_path / "out")))
    assert [one.rows for one in done.files] == [0] * len(SETS)
    assert (tmp_path / "out" / "views.csv").read_text(encoding="utf-8").count("\n") == 1


def test_manifests_name_each_file_as_quicksight_wants_it(context: Context, tmp_path: Path) -> None:
    target = Storage.open(str(tmp_path / "out"))
    done = export(context, target).files
    for name, one in zip(SETS, done, strict=True):
        said = json.loads(target.get(f"{name}.manifest.json"))
        assert said["fileLocations"] == [{"URIs": [one.uri]}]
        settings = {"format": "CSV", "delimiter": ",", "textqualifier": '"', "containsHeader": "true"}
        assert said["globalUploadSettings"] == settings


def test_parquet_keeps_types_and_needs_no_manifest(context: Context, tmp_path: Path) -> None:
    export(context, Storage.open(str(tmp_path / "out")), "parquet")
    files = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert files == sorted(f"{name}.parquet" for name in SETS)
    table = pq.read_table(tmp_path / "out" / "views.parquet")
    assert table["date"].to_pylist() == [date(2021, 11, 1), date(2021, 11, 24), date(2021, 11, 2)]
    assert table["views"].to_pylist() == [9, 99, 1]


def test_only_the_repositories_asked_for(context: Context, tmp_path: Path) -> None:
    target = Storage.open(str(tmp_path / "out"))
    export(context, target, repos=["Octo/Dog"])
    assert {line["repo_name"] for line in lines(target, "views")} == {"octo/dog"}


def test_private_repositories_are_left_out_unless_they_are_asked_for(
    context: Context, tmp_path: Path, github: TrafficGitHub
) -> None:
    owl = github.repo("octo/owl")
    owl.private, owl.readers = True, {"secret"}
    github.shown_to[owl.id] = {"secret"}
    github.desk.visits[owl.id][github.clock().date()] = Visits(10, 5, 4, 2)
    settings = {"FORGELAKE_GITHUB_API_URL": github.url, "FORGELAKE_GITHUB_REPOS": "octo/owl"}
    with Lake(tmp_path / "home", tmp_path.as_uri()).open(**settings, FORGELAKE_GITHUB_TOKEN="secret") as collecting:
        clock = PassingTime(github.clock())
        assert run_daily(replace(collecting, clock=clock.now), clock, JOB).complete
    target = Storage.open(str(tmp_path / "out"))
    assert export(context, target).left_out == ["octo/owl"]
    assert {line["repo_name"] for line in lines(target, "views")} == {"octo/cat", "octo/dog"}
    assert export(context, target, private=True).left_out == []
    assert {line["repo_name"] for line in lines(target, "views")} == {"octo/cat", "octo/dog", "octo/owl"}
    export(context, target, repos=["octo/owl"])
    assert {line["repo_name"] for line in lines(target, "windows")} == {"octo/owl"}


def test_a_repository_without_traffic_is_named_with_the_nearest_one(context: Context, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r'no traffic of "octo/cow"; did you mean "octo/.*"\?'):
        export(context, Storage.open(str(tmp_path / "out")), repos=["octo/cow"])
    assert list((tmp_path / "out").iterdir()) == []


def test_a_reader_never_sees_half_a_file(context: Context, tmp_path: Path) -> None:
    target = Storage.open(str(tmp_path / "out"))
    export(context, target)
    whole, seen, over = target.get("views.csv"), set[bytes](), threading.Event()

    def look() -> None:
        while not over.is_set():
            seen.add((tmp_path / "out" / "views.csv").read_bytes())

    reader = threading.Thread(target=look)
    reader.start()
    try:
        for _ in range(5):
            export(context, target)
    finally:
        over.set()
        reader.join()
    assert seen == {whole}
    assert [path.name for path in (tmp_path / "out").iterdir() if path.suffix not in {".csv", ".json"}] == []


def test_a_bucket_gets_the_same_files(context: Context, s3_server: S3Server, tmp_path: Path) -> None:
    uri = s3_server.uri("export-traffic")
    bucket = Storage.open(uri, S3Options(s3_server.endpoint, REGION, ACCESS_KEY_ID, SECRET_ACCESS_KEY))
    folder = Storage.open(str(tmp_path / "out"))
    done = export(context, bucket).files
    export(context, folder)
    assert [one.uri for one in done] == [f"{uri}/{name}.csv" for name in SETS]
    for name in SETS:
        assert bucket.get(f"{name}.csv") == folder.get(f"{name}.csv")
        assert json.loads(bucket.get(f"{name}.manifest.json"))["fileLocations"] == [{"URIs": [f"{uri}/{name}.csv"]}]
