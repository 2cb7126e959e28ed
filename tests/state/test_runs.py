"""Runs, on both databases."""

import uuid
from collections.abc import Callable
from dataclasses import fields
from datetime import UTC, date, timedelta
from pathlib import Path

from forgelake.state.database import State
from forgelake.state.owners import Owner, this_host
from forgelake.state.runs import RunCounters, RunStatus
from forgelake.state.schema import RUNS_COLUMNS
from tests.state import processes
from tests.state.conftest import NOW

NewOwner = Callable[[], Owner]
LATER = NOW + timedelta(minutes=5)


def test_a_run_is_recorded_from_start_to_finish(state: State, new_owner: NewOwner) -> None:
    owner = new_owner()
    run_id = state.runs.start("collect gharchive", {"from": "2016-01-01T01", "workers": 2}, owner, NOW)
    assert run_id == owner.run_id
    (running,) = state.runs.recent(10)
    assert (running.status, running.finished_at, running.heartbeat_at) == (RunStatus.RUNNING, None, NOW)
    assert (running.owner, running.arguments) == (owner, {"from": "2016-01-01T01", "workers": 2})
    state.runs.progress(run_id, RunCounters(slices_done=3, events=10, rejected=1, bytes=5_000_000_000), LATER)
    (running,) = state.runs.recent(10)
    assert (running.slices_done, running.bytes, running.heartbeat_at) == (3, 5_000_000_000, LATER)
    state.runs.finish(run_id, RunStatus.DONE_WITH_GAPS, RunCounters(slices_done=4, events=11), "one is missing", LATER)
    finished = state.runs.get(run_id)
    assert finished is not None
    assert (finished.status, finished.finished_at, finished.error) == (
        RunStatus.DONE_WITH_GAPS,
        LATER,
        "one is missing",
    )
    assert (finished.slices_done, finished.events, finished.rejected) == (4, 11, 0)
    assert finished.started_at.tzinfo is UTC


def test_progress_after_the_end_changes_nothing(state: State, new_owner: NewOwner) -> None:
    run_id = state.runs.start("compact", {}, new_owner(), NOW)
    state.runs.finish(run_id, RunStatus.DONE, RunCounters(events=1), None, NOW)
    state.runs.progress(run_id, RunCounters(events=99), LATER)
    run = state.runs.get(run_id)
    assert run is not None
    assert (run.status, run.events, run.heartbeat_at) == (RunStatus.DONE, 1, NOW)


def test_recent_runs_come_newest_first(state: State, new_owner: NewOwner) -> None:
    ids = [state.runs.start("compact", {}, new_owner(), NOW + timedelta(hours=hour)) for hour in range(5)]
    assert [run.id for run in state.runs.recent(3)] == [ids[4], ids[3], ids[2]]
    assert [run.id for run in state.runs.all_rows()] == ids


def test_a_run_whose_process_died_is_interrupted(state: State, url: str, new_owner: NewOwner) -> None:
    alive = state.runs.start("compact", {}, new_owner(), NOW)
    dead = uuid.uuid4().hex
    process = processes.start(processes.claim_and_die, url, [], dead)
    process.join(processes.START_WITHIN_SECONDS)
    before = state.runs.get(dead)
    assert before is not None
    assert before.status == RunStatus.RUNNING
    shown = {run.id: run for run in state.runs.recent(10)}
    assert (shown[dead].status, shown[alive].status) == (RunStatus.INTERRUPTED, RunStatus.RUNNING)
    assert shown[dead].finished_at == before.heartbeat_at
    assert f"process {before.pid} on {this_host()}" in (shown[dead].error or "")
    assert state.runs.get(dead) == shown[dead]


def test_runs_of_other_hosts_are_left_alone(state: State, elsewhere: Owner) -> None:
    state.runs.start("compact", {}, elsewhere, NOW)
    assert state.runs.mark_interrupted(LATER) == []
    assert state.runs.recent(1)[0].status == RunStatus.RUNNING


def test_arguments_keep_no_secrets_and_become_json(state: State, new_owner: NewOwner) -> None:
    arguments: dict[str, object] = {
        "github_token": "ghp_hunter2",
        "urls": ("https://someone:hunter2@mirror.example/", Path("landing")),
        "options": {"password": "hunter2", "day": date(2016, 1, 1), "limit": None, "fast": True},
    }
    run_id = state.runs.start("collect gharchive", arguments, new_owner(), NOW)
    run = state.runs.get(run_id)
    assert run is not None
    assert run.arguments == {
        "github_token": "***",
        "urls": ["https://someone:***@mirror.example/", "landing"],
        "options": {"password": "***", "day": "2016-01-01", "limit": None, "fast": True},
    }


def test_rows_have_the_described_columns_in_order(state: State, new_owner: NewOwner) -> None:
    state.runs.start("compact", {}, new_owner(), NOW)
    (row,) = state.runs.all_rows()
    assert [field.name for field in fields(row)] == [column.name for column in RUNS_COLUMNS]
