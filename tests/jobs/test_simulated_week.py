"""A week in which workers are killed and all that they stand on fails: nothing is lost, nothing is double.

Two of them share a PostgreSQL whose connections are cut, an S3 server that says SlowDown, is slow and loses answers,
and a disk that is full for half a day. Nobody mends anything; it only ends.
"""

import random
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from forgelake.jobs.schedule import cause
from forgelake.jobs.status import live_workers
from forgelake.model.hours import Hour
from forgelake.pipelines.context import Context
from tests.jobs.bench import until
from tests.jobs.processes import set_clock, started
from tests.pipelines.archive import hours, publish, some
from tests.pipelines.lakes import Lake
from tests.servers.github import GitHub
from tests.servers.s3 import ACCESS_KEY_ID, REGION, SECRET_ACCESS_KEY, S3Server
from tests.servers.small_disk import NoSmallDiskError, SmallDisk
from tests.servers.troubled_s3 import NO_TROUBLE, Trouble, TroubledS3

FIRST = Hour.parse("2026-09-07T00")
DAYS = 7
EVENTS = 3
HALF_DAY = timedelta(hours=12)
BEGIN = datetime(2026, 9, 7, 13, 30, tzinfo=UTC)

# What happens in the first half of a day; the second is left in peace, so that no day passes without a snapshot.
KILLED = frozenset({1, 3, 5, 9, 13})
CUT, FULL = 5, 11
TROUBLES = {
    3: Trouble(lost=5),
    7: Trouble(refused=1),
    9: Trouble(slow=10),
}


class Week:
    """The lake, its workers, and the instant that it is for all of them."""

    def __init__(self, lake: Lake, context: Context, clock: Path) -> None:
        self.instant = BEGIN
        self._lake, self._context, self._clock = lake, context, clock
        set_clock(clock, BEGIN)
        self._workers: list[BaseProcess] = []

    def begin_worker(self) -> None:
        self._workers.append(started(self._lake.environ, self._lake.home.parent, self._clock))

    def kill_worker(self, which: int) -> None:
        """As a power cut would; another one begins."""
        killed = self._workers.pop(which)
        killed.kill()
        killed.join()
        self.begin_worker()

    def passes(self) -> None:
        self.instant += HALF_DAY
        set_clock(self._clock, self.instant)

    def is_idle(self) -> bool:
        rows = self._context.state.jobs.all_rows()
        return bool(rows) and all(row.run_id is None and not cause(row, self.instant) for row in rows.values())

    def ends(self) -> None:
        # One that was begun a moment ago may not know yet what to do when it is told to end.
        until(lambda: len(live_workers(self._context)) == len(self._workers), look_every=0.1)
        for process in self._workers:
            process.terminate()
        for process in self._workers:
            process.join(20)
            assert process.exitcode == 0


@pytest.fixture
def disk() -> Iterator[SmallDisk | None]:
    """None where none can be made: the week then goes without a full one."""
    with ExitStack() as made, suppress(NoSmallDiskError):
        yield made.enter_context(SmallDisk(16 << 20))
        return
    yield None


@pytest.fixture
def troubled(s3_server: S3Server) -> Iterator[TroubledS3]:
    with TroubledS3(s3_server.endpoint) as between:
        yield between


@pytest.fixture
def lake(
    tmp_path: Path, fresh_postgresql_url: str, s3_server: S3Server, troubled: TroubledS3, disk: SmallDisk | None
) -> Lake:
    listed = hours(24 * DAYS, FIRST)
    urls = publish(tmp_path / "hours", {hour: some(hour, 0, EVENTS) for hour in listed})
    variables = {
        "FORGELAKE_STATE_URL": fresh_postgresql_url,
        "FORGELAKE_CATALOG_URL": fresh_postgresql_url,
        "FORGELAKE_STORAGE_URI": s3_server.uri("week"),
        "FORGELAKE_STORAGE_ENDPOINT": troubled.url,
        "FORGELAKE_STORAGE_REGION": REGION,
        "FORGELAKE_STORAGE_ACCESS_KEY_ID": ACCESS_KEY_ID,
        "FORGELAKE_STORAGE_SECRET_ACCESS_KEY": SECRET_ACCESS_KEY,
        "FORGELAKE_JOBS_COLLECT_GHARCHIVE_SCHEDULE": "25 1,13 * * *",
        "FORGELAKE_JOBS_COLLECT_REPOS_SCHEDULE": "10 1,13 * * *",
        "FORGELAKE_JOBS_COLLECT_STARS_SCHEDULE": "never",
        # Of every worker that is killed here the hours that it had are none the worse.
        "FORGELAKE_JOBS_SLICE_TRIES": "1000",
        "FORGELAKE_GITHUB_REPOS": "octo/cat octo/dog",
        "FORGELAKE_GITHUB_EVENTS": "tracked",
        "FORGELAKE_JOBS_COLLECT_EVENTS_SCHEDULE": "never",
    }
    return Lake((disk.path if disk else tmp_path) / "home", urls, variables)


