"""The whole path with landing and tables in a bucket, and no secret anywhere that a person looks."""

import json
import sqlite3
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from forgelake.metrics.answer import answer_from
from forgelake.metrics.binding import bind
from forgelake.metrics.catalogue import Catalogue
from forgelake.metrics.rolling import rolled_up
from forgelake.pipelines import compact, rollups
from forgelake.pipelines.context import Context
from tests.cli.processes import Nursery
from tests.pipelines.archive import FIRST, hours, packed, publish, some, text, url_path
from tests.pipelines.lakes import BEFORE_ALL, Lake
from tests.servers.mirror import Mirror
from tests.servers.s3 import ACCESS_KEY_ID, REGION, SECRET_ACCESS_KEY, S3Server

LAST = FIRST.shifted(2)
COLLECT = ["collect", "gharchive", "--from", str(FIRST), "--to", str(LAST)]


@pytest.fixture
def local(tmp_path: Path) -> Lake:
    """A lake in a folder, with overlapping hours of two origins and a bad line."""
    one, two, three = hours(3)
    first = publish(tmp_path / "one", {one: some(one), two: text(some(two)) + b"{torn\n", three: some(three)})
    second = publish(tmp_path / "two", {one: some(one, 20) + some(two, 0, 4)})
    variables = {"FORGELAKE_GHARCHIVE_UNITE_FROM": BEFORE_ALL, "FORGELAKE_LAKE_COMMIT_SLICES": "2"}
    return Lake(tmp_path / "local", f"{first} {second}", variables)


def _in_bucket(lake: Lake, server: S3Server, prefix: str) -> Lake:
    return lake.beside(
        prefix,
        FORGELAKE_STORAGE_URI=server.uri(prefix),
        FORGELAKE_STORAGE_ENDPOINT=server.endpoint,
        FORGELAKE_STORAGE_REGION=REGION,
        FORGELAKE_STORAGE_ACCESS_KEY_ID=ACCESS_KEY_ID,
        FORGELAKE_STORAGE_SECRET_ACCESS_KEY=SECRET_ACCESS_KEY,
    )


def _everything_told(lake: Lake) -> str:
    """All text that the databases and files under a lake's home hold."""
    return "".join(path.read_bytes().decode(errors="replace") for path in lake.home.rglob("*") if path.is_file())


def test_a_lake_in_a_bucket_holds_the_same_rows(
    tmp_path: Path, local: Lake, s3_server: S3Server, nursery: Nursery
) -> None:
    local.collect(FIRST, LAST)
    bucket = _in_bucket(local, s3_server, "same-rows")
    results = [
        nursery.run(COLLECT, {**bucket.environ, "FORGELAKE_LOG_LEVEL": "debug"}, tmp_path),
        nursery.run(COLLECT, bucket.environ, tmp_path),
        nursery.run(["rebuild"], bucket.environ, tmp_path),
        nursery.run(["compact"], {**bucket.environ, "FORGELAKE_LAKE_KEEP_UNUSED_HOURS": "0"}, tmp_path),
        nursery.run(["runs"], bucket.environ, tmp_path),
        nursery.run(["tables", "--files"], bucket.environ, tmp_path),
        nursery.run(["sql", "SELECT count(*) AS n FROM events", "--format", "json"], bucket.environ, tmp_path),
    ]
    assert [result.code for result in results] == [3, 3, 3, 0, 0, 0, 0], [result.err for result in results]
    assert "this run brought 0 hours" in results[1].err
    assert (bucket.table(), bucket.table("rejects")) == (local.table(), local.table("rejects"))
    assert json.loads(results[-1].out) == [{"n": len(local.rows())}]
    told = "".join(result.out + result.err for result in results) + _everything_told(bucket)
    assert SECRET_ACCESS_KEY not in told
    assert "s3://lake/same-rows/tables/events/metadata/" in told


def test_an_hour_collected_again_is_replaced_in_a_bucket_too(tmp_path: Path, local: Lake, s3_server: S3Server) -> None:
    bucket = _in_bucket(local, s3_server, "again")
    bucket.collect(FIRST, LAST)
    publish(tmp_path / "one", {FIRST: some(FIRST, 0, 5)})
    bucket.collect(FIRST, again=True)
    local.collect(FIRST, LAST)
    assert bucket.table() == local.table()


