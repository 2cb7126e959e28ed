"""From nothing to a lake that answers, in one command."""

import os
import re
import signal
import time
from collections.abc import Callable
from pathlib import Path

import httpx2
import psutil

from forgelake.cli.up import DEMO_EVENTS_PER_HOUR
from forgelake.model.hours import Hour
from tests.cli.conftest import Run
from tests.cli.processes import Command, Nursery, fresh, leaves_interrupts
from tests.pipelines.archive import FIRST, PER_HOUR, hours, packed, published, some, url_path
from tests.pipelines.lakes import QUICK
from tests.servers.mirror import Mirror


def test_demo_needs_nothing_and_leaves_a_persons_own_lake_alone(run: Run, tmp_path: Path) -> None:
    now = {"FORGELAKE_NOW": "2026-11-01T12:30:00Z"}
    quiet = {"FORGELAKE_LOG_LEVEL": "error", "FORGELAKE_GHARCHIVE_WORKERS": "1"}
    first = fresh(["demo", "--once"], {**now, **quiet}, tmp_path)
    assert first.code == 3, first.err
    assert "SYNTHETIC DATA: all people, repositories and events below are invented." in first.err
    assert "of 60 hours received" in first.err
    assert "see: forgelake rejects" in first.err
    assert "How complete it is (forgelake coverage)" in first.out
    assert first.out.count('forgelake sql "SELECT ') == 3
    assert "synthetic-org-" in first.out
    assert "PushEvent" in first.out
    assert [path.name for path in tmp_path.iterdir()] == ["forgelake-demo"]
    mine = {
        "FORGELAKE_GHARCHIVE_URLS": published(tmp_path / "hours", 1),
        "FORGELAKE_STORAGE_URI": str(tmp_path / "mine"),
        "FORGELAKE_STATE_URL": f"sqlite:///{tmp_path}/mine.db",
    }
    run("collect", "gharchive", "--from", str(FIRST), **mine)
    second = run("demo", "--once", **{**mine, **now})
    assert "this run brought 0 hours" in second.err
    assert second.out == first.out
    assert run("sql", "SELECT count(*) AS n FROM events", **mine).out == f"n\n{PER_HOUR}\n"
    home = {"FORGELAKE_HOME": str(tmp_path / "forgelake-demo")}
    total = run("sql", "SELECT count(*) AS n, count(DISTINCT id) AS ids FROM events", **home).out.splitlines()[1]
    count, distinct = map(int, total.split(","))
    assert count == distinct > 20 * DEMO_EVENTS_PER_HOUR * 0.4


def test_up_collects_what_an_old_folder_has(run: Run, tmp_path: Path) -> None:
    urls = published(tmp_path / "hours", 3)
    result = run("up", "--once", FORGELAKE_GHARCHIVE_URLS=urls, FORGELAKE_NOW="2026-11-01T12:30:00Z")
    assert result.code == 0, result.err
    assert "2016-01-01T01 to 2016-01-01T03: 3 of 3 hours received" in result.err
    assert run("sql", "SELECT count(*) AS n FROM events").out == f"n\n{3 * PER_HOUR}\n"
    assert "How complete it is" in result.out


def test_up_collects_what_the_index_page_of_a_mirror_shows(run: Run, mirror: Mirror) -> None:
    mirror.files.update({url_path(hour): packed(some(hour)) for hour in hours(2)})
    mirror.files["/"] = "".join(f'<a href="{url_path(hour)[1:]}">x</a>\n' for hour in hours(2)).encode()
    result = run("up", "--once", FORGELAKE_GHARCHIVE_URLS=mirror.url, FORGELAKE_NOW="2026-11-01T12:30:00Z")
    assert result.code == 0, result.err
    assert "2 of 2 hours received" in result.err
    asked = {request.path for request in mirror.requests}
    assert asked == {"/", *(url_path(hour) for hour in hours(2))}


def test_up_goes_on_where_it_stopped(run: Run, tmp_path: Path) -> None:
    day = hours(24, Hour.parse("2016-01-01"))
    urls = published(tmp_path / "hours", 24, day[0])
    assert run("up", "--once", FORGELAKE_GHARCHIVE_URLS=urls, FORGELAKE_NOW="2016-01-02T00:30:00Z").code == 0
    published(tmp_path / "hours", 2, day[0].shifted(24))
    result = run("up", "--once", FORGELAKE_GHARCHIVE_URLS=urls, FORGELAKE_NOW="2016-01-02T02:30:00Z")
    assert result.code == 0, result.err
    assert "this run brought 2 hours" in result.err


def test_up_goes_on_with_jobs_and_the_api_until_it_is_stopped(run: Run, nursery: Nursery, tmp_path: Path) -> None:
    urls = published(tmp_path / "hours", 2)
    own = {"FORGELAKE_GHARCHIVE_URLS": urls, "FORGELAKE_NOW": "2016-01-01T03:30:00Z"}
    variables = {**QUICK, **own, "FORGELAKE_LOG_LEVEL": "info"}
    command = nursery.start(["up", "--port", "0"], variables, tmp_path)
    url = _served_at(command)
    assert httpx2.get(f"{url}/api/v1/health").status_code == 200
    _until(lambda: "schedule" in run("jobs", "history", "collect_gharchive", **variables).out)
    # Ctrl-C goes to all of them; the one that a person started ends the others.
    assert [leaves_interrupts(child.pid) for child in psutil.Process(command.pid).children()] == [True] * 2
    os.kill(command.pid, signal.SIGTERM)
    ended = command.wait()
    assert ended.code == 0, ended.err
    assert "How complete it is" in ended.out
    assert "worker ended" in ended.err
    assert run("sql", "SELECT count(*) AS n FROM events", **variables).out == f"n\n{2 * PER_HOUR}\n"
    assert "running" not in run("jobs", "list", **variables).out


def _served_at(command: Command) -> str:
    _until(lambda: "serving" in command.told)
    found = re.search(r'"url": "(http://[^/]+)/', command.told)
    assert found
    return found[1]


def _until(happened: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not happened():
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.1)


def test_up_without_network_is_one_line_with_both_ways_out(run: Run) -> None:
    result = run("up", "--once", FORGELAKE_GHARCHIVE_URLS="http://127.0.0.1:9")
    assert (result.code, result.out, result.err.count("\n")) == (1, "", 1)
    assert "FORGELAKE_GHARCHIVE_URLS" in result.err
    assert "make demo" in result.err