@contextmanager
def _week(lake: Lake, tmp_path: Path) -> Iterator[tuple[Week, GitHub]]:
    held: list[Week] = []
    with GitHub(lambda: held[0].instant) as github, lake.open() as context:
        lake.variables |= {"FORGELAKE_GITHUB_API_URL": github.url, "FORGELAKE_GITHUB_TOKEN": "secret"}
        for name in ("octo/cat", "octo/dog"):
            github.repo(name)
        held.append(Week(lake, context, tmp_path / "clock"))
        yield held[0], github


@pytest.mark.timeout(300)
def test_nothing_is_lost_and_nothing_is_double(
    lake: Lake, tmp_path: Path, administrator: Engine, troubled: TroubledS3, disk: SmallDisk | None
) -> None:
    dice = random.Random(3)  # noqa: S311 - moments, no secrets
    with _week(lake, tmp_path) as (week, _github):
        for _ in range(2):
            week.begin_worker()
        until(week.is_idle, look_every=0.1)
        for half in range(1, 2 * DAYS + 1):
            troubled.trouble = TROUBLES.get(half, NO_TROUBLE)
            if disk and half == FULL:
                disk.fill()
            week.passes()
            if half in KILLED:
                time.sleep(dice.uniform(0.0, 1.5))
                week.kill_worker(dice.randrange(2))
            if half == CUT:
                _cut_connections(administrator, lake.variables["FORGELAKE_STATE_URL"])
            until(week.is_idle, look_every=0.1)
            if disk and half == FULL:
                disk.make_room()
        week.ends()
    assert min(troubled.seen.values()) > 0, troubled.seen
    _assert_whole(lake)
    if disk:
        assert [error for error in _errors(lake) if "make room" in error], "nobody was told of the full disk"


def _cut_connections(administrator: Engine, url: str) -> None:
    """What a restart of the database does to its clients."""
    name = url.partition("?")[0].rpartition("/")[2]
    with administrator.connect() as connection:
        ended = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name"
        connection.execute(text(ended), {"name": name})


def _assert_whole(lake: Lake) -> None:
    listed = hours(24 * DAYS, FIRST)
    rows = lake.rows()
    assert Counter(row["id"] for row in rows).most_common(1)[0][1] == 1
    assert {str(row["id"]) for row in rows} == {str(event["id"]) for hour in listed for event in some(hour, 0, EVENTS)}
    coverage = lake.coverage(listed[0], listed[-1])
    assert (coverage.expected, coverage.received, coverage.gaps) == (24 * DAYS, 24 * DAYS, ())
    snapshots = Counter((row["day"], row["repo_name"]) for row in lake.rows("repo_snapshots"))
    # From the day on which the first worker began to that on which the last ended.
    assert snapshots == {
        (BEGIN.date() + timedelta(days=n), f"octo/{name}"): 1 for n in range(8) for name in ("cat", "dog")
    }
    with lake.open() as context:
        runs = list(context.state.runs.all_rows())
        assert context.state.leases.all_rows() == []
        assert context.state.unfinished.times("gharchive") == {}
    for job in ("collect gharchive", "collect repos"):
        spans = [(run.started_at, run.finished_at) for run in runs if run.job == job]
        assert all(end is not None and end <= begin for (_, end), (begin, _) in pairwise(spans)), "two runs at once"
    assert "interrupted" in {str(run.status) for run in runs}
    assert "running" not in {str(run.status) for run in runs}
    # Faults of a database or a storage are told as such; only a full disk is met anywhere.
    assert not [error for error in _errors(lake) if "OperationalError" in error]
    assert not [error for error in _errors(lake) if error.startswith("OSError") and "No space left" not in error]


def _errors(lake: Lake) -> list[str]:
    """What runs said that failed."""
    with lake.open() as context:
        return [run.error for run in context.state.runs.all_rows() if run.error]
