"""Jobs over HTTP: how they stand, orders with the right key, and what Prometheus reads."""

from collections.abc import Iterator
from datetime import UTC, datetime

import httpx2
import pytest
from prometheus_client.parser import text_string_to_metric_families

from forgelake.app.jobs import JOBS
from forgelake.jobs.foreground import run_now
from forgelake.pipelines.clock import RealClock
from forgelake.state.jobs import Ended, lease
from forgelake.state.owners import Owner
from forgelake.state.runs import RunStatus
from tests.pipelines.archive import published
from tests.pipelines.lakes import Lake
from tests.web.serving import Serving, bearer, problem

EXPORT = "export_traffic"


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """A lake of which two hours were collected by its job."""
    folder = tmp_path_factory.mktemp("jobs")
    own = {"FORGELAKE_NOW": "2016-01-01T03:30:00Z", "FORGELAKE_JOBS_EXPORT_TRAFFIC_TO": str(folder / "out")}
    lake = Lake(folder / "home", published(folder / "hours", 2), own)
    with lake.open() as context:
        run_now(context, JOBS, JOBS["collect_gharchive"], RealClock())
    with Serving(lake) as serving:
        yield serving


def order(serving: Serving, path: str, key: str = "") -> httpx2.Response:
    return serving.client.post(path, headers=bearer(key) if key else None)


def test_every_job_says_how_it_stands(own: Serving) -> None:
    answer = own.get("/jobs").json()
    assert [one["name"] for one in answer["data"]] == list(JOBS)
    assert answer["workers"] == 0
    hours = own.get("/jobs/collect_gharchive").json()
    assert hours == answer["data"][0]
    assert (hours["state"], hours["last_status"], hours["failures"]) == ("waiting", "done_with_gaps", 0)
    assert hours["next_at"] == "2016-01-01T04:25:00Z"
    off = next(one for one in answer["data"] if one["name"] == "collect_repos")
    assert (off["state"], off["next_at"]) == ("off", None)
    assert "github.repos" in off["reason"]


def test_an_order_needs_a_key_for_it(own: Serving) -> None:
    reader, worker = own.key("reader", "read", "sql"), own.key("worker", "read", "jobs")
    path = f"/jobs/{EXPORT}/pause"
    problem(order(own, path), 401)
    assert "jobs" in problem(order(own, path, reader), 403)["detail"]
    assert order(own, path, worker).json()["state"] == "paused"
    assert own.get(f"/jobs/{EXPORT}").json()["paused_at"] is not None
    assert order(own, f"/jobs/{EXPORT}/run", worker).json()["next_at"] == "2016-01-01T03:30:00Z"
    assert order(own, f"/jobs/{EXPORT}/resume", worker).json()["state"] == "waiting"


def test_a_job_that_is_paused_while_it_runs_is_shown_as_both(own: Serving) -> None:
    state, owner, now = own.context.state, Owner("f" * 32, "another-host", 1, None), datetime.now(UTC)
    state.leases.acquire([lease(EXPORT)], owner, 3600, now)
    state.jobs.begin(EXPORT, owner.run_id, now, None)
    state.jobs.pause(EXPORT, now)
    page = own.client.get(own.url + "/status").text
    assert "<td>running, paused after this</td>" in page
    assert f'aria-label="Resume {EXPORT}"' in page
    shown = own.get(f"/jobs/{EXPORT}").json()
    assert (shown["state"], shown["paused_at"] is None) == ("running", False)
    state.jobs.resume(EXPORT)
    state.jobs.end(EXPORT, owner.run_id, Ended(RunStatus.DONE), now)
    state.leases.release_all(owner)


def test_only_who_may_order_sees_what_went_wrong(own: Serving) -> None:
    key = own.key("operator", "jobs", "read")
    told = own.get("/jobs/collect_gharchive", bearer(key)).json()["error"]
    assert "not published" in told
    assert own.get("/jobs/collect_gharchive").json()["error"] is None


def test_a_job_that_is_not_there_is_told_with_the_nearest(own: Serving) -> None:
    key = own.key("typist", "jobs", "read")
    assert "collect_stars" in problem(own.get("/jobs/collect_star"), 404)["good"]
    told = problem(order(own, "/jobs/nope/run", key), 404)
    assert (told["parameter"], sorted(told["good"])) == ("name", sorted(JOBS))
    assert "nothing to do" in problem(order(own, "/jobs/collect_stars/run", key), 422)["detail"]


@pytest.mark.parametrize("path", ["/", "/?period=7d", "/status", "/status?period=7d"])
def test_pages_expect_the_same_hours_and_say_which(own: Serving, path: str) -> None:
    page = own.client.get(own.url + path, headers={"Accept": "text/html"}).text
    assert "8.3% of 24 hours received, 2015-12-31 03:00 UTC to 2016-01-01 03:00 UTC" in page
    assert page.count(">2/3<") == page.count(">0/21<") == 1
    assert ("Earlier hours were never asked for" in page) == path.startswith("/status")


def test_runs_say_why_they_were_begun(own: Serving) -> None:
    assert [run["cause"] for run in own.get("/runs").json()["data"]] == ["asked for"]


def test_prometheus_reads_jobs_runs_coverage_and_the_process(own: Serving) -> None:
    answer = own.client.get(own.url + "/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    samples = {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }
    assert samples["forgelake_runs_total", "collect gharchive", "done_with_gaps"] == 1
    assert samples["forgelake_run_seconds_count", "collect gharchive"] == 1
    assert samples["forgelake_job_state", "collect_repos", "off"] == 1
    assert samples["forgelake_coverage_received", "gharchive"] == 2
    assert 0 < samples["forgelake_coverage_share", "gharchive"] < 1
    assert samples["forgelake_workers",] == 0
    assert samples["forgelake_job_next_run_timestamp_seconds", "collect_gharchive"] == 1451622300
    assert ("forgelake_job_next_run_timestamp_seconds", "collect_repos") not in samples
    assert samples["process_resident_memory_bytes",] > 0
