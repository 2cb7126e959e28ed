"""Collecting with the state in DynamoDB and the lake in a bucket: the same lake as with SQLite in a folder."""

import csv
import random
import time
import uuid
from pathlib import Path

import pytest

from forgelake.accounts.cv import Cvs
from forgelake.accounts.people import People
from forgelake.cv.profile import Publication
from forgelake.publish.site_cvs import site_cvs
from tests.cli.processes import Nursery
from tests.pipelines.archive import FIRST, hours, publish, some, text
from tests.pipelines.lakes import Lake
from tests.servers.aws import ENVIRONMENT, Aws
from tests.servers.s3 import ACCESS_KEY_ID, REGION, SECRET_ACCESS_KEY, S3Server

HOURS = hours(4)
COLLECT = ["collect", "gharchive", "--from", str(FIRST), "--to", str(HOURS[-1])]


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """Hours that share events, one with a bad line and one missing, collected with SQLite into a folder."""
    folder = tmp_path_factory.mktemp("plain")
    files = {hour: text(some(hour) + some(hour.shifted(1), 0, 3)) for hour in HOURS[:-1]}
    files[HOURS[2]] += b"{torn"
    lake = Lake(folder / "home", publish(folder / "hours", dict(files)), {"FORGELAKE_LAKE_COMMIT_SLICES": "2"})
    lake.collect(FIRST, HOURS[-1])
    return lake


@pytest.fixture
def served(plain: Lake, aws: Aws, s3_server: S3Server, tmp_path: Path) -> Lake:
    """An empty lake that no database server and no disk keeps, but for the catalog."""
    name = f"lake-{uuid.uuid4().hex}"
    variables = {
        "FORGELAKE_STATE_URL": aws.state_url(name),
        "FORGELAKE_STORAGE_URI": s3_server.uri(name),
        "FORGELAKE_STORAGE_ENDPOINT": s3_server.endpoint,
        "FORGELAKE_STORAGE_REGION": REGION,
        "FORGELAKE_STORAGE_ACCESS_KEY_ID": ACCESS_KEY_ID,
        "FORGELAKE_STORAGE_SECRET_ACCESS_KEY": SECRET_ACCESS_KEY,
    }
    return Lake(tmp_path / "home", plain.urls, {**plain.variables, **ENVIRONMENT, **variables})


def _assert_the_same(lake: Lake, plain: Lake) -> None:
    assert lake.table() == plain.table()
    assert lake.table("rejects") == plain.table("rejects")
    asked = "SELECT name, origin, status, reason, events, rejected, days, sha256 FROM slices ORDER BY ALL"
    assert lake.query(asked) == plain.query(asked)
    assert lake.coverage(FIRST, HOURS[-1]) == plain.coverage(FIRST, HOURS[-1])


def test_the_lake_is_the_same_as_with_sqlite(served: Lake, plain: Lake) -> None:
    served.collect(FIRST, HOURS[-1])
    _assert_the_same(served, plain)
    assert served.bookmark() == plain.bookmark()
    again = served.collect(FIRST, HOURS[-1])
    assert again.counters.events == 0
    _assert_the_same(served, plain)


def test_runs_killed_at_any_moment_are_completed_by_the_next(served: Lake, plain: Lake, nursery: Nursery) -> None:
    dice = random.Random(7)  # noqa: S311 - moments, no secrets
    for _ in range(2):
        command = nursery.start(COLLECT, served.environ, served.home.parent)
        time.sleep(dice.uniform(0.2, 1.5))
        command.kill()
        command.wait()
    served.collect(FIRST, HOURS[-1])
    _assert_the_same(served, plain)


def test_the_doctor_blames_it_for_nothing(served: Lake, nursery: Nursery) -> None:
    result = nursery.run(["doctor"], {**served.environ, "FORGELAKE_NOW": ""}, served.home.parent)
    found = {row["check"]: row["finding"] for row in csv.DictReader(result.out.splitlines())}
    assert {"clock", "tokens", "coverage"} <= found.keys()
    assert {name for name, finding in found.items() if finding != "ok"} <= {"disk", "workers"}


def test_what_needs_sql_says_so(served: Lake, nursery: Nursery) -> None:
    result = nursery.run(["backup", "saved"], served.environ, served.home.parent)
    assert result.code == 2
    assert "backups need a SQL database, and state.url names a table of DynamoDB" in result.err


def test_a_site_has_the_cvs_of_people_whom_a_database_beside_it_keeps(served: Lake, tmp_path: Path) -> None:
    with served.open() as context:
        found = site_cvs(context, context.lake.now(0), ["ada"], context.clock())
        assert (found.held, found.left_out) == ({}, ["ada"])
    beside = {**served.variables, "FORGELAKE_STATE_ACCOUNTS_URL": f"sqlite:///{tmp_path / 'people.db'}"}
    with Lake(served.home, served.urls, beside).open() as context:
        me = People(context.state.accounts, context.state.audit).local()
        Cvs(context.state.profiles).publish(me.id, Publication.PUBLIC)
        assert list(site_cvs(context, context.lake.now(0), [], context.clock()).held) == [me.name]
