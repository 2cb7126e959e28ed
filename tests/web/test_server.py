"""``forgelake serve`` as a process: it starts, answers while others write, stops when told, and comes back the same."""

import json
import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import pytest

from tests.cli.processes import Command, Nursery
from tests.pipelines.archive import PER_HOUR, hours, published
from tests.pipelines.lakes import Lake
from tests.web.serving import API, DAY, Serving

EVENTS = "/metrics/events/data"


@contextmanager
def process(nursery: Nursery, lake: Lake, **variables: str) -> Iterator[tuple[Command, httpx2.Client]]:
    """``forgelake serve`` on a free port, and a client for it."""
    environ = {**lake.environ, "FORGELAKE_LOG_LEVEL": "info", "FORGELAKE_LOG_FORMAT": "json", **variables}
    command = nursery.start(["serve", "--port", "0"], environ, lake.home.parent)
    try:
        with httpx2.Client(base_url=_url(command) + API, timeout=60, trust_env=False) as client:
            yield command, client
    finally:
        command.kill()


def _url(command: Command) -> str:
    for _ in range(600):
        said = [line for line in command._err.read_text().splitlines() if '"serving"' in line]
        if said:
            url: str = json.loads(said[0])["url"]
            assert urlsplit(url).path == "/", "a person is sent to the first page"
            return url.removesuffix("/")
        assert command.running, command.wait().err
        time.sleep(0.05)
    pytest.fail("the server did not start")


def test_a_signal_stops_the_server_after_what_it_is_answering(nursery: Nursery, day: Lake) -> None:
    with process(nursery, day) as (command, client):
        assert client.get("/health").json()["status"] == "ok"
        answers: list[httpx2.Response] = []
        slow = threading.Thread(target=lambda: answers.append(client.get(EVENTS + ".svg", params=DAY)))
        slow.start()
        while not command.children and not answers:
            time.sleep(0.01)
        os.kill(command.pid, signal.SIGTERM)
        slow.join(60)
        assert [answer.status_code for answer in answers] == [200]
        assert command.wait().code == 0


def test_a_restart_loses_nothing(nursery: Nursery, day: Lake) -> None:
    with process(nursery, day) as (command, client):
        first = client.get(EVENTS, params=DAY)
        os.kill(command.pid, signal.SIGKILL)
        command.wait()
    with process(nursery, day) as (_, client):
        again = client.get(EVENTS, params=DAY, headers={"If-None-Match": first.headers["etag"]})
        assert again.status_code == 304
        assert client.get(EVENTS, params=DAY).content == first.content


def test_every_request_is_logged_without_secrets(nursery: Nursery, day: Lake) -> None:
    secret = "flk_" + "S" * 43
    with process(nursery, day) as (command, client):
        client.get("/metrics", headers={"Authorization": f"Bearer {secret}"})
        client.get("/repos", params={"q": "topsecret", "token": secret})
        client.get(f"/metrics/{secret}/data")
        client.get("/tables", params={secret: "1"})
        os.kill(command.pid, signal.SIGTERM)
        logged = command.wait().err
    assert secret not in logged
    assert "topsecret" not in logged
    lines = [json.loads(line) for line in logged.splitlines()]
    requests = [line for line in lines if line["event"] == "request"]
    assert [(line["status"], line["path"]) for line in requests[:2]] == [(401, f"{API}/metrics"), (422, f"{API}/repos")]
    assert requests[1]["parameters"] == ["q", "token"]
    assert {"method", "bytes", "milliseconds", "key", "address"} <= set(requests[0])


def test_what_cannot_be_served_is_told_with_exit_code_2(nursery: Nursery, day: Lake) -> None:
    with process(nursery, day) as (_, client):
        port = str(client.base_url.port)
        taken = nursery.run(["serve", "--port", port], day.environ, day.home.parent)
        assert taken.code == 2
        assert f"127.0.0.1:{port} cannot be listened on" in taken.err
    shown = nursery.run(["serve", "--host", "0.0.0.0"], day.environ, day.home.parent)  # noqa: S104 - that is refused
    assert shown.code == 2
    assert "api.anonymous" in shown.err


def test_a_wrong_metric_file_stops_the_start_with_its_line(nursery: Nursery, day: Lake, tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("name: mine\ntitel: Mine\n", encoding="utf-8")
    environ = {**day.environ, "FORGELAKE_METRICS_FOLDER": str(tmp_path)}
    ended = nursery.run(["serve", "--port", "0"], environ, day.home.parent)
    assert ended.code == 2
    assert "mine.yaml:" in ended.err


def test_answers_stay_right_while_a_collector_writes(nursery: Nursery, tmp_path: Path) -> None:
    lake = Lake(tmp_path / "home", published(tmp_path / "hours", 6))
    first, *others = hours(6)
    lake.collect(first)
    with Serving(lake, {"FORGELAKE_API_ADDRESS_PER_MINUTE": "0"}) as serving:
        stop = threading.Event()
        faults: list[str] = []
        readers = [threading.Thread(target=_read, args=(serving.url, stop, faults, n)) for n in range(4)]
        for reader in readers:
            reader.start()
        for hour in others:
            period = ["--from", str(hour), "--to", str(hour)]
            done = nursery.run(["collect", "gharchive", *period], lake.environ, tmp_path)
            assert done.code == 0, done.err
        stop.set()
        for reader in readers:
            reader.join(60)
        assert faults == []
        serving.context.lake.now(0)
        last = serving.get(EVENTS, **DAY, interval="h", bots="include").json()
    assert sum(row["events"] or 0 for row in last["data"]) == 6 * PER_HOUR


def _read(url: str, stop: threading.Event, faults: list[str], number: int) -> None:
    """Ask again and again: rows and coverage always belong to the same state."""
    paths = (f"{EVENTS}?from=2016-01-01&to=2016-01-02&interval=h", "/repos?limit=1", "/coverage?by=hour", "/runs")
    asked = 0
    with httpx2.Client(base_url=url + API, timeout=60, trust_env=False) as client:
        while not stop.is_set() or asked < 4:
            path = paths[0] if number < 2 else paths[asked % 4]
            response = client.get(path)
            asked += 1
            if response.status_code != 200:
                faults.append(f"{path}: {response.status_code} {response.text}")
            elif path is paths[0]:
                told = response.json()
                counted = sum(row["events"] or 0 for row in told["data"])
                if counted != PER_HOUR * told["coverage"]["received"]:
                    faults.append(f"{counted} events of {told['coverage']['received']} hours")
