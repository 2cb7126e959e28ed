"""Live runs that end in the middle, by a signal or a power cut, and two runs at once."""

import os
import random
import shutil
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest

from forgelake.model.slices import SliceKey, SliceStatus
from forgelake.pipelines.polls.watch import lease
from forgelake.sources.github.links import Api
from forgelake.state.owners import Owner
from tests.cli.processes import Nursery
from tests.pipelines.lakes import Lake
from tests.pipelines.timelines import PassingTime, content, held, ledger, made, poll, watching
from tests.servers.github import GitHub

EVENTS = ["collect", "events"]


@pytest.fixture
def live(lake: Lake, github: GitHub) -> Lake:
    github.poll_interval = 1
    github.happen(github.push())
    return watching(lake, github, FORGELAKE_GITHUB_COMMIT_SECONDS="1")


@contextmanager
def _happening(github: GitHub) -> Iterator[None]:
    """Something happens ten times a second."""
    over = threading.Event()

    def happen() -> None:
        while not over.wait(0.1):
            with github.lock:
                github.happen(github.push(), github.push("octo/dog"))

    thread = threading.Thread(target=happen)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _assert_the_same_as_undisturbed(live: Lake, github: GitHub) -> None:
    assert held(live) == made(github)
    undisturbed = live.beside("undisturbed")
    poll(undisturbed, PassingTime(datetime.now(UTC)))
    assert content(live) == content(undisturbed)
    assert ledger(live, SliceStatus.LANDED) == []
    assert ledger(live, SliceStatus.MISSING) == []


@pytest.mark.parametrize("seed", [1, 2])
def test_runs_killed_at_any_moment_are_completed_by_the_next(
    live: Lake, github: GitHub, nursery: Nursery, seed: int
) -> None:
    live.variables["FORGELAKE_GITHUB_REPOS"] = "octo/cat octo/dog"
    dice = random.Random(seed)  # noqa: S311 - moments, no secrets
    with _happening(github):
        for _ in range(4):
            command = nursery.start(EVENTS, live.environ, live.home.parent)
            time.sleep(dice.uniform(0.3, 1.8))
            command.kill()
            command.wait()
    ended = nursery.run([*EVENTS, "--for", "2s"], live.environ, live.home.parent)
    assert ended.code == 0, ended.err
    _assert_the_same_as_undisturbed(live, github)


@pytest.mark.parametrize(
    "pattern",
    [
        "landing/**/*.json.gz",
        "landing/**/*.receipt.json",
        "tables/events/data/**/*.parquet",
        "tables/events/metadata/00001-*",
    ],
)
def test_a_run_killed_when_a_file_appears_is_completed_by_the_next(
    live: Lake, github: GitHub, nursery: Nursery, pattern: str
) -> None:
    command = nursery.start(EVENTS, live.environ, live.home.parent)
    command.kill_when(lambda: any((live.home / "lake").glob(pattern)))
    ended = nursery.run([*EVENTS, "--for", "2s"], live.environ, live.home.parent)
    assert ended.code == 0, ended.err
    _assert_the_same_as_undisturbed(live, github)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_a_live_run_with_everything_committed(
    live: Lake, github: GitHub, nursery: Nursery, number: signal.Signals
) -> None:
    live.variables["FORGELAKE_GITHUB_COMMIT_SECONDS"] = "3600"
    command = nursery.start(EVENTS, live.environ, live.home.parent)
    command.wait_until(lambda: bool(list((live.home / "lake").glob("landing/**/*.receipt.json"))))
    os.kill(command.pid, number)
    ended = command.wait()
    assert ended.code == 0, ended.err
    assert "1 event" in ended.err
    assert held(live) == made(github)
    with live.open() as context:
        assert [str(run.status) for run in context.state.runs.recent(5)] == ["done"]


def test_bytes_that_landed_unknown_to_the_ledger_are_found(live: Lake, github: GitHub) -> None:
    time_ = PassingTime(datetime.now(UTC))
    poll(live, time_)
    time_.sleep(60)
    github.happen(*(github.push() for _ in range(3)))
    poll(live, time_)
    [_, late] = ledger(live, SliceStatus.RECEIVED)
    # As if the second run had been killed between landing and ledger, and its events had left the timeline since.
    with live.open() as context:
        context.state.ledger.forget(SliceKey("github", late.name, late.origin))
    github.happen(*(github.push() for _ in range(300)))
    time_.sleep(60)
    polled = poll(live, time_)
    assert held(live) == made(github)
    assert late.path in {row.path for row in ledger(live, SliceStatus.RECEIVED)}
    assert polled.tally.lost == 1


