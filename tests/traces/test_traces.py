"""Traces as a collector gets them."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from forgelake.traces.spans import span
from tests.cli.processes import Nursery, fresh
from tests.pipelines.archive import hours, publish, some
from tests.pipelines.lakes import Lake
from tests.servers.collector import SERVER, Collector
from tests.web.serving import Serving

HOURS = hours(3)
TRACE, CALLER = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


@pytest.fixture
def collector() -> Iterator[Collector]:
    """A collector that was told nothing."""
    with Collector() as server:
        yield server


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    """Three hours to be collected."""
    return Lake(tmp_path / "home", publish(tmp_path / "hours", {hour: some(hour) for hour in HOURS}))


def test_slices_of_two_worker_processes_belong_to_their_run(lake: Lake, collector: Collector) -> None:
    lake.collect(HOURS[0], HOURS[-1], FORGELAKE_GHARCHIVE_WORKERS="2", OTEL_EXPORTER_OTLP_ENDPOINT=collector.url)
    (run,) = collector.named("run collect gharchive")
    slices = collector.named("slice")
    assert run.parent == ""
    assert run.service == "forgelake"
    assert {(one.trace, one.parent) for one in slices} == {(run.trace, run.id)}
    assert {one.facts["forgelake.slice"] for one in slices} == {hour.name for hour in HOURS}
    about = ("forgelake.run_id", "forgelake.job")
    assert {tuple(one.facts[name] for name in about) for one in slices} == {tuple(run.facts[name] for name in about)}
    assert {one.facts["forgelake.status"] for one in slices} == {"normalised"}
    assert sum(one.facts["forgelake.events"] for one in slices) == run.facts["forgelake.events"] == 120
    assert (run.facts["forgelake.status"], run.facts["forgelake.slices_done"]) == ("done", 3)
    assert collector.told.paths == {"/v1/traces"}


def test_a_request_goes_on_with_its_callers_trace_and_holds_the_answer(lake: Lake, collector: Collector) -> None:
    lake.collect(HOURS[0], HOURS[-1])
    headers = {"traceparent": f"00-{TRACE}-{CALLER}-01", "authorization": "Bearer flk_secret"}
    asked = {"from_": "2016-01-01T01", "to": "2016-01-01T04", "repo": "hidden/name"}
    with Serving(lake, {"FORGELAKE_TRACES_ENDPOINT": collector.url}) as serving:
        assert serving.get("/metrics/pushes/data", headers, **asked).status_code == 401
        del headers["authorization"]
        known = serving.get("/metrics/pushes/data", headers, **asked)
        assert known.status_code == serving.get("/metrics/pushes/data", headers, **asked).status_code == 200
    requests = [one for one in collector.told.spans if one.kind == SERVER]
    assert {(one.trace, one.parent) for one in requests} == {(TRACE, CALLER)}
    refused, routed, again = requests
    assert (refused.name, refused.facts["http.response.status_code"]) == ("GET", 401)
    assert routed.name == "GET /api/v1/metrics/{name}/data"
    assert routed.facts["http.route"] == "/api/v1/metrics/{name}/data"
    assert again.facts["http.response.status_code"] == 200
    (metric,) = collector.named("metric")
    assert (metric.trace, metric.parent) == (TRACE, routed.id)
    assert metric.facts["forgelake.metric"] == "pushes"
    assert (metric.facts["forgelake.received"], metric.facts["forgelake.expected"]) == (3, 3)
    assert [word for word in (b"hidden", b"2016-01-01T", b"flk_") if word in collector.told.bodies] == []


def test_a_failure_is_told_by_its_kind_alone(lake: Lake, collector: Collector) -> None:
    def fail() -> None:
        with lake.open(FORGELAKE_TRACES_ENDPOINT=f"{collector.url}/v1/traces"), span("run broken"):
            message = "hidden/name cannot be read"
            raise ValueError(message)

    with pytest.raises(ValueError, match="hidden"):
        fail()
    (broken,) = collector.told.spans
    assert broken.failed
    assert broken.facts == {"error.type": "ValueError"}
    assert b"hidden" not in collector.told.bodies


@pytest.mark.parametrize("listens", [False, True])
def test_a_collector_that_is_away_holds_no_run_up(
    lake: Lake, nursery: Nursery, tmp_path: Path, *, listens: bool
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        if not listens:
            silent.close()
        # Ten minutes, if anybody waited for it: far more than a test may take.
        patient = {"OTEL_EXPORTER_OTLP_ENDPOINT": url, "OTEL_EXPORTER_OTLP_TIMEOUT": "600"}
        variables = {**lake.environ, **patient, "FORGELAKE_GHARCHIVE_WORKERS": "2"}
        ended = nursery.run(["collect", "gharchive", "--from", "2016-01-01T01"], variables, tmp_path)
    assert ended.code == 0, ended.err
    assert ended.err.count("Failed to export") <= 1


def test_nothing_of_it_is_loaded_where_it_is_off(lake: Lake, tmp_path: Path) -> None:
    report = "import sys; from forgelake.cli.main import run\ntry: run()\nfinally: print(*sys.modules, file=sys.stderr)"
    for arguments in (["--help"], ["collect", "gharchive", "--from", "2016-01-01T01"]):
        ended = fresh(arguments, lake.environ, tmp_path, report)
        assert ended.code == 0, ended.err
        assert "forgelake.traces.spans" in ended.err or arguments == ["--help"]
        assert "opentelemetry" not in ended.err