def test_a_wrong_key_is_told_without_the_key(
    tmp_path: Path, local: Lake, s3_server: S3Server, nursery: Nursery
) -> None:
    bucket = _in_bucket(local, s3_server, "wrong-key")
    bucket.collect(FIRST)
    wrong = "another-secret-that-must-never-be-printed"
    environ = {**bucket.environ, "FORGELAKE_STORAGE_SECRET_ACCESS_KEY": wrong}
    for command in (COLLECT, ["tables", "--files"], ["sql", "FROM events"]):
        result = nursery.run(command, environ, tmp_path)
        assert (result.code, result.err.count("\n")) == (2, 1), result.err
        assert "was refused; check the access key" in result.err
        assert wrong not in result.err + _everything_told(bucket)


def test_a_bucket_out_of_reach_is_told_in_one_line(
    tmp_path: Path, local: Lake, s3_server: S3Server, nursery: Nursery
) -> None:
    bucket = _in_bucket(local, s3_server, "out-of-reach")
    bucket.collect(FIRST)
    environ = {**bucket.environ, "FORGELAKE_STORAGE_ENDPOINT": "http://127.0.0.1:9"}
    for command in (COLLECT, ["sql", "FROM events"]):
        result = nursery.run(command, environ, tmp_path)
        assert (result.code, result.err.count("\n")) == (1, 1), result.err
        assert "s3://lake/out-of-reach at http://127.0.0.1:9 failed" in result.err


def test_a_mirrors_password_is_told_nowhere(tmp_path: Path, lake: Lake, mirror: Mirror, nursery: Nursery) -> None:
    mirror.files[url_path(FIRST)] = packed(some(FIRST))
    mirror.files[url_path(LAST)] = b"<html>"
    lake.urls = mirror.url.replace("http://", "http://me:hunter2@")
    results = [nursery.run(COLLECT, {**lake.environ, "FORGELAKE_LOG_LEVEL": "debug"}, tmp_path)]
    assert results[0].code == 3
    assert mirror.asked(url_path(FIRST))[0].headers["authorization"].startswith("Basic ")
    lake.urls = "http://me:hunter2@127.0.0.1:9"
    results.append(nursery.run(COLLECT, lake.environ, tmp_path))
    assert results[1].code == 1
    assert "hunter2" not in "".join(result.out + result.err for result in results) + _everything_told(lake)
    with sqlite3.connect(lake.home / "state.db") as connection:
        (url,) = connection.execute("SELECT url FROM slices WHERE status = 'received'").fetchone()
    connection.close()
    assert url == f"{mirror.url}{url_path(FIRST)}"


def test_rollups_in_a_bucket_are_built_read_and_built_again_once_their_files_are_compacted(
    local: Lake, s3_server: S3Server
) -> None:
    later = {"FORGELAKE_NOW": "2016-02-03T00:00:00Z"}
    metric = Catalogue.load().get("events_by_type")
    bucket = _in_bucket(local, s3_server, "rollups")
    for lake in (local, bucket):
        lake.collect(FIRST, LAST)

    def asked(context: Context) -> tuple[list[dict[str, Any]], bool]:
        bound = bind(metric, {"from": "2016-01-01", "to": "2016-02-01"}, context.clock())
        snapshot = context.lake.now(0)
        return answer_from(snapshot, bound, context.clock()).table.to_pylist(), rolled_up(snapshot, bound) is not None

    with local.open(**later) as context:
        expected, _ = asked(context)
    with bucket.open(**later) as context:
        assert asked(context) == (expected, False)
        assert [one.spans for one in rollups.build(context)] == [1, 1, 1]
        assert asked(context) == (expected, True)
        assert compact.compact(context, None, None, timedelta()).days
        assert asked(context) == (expected, False)
        assert [(one.spans, one.removed) for one in rollups.build(context)] == [(1, 1)] * 3
        assert asked(context) == (expected, True)
        assert all(file.path.startswith("s3://") for file in context.lake.now(0).tables["event_months"].files)
