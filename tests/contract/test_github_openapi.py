"""Every request that we send, and every answer of our fake GitHub, is valid against GitHub's own OpenAPI document.

The document knows neither ``/repositories/{id}`` nor ``stargazers/history``, nor GraphQL: those are not checked.
"""

import os
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from forgelake.pipelines.daily.run import DailyJob, Gathered, run_daily
from forgelake.pipelines.repos import snapshot
from forgelake.pipelines.traffic import collect as traffic
from tests.contract.prism import missing, proxy, unknown
from tests.pipelines.lakes import Lake
from tests.pipelines.timelines import PassingTime, poll, watching
from tests.servers.github_repos import Release
from tests.servers.github_traffic import TrafficGitHub, Visits

NOW = datetime(2026, 9, 7, 12, tzinfo=UTC)
MODULES = Path(os.environ.get("FORGELAKE_TEST_PRISM") or Path(__file__).parent) / "node_modules"


@pytest.fixture(scope="module")
def time() -> PassingTime:
    return PassingTime(NOW)


@pytest.fixture(scope="module")
def github(time: PassingTime) -> Iterator[TrafficGitHub]:
    if told := missing(MODULES):
        pytest.skip(f"the contract with GitHub is not checked: {told}")
    with TrafficGitHub(time.now) as server:
        server.graphql = False
        cat = server.repo("octo/cat")
        cat.releases = [Release(f"v{number}", [number, 2]) for number in range(120)]
        cat.open_pulls = 3
        server.shown_to[cat.id] = {"secret"}
        server.desk.visits[cat.id][date(2026, 9, 5)] = Visits(views=10, view_uniques=4, clones=2, clone_uniques=1)
        server.desk.referrers[cat.id] = {"Google": (4, 3)}
        server.desk.paths[cat.id] = {"/octo/cat": (9, 4)}
        for number in range(130):
            server.repo(f"hub/r{number}").license = None
        yield server


@pytest.fixture(scope="module")
def checked(github: TrafficGitHub, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    log = tmp_path_factory.mktemp("prism") / "log"
    with proxy(MODULES, github.url, log) as url:
        yield url
    assert unknown(log) == {"/graphql"}


@pytest.fixture
def lake(tmp_path: Path, checked: str) -> Lake:
    folder = tmp_path / "hours"
    folder.mkdir()
    variables = {
        "FORGELAKE_GITHUB_API_URL": checked,
        "FORGELAKE_GITHUB_TOKEN": "secret",
        "FORGELAKE_NOW": f"{NOW:%Y-%m-%dT%H:%M:%SZ}",
        "FORGELAKE_HTTP_ATTEMPTS": "1",
    }
    return Lake(tmp_path / "home", folder.as_uri(), variables)


def collect(lake: Lake, time: PassingTime, job: DailyJob = snapshot.JOB, **variables: str) -> Gathered:
    with lake.open(**variables) as context:
        return run_daily(context, time, job)


def test_snapshots_of_repositories_and_owners(lake: Lake, time: PassingTime) -> None:
    gathered = collect(lake, time, FORGELAKE_GITHUB_REPOS="octo/cat")
    assert gathered.faults == ()
    owned = collect(lake, time, FORGELAKE_GITHUB_OWNERS="hub", FORGELAKE_GITHUB_REPOS="octo/cat")
    assert owned.faults == ()
    assert len(lake.rows("repo_snapshots")) == 131
    (cat,) = [row for row in lake.rows("repo_snapshots") if row["repo_name"] == "octo/cat"]
    assert (cat["release_count"], cat["open_pull_requests"], cat["community_health"]) == (120, 3, 71)


def test_what_cannot_be_seen(lake: Lake, time: PassingTime) -> None:
    gathered = collect(lake, time, FORGELAKE_GITHUB_REPOS="octo/gone")
    assert "GitHub does not show it (404)" in gathered.faults[0][1]


def test_searches(lake: Lake, time: PassingTime) -> None:
    gathered = collect(lake, time, FORGELAKE_GITHUB_TOPICS="lake", FORGELAKE_GITHUB_TOP_REPOS="120")
    assert gathered.faults == ()
    assert len(lake.rows("topic_repos")) == 120


def test_traffic(lake: Lake, time: PassingTime) -> None:
    gathered = collect(lake, time, traffic.JOB, FORGELAKE_GITHUB_REPOS="octo/cat")
    assert gathered.faults == ()
    assert lake.rows("traffic_days")


def test_timelines(lake: Lake, github: TrafficGitHub, checked: str) -> None:
    github.happen(*(github.push(at=github.clock()) for _ in range(120)))
    watching(lake, github, FORGELAKE_GITHUB_API_URL=checked)
    polled = poll(lake, PassingTime(github.clock()))
    assert not polled.tally.faults
    assert len(lake.rows()) == 120
