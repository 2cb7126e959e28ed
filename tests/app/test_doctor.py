"""What the doctor sees of a lake that is well, and of one that is not."""

import shutil
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from forgelake.app.doctor import Check, Finding, examine
from forgelake.jobs.worker import WORKER
from forgelake.settings.loading import load
from forgelake.state.jobs import Ended
from forgelake.state.migrating import HEAD, VERSION_TABLE
from forgelake.state.owners import Owner
from forgelake.state.runs import RunStatus
from tests.pipelines.archive import FIRST, hours, published
from tests.pipelines.lakes import Lake
from tests.servers.aws import Aws

ELSEWHERE = Owner("f" * 32, "another-host", 1, None)


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    folder = tmp_path_factory.mktemp("doctor")
    lake = Lake(folder / "home", published(folder / "hours", 3))
    lake.collect(FIRST, hours(3)[-1])
    with lake.open() as context:
        context.state.leases.acquire([f"{WORKER}1"], ELSEWHERE, 3600, datetime.now(UTC))
    return lake


def checks(lake: Lake, **variables: str) -> dict[str, Check]:
    """What was found, by what was looked at."""
    environ = {**lake.environ, "FORGELAKE_NOW": "", **variables}
    return {one.name: one for one in examine(load(environ, lake.home.parent))}


def test_all_is_well(lake: Lake) -> None:
    found = checks(lake)
    assert {one.name for one in found.values() if one.finding is not Finding.OK} <= {"disk"}
    assert "3 of 3 hours from 2016-01-01T01 to 2016-01-01T03" in found["coverage"].told
    assert "1 worker lives" in found["workers"].told
    assert {"settings", "state", "clock", "storage", "catalog", "disk", "leases", "tokens"} <= found.keys()


def test_whatever_is_not_ok_says_what_to_do(lake: Lake, tmp_path: Path) -> None:
    ill = Lake(tmp_path / "home", lake.urls)
    ill.collect(FIRST, FIRST.shifted(4))
    now = datetime.now(UTC)
    with ill.open() as context:
        state = context.state
        for name in ("collect_gharchive", "collect_repos"):
            state.jobs.add(name, "", None)
        state.jobs.begin("collect_gharchive", "1" * 32, now, None)
        state.jobs.end("collect_gharchive", "1" * 32, Ended(RunStatus.FAILED, "no origin can be reached"), now)
        state.jobs.pause("collect_repos", now)
        state.tokens.seen("https://api.github.com", "abc", now + timedelta(days=3), now)
        state.runs.start("collect events", {}, ELSEWHERE, now - timedelta(hours=1))
        metadata = context.catalog.pointers()["events"]
    Path(metadata.removeprefix("file://")).unlink()
    found = checks(ill)
    findings = {name: one.finding for name, one in found.items() if one.finding is not Finding.OK and name != "disk"}
    assert findings == {
        "catalog": Finding.BAD,
        "job collect_gharchive": Finding.BAD,
        "job collect_repos": Finding.WARNING,
        "workers": Finding.WARNING,
        "runs": Finding.WARNING,
        "token abc": Finding.WARNING,
        "coverage": Finding.WARNING,
    }
    assert all(found[name].next for name in findings)
    assert "no origin can be reached" in found["job collect_gharchive"].told
    assert "3 of 5 hours" in found["coverage"].told


def test_a_stopped_clock_is_no_clock(lake: Lake) -> None:
    assert checks(lake, FORGELAKE_NOW="2016-01-01T00:00:00Z")["clock"].finding is Finding.WARNING


def test_places_that_cannot_be_reached_are_told(tmp_path: Path) -> None:
    own = Lake(tmp_path / "home", "file:///nowhere/")
    own.variables["FORGELAKE_STATE_URL"] = f"postgresql://someone:hunter2@/lake?host={tmp_path}"
    found = checks(own)
    assert found["state"].finding is Finding.BAD
    assert "hunter2" not in found["state"].told
    (tmp_path / "file").write_text("no folder")
    own.variables = {"FORGELAKE_STORAGE_URI": str(tmp_path / "file")}
    assert Finding.BAD in {one.finding for one in checks(own).values()}
    shutil.rmtree(own.home, ignore_errors=True)


def test_the_database_of_accounts_beside_dynamodb_is_looked_at(
    aws: Aws, fresh_postgresql_url: str, tmp_path: Path
) -> None:
    own = Lake(tmp_path / "home", "file:///nowhere/")
    own.variables["FORGELAKE_STATE_URL"] = aws.state_url(f"doctor-{uuid.uuid4().hex}")

    def accounts(url: str) -> tuple[Finding, str, str]:
        found = checks(own, FORGELAKE_STATE_ACCOUNTS_URL=url)
        assert {one.name for one in found.values() if one.finding is Finding.BAD} <= {"accounts", "disk"}
        return found["accounts"].finding, found["accounts"].told, found["accounts"].next

    assert accounts("")[:2] == (Finding.OK, "none are kept")
    assert accounts(fresh_postgresql_url)[1].endswith("is new")
    finding, told, _ = accounts(fresh_postgresql_url)
    assert (finding, f"is at version {HEAD} of {HEAD}" in told) == (Finding.OK, True)
    engine = create_engine(fresh_postgresql_url)
    with engine.begin() as connection:
        connection.execute(text(f"UPDATE {VERSION_TABLE} SET version_num = '9999'"))
    engine.dispose()
    finding, told, advice = accounts(fresh_postgresql_url)
    assert (finding, "at version 9999" in told, "newer forgelake" in advice) == (Finding.BAD, True, True)
    finding, told, advice = accounts(f"postgresql://someone:hunter2@/lake?host={tmp_path}")
    assert (finding, "hunter2" in told, "state.accounts_url" in advice) == (Finding.BAD, False, True)


def test_a_database_of_accounts_beside_sql_is_told_to_be_of_no_use(lake: Lake, tmp_path: Path) -> None:
    found = checks(lake, FORGELAKE_STATE_ACCOUNTS_URL=f"sqlite:///{tmp_path}/accounts.db")["accounts"]
    assert (found.finding, "is not used" in found.told) == (Finding.WARNING, True)
