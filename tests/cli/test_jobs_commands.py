"""Jobs on the command line: run by hand, by a worker that ends in good order, and what a person sees and orders."""

import json
import os
import signal
from pathlib import Path

from tests.cli.conftest import Run
from tests.cli.processes import Nursery
from tests.jobs.bench import until
from tests.pipelines.archive import PER_HOUR, hours, packed, published, some, url_path
from tests.pipelines.lakes import QUICK
from tests.servers.mirror import Fault, Mirror

NOW = {"FORGELAKE_NOW": "2016-01-01T03:30:00Z", "FORGELAKE_GHARCHIVE_MISSING_AFTER_HOURS": "1"}


def test_a_person_runs_pauses_and_looks(run: Run, tmp_path: Path) -> None:
    own = {"FORGELAKE_GHARCHIVE_URLS": published(tmp_path / "hours", 2), **NOW}
    first = run("run", "collect", "gharchive", **own)
    assert first.code == 3
    assert "collect_gharchive: done_with_gaps: 2015-12-31T03 to 2016-01-01T01: not published" in first.err
    assert run("jobs", "pause", "collect-gharchive", **own).code == 0
    listed = run("jobs", "list", "--format", "json", **own)
    assert "no worker is running" in listed.err
    jobs = {one["job"]: one for one in json.loads(listed.out)}
    assert (jobs["collect_gharchive"]["state"], jobs["collect_repos"]["state"]) == ("paused", "off")
    assert "github.repos" in jobs["collect_repos"]["told"]
    assert run("worker", "--until-idle", **own).code == 0
    assert run("jobs", "resume", "collect_gharchive", **own).code == 0
    [line] = run("jobs", "history", "collect_gharchive", **own).out.splitlines()[1:]
    assert "collect gharchive,asked for,done_with_gaps" in line
    assert run("run", "collect_repos", **own).code == 2
    unknown = run("run", "collect_github", **own)
    assert unknown.code == 2
    assert "the jobs are collect_gharchive" in unknown.err


def test_a_worker_ends_soon_although_a_mirror_keeps_it_waiting(
    run: Run, nursery: Nursery, mirror: Mirror, tmp_path: Path
) -> None:
    listed = hours(2)
    mirror.files.update({url_path(hour): packed(some(hour)) for hour in listed})
    mirror.plan(url_path(listed[1]), Fault(pause_after=10, pause_seconds=60))
    own = {**QUICK, "FORGELAKE_GHARCHIVE_URLS": mirror.url, **NOW}
    command = nursery.start(["worker"], own, tmp_path)
    until(lambda: bool(mirror.asked(url_path(listed[1]))))
    os.kill(command.pid, signal.SIGTERM)
    assert command.wait().code == 0
    listed_jobs = json.loads(run("jobs", "list", "--format", "json", **own).out)
    [job] = [one for one in listed_jobs if one["job"] == "collect_gharchive"]
    assert (job["state"], job["last_status"], job["failures"]) == ("waiting", "interrupted", 0)
    assert run("worker", "--until-idle", **own).code == 0
    assert run("sql", "SELECT count(*) AS n FROM events", **own).out == f"n\n{2 * PER_HOUR}\n"
    history = run("jobs", "history", "collect_gharchive", **own).out.splitlines()[1:]
    causes = [line.split(",")[2] for line in history]
    assert causes == ["stopped", "schedule"]


def test_a_lake_is_saved_and_brought_back(run: Run, tmp_path: Path) -> None:
    own = {"FORGELAKE_GHARCHIVE_URLS": published(tmp_path / "hours", 1), **NOW}
    run("run", "collect_gharchive", **own)
    assert "bring it back by: forgelake restore saved" in run("backup", "saved", **own).err
    (tmp_path / "forgelake-data").rename(tmp_path / "lost")
    restored = run("restore", "saved", **own)
    assert restored.code == 0, restored.err
    assert run("sql", "SELECT count(*) AS n FROM events", **own).out == f"n\n{PER_HOUR}\n"
    healthy = run("doctor", "--format", "json", **own)
    assert healthy.code == 0, healthy.out
    assert {one["check"] for one in json.loads(healthy.out)} >= {"state", "storage", "catalog", "coverage", "workers"}