def test_two_runs_never_poll_the_same_timeline(live: Lake, github: GitHub, nursery: Nursery) -> None:
    github.poll_interval = None
    live.variables["FORGELAKE_GITHUB_POLL_SECONDS"] = "3600"
    first = nursery.start(EVENTS, live.environ, live.home.parent)
    first.wait_until(lambda: bool(github.requests))
    second = nursery.run([*EVENTS, "--for", "1s"], live.environ, live.home.parent)
    first.interrupt()
    assert (first.wait().code, second.code) == (0, 0)
    assert "repository octo/cat is polled by another run" in second.err
    assert len(github.requests) == 1
    assert held(live) == made(github)


def test_a_timeline_is_taken_over_when_nobody_polls_it_any_more(live: Lake, github: GitHub) -> None:
    time_ = PassingTime()
    origin = f"{Api(github.url).name}/repos/octo/cat/events"
    stranger = Owner("f" * 32, "another-host", 1, None)
    with live.open() as context:
        now = datetime.now(UTC)
        assert context.state.leases.acquire([lease(origin)], stranger, 3600, now)
        time_.plan(20, lambda: context.state.leases.release([lease(origin)], stranger))
        assert poll(live, time_, 10).held_by_others == ("repository octo/cat",)
        assert github.requests == []
        assert poll(live, time_, 60).held_by_others == ()
    assert held(live) == made(github)


def test_what_a_run_left_of_a_timeline_no_longer_tracked_is_committed(live: Lake, github: GitHub) -> None:
    time_ = PassingTime(datetime.now(UTC) - timedelta(minutes=10))
    poll(live, time_)
    [row] = ledger(live, SliceStatus.RECEIVED)
    assert row.receipt is not None
    with live.open() as context:
        context.state.ledger.forget(row.key)
        context.state.ledger.landed(row.receipt, datetime.now(UTC))
    github.happen(github.push("octo/dog"))
    poll(live, time_, FORGELAKE_GITHUB_REPOS="octo/dog")
    assert held(live) == made(github)
    assert ledger(live, SliceStatus.LANDED) == []


@pytest.mark.parametrize("damage", [None, b"", b"no gzip", b"\x1f\x8b\x08"])
def test_a_poll_whose_bytes_are_damaged_stops_no_other(live: Lake, github: GitHub, damage: bytes | None) -> None:
    time_ = PassingTime()
    poll(live, time_)
    [row] = ledger(live, SliceStatus.RECEIVED)
    assert row.receipt is not None
    with live.open() as context:
        context.state.ledger.forget(row.key)
        context.state.ledger.landed(row.receipt, datetime.now(UTC))
        context.storage.delete(row.path or "")
        if damage is not None:
            context.storage.put(row.path or "", damage)
    time_.sleep(60)
    github.happen(github.push("octo/dog"))
    polled = poll(live, time_, FORGELAKE_GITHUB_REPOS="octo/dog")
    assert (polled.unreadable, polled.complete) == (1, False)
    [failed] = ledger(live, SliceStatus.FAILED)
    assert failed.reason is not None
    assert row.path is not None
    assert row.path in failed.reason
    assert held(live) == made(github)


def test_landed_polls_wait_where_they_cannot_be_committed_now(live: Lake, github: GitHub) -> None:
    time_ = PassingTime()
    scratch = live.home / "scratch"

    def break_scratch() -> None:
        shutil.rmtree(scratch)
        scratch.write_text("no folder")

    time_.plan(1, break_scratch)
    with pytest.raises(OSError, match="scratch"):
        poll(live, time_, 2)
    scratch.unlink()
    assert len(ledger(live, SliceStatus.LANDED)) == 1
    time_.sleep(60)
    poll(live, time_)
    assert held(live) == made(github)
    assert ledger(live, SliceStatus.FAILED) == []
