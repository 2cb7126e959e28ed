"""Workers: what is due runs once, in order, again when it fails, and is left in good order when they end."""

import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, text

from forgelake.jobs import orders, worker
from forgelake.jobs.foreground import run_now
from forgelake.jobs.job import Turn
from forgelake.jobs.status import JobState, live_workers, statuses
from forgelake.model.errors import ConfigurationError, RetryError, UsageError
from forgelake.pipelines.record import recorded
from forgelake.state.jobs import ASKED, STOPPED, lease
from forgelake.state.owners import Owner
from forgelake.state.runs import RunCounters, RunStatus
from tests.jobs.bench import START, Bench, Stop, opened, until
from tests.pipelines.lakes import Lake

HOURLY, AFTER = "collect_gharchive", "export_traffic"
REPOS = "collect_repos"


def brings(bench: Bench, slices: int) -> Callable[[Turn], str]:
    """Work that brings that many slices."""

    def work(turn: Turn) -> str:
        with recorded(turn.context, HOURLY, {"slices": slices}) as record:
            record.counters = lambda: RunCounters(slices_done=slices)
        bench.done.append(HOURLY)
        return ""

    return work


def fails(error: Exception) -> Callable[[Turn], str]:
    def work(_: Turn) -> str:
        raise error

    return work


def test_a_job_seen_for_the_first_time_runs_at_once_and_then_by_its_schedule(either: Bench) -> None:
    either.job(HOURLY)
    either.work()
    either.passes(minutes=54)
    either.work()
    assert either.done == [HOURLY]
    either.passes(minutes=1)
    either.work()
    assert either.done == [HOURLY] * 2
    assert either.row(HOURLY).scheduled_at == datetime(2026, 11, 23, 8, 25, tzinfo=UTC)
    assert either.causes() == [("collect gharchive", "schedule", "done")] * 2


def test_two_workers_run_everything_once(either: Bench) -> None:
    names = (HOURLY, REPOS, "collect_stars", "collect_traffic")
    for name in names:
        either.job(name)
    stops = [Stop(), Stop()]
    threads = [threading.Thread(target=either.worker(stop).run) for stop in stops]
    for thread in threads:
        thread.start()
    until(lambda: len(live_workers(either.context)) == 2)
    for turn in range(1, 6):
        until(lambda turn=turn: len(either.done) >= turn * len(names))
        until(lambda: all(row.run_id is None for row in either.context.state.jobs.all_rows().values()))
        either.passes(days=1)
    until(lambda: len(either.done) == 6 * len(names))
    for stop in stops:
        stop.end()
    for thread in threads:
        thread.join()
    assert Counter(either.done) == dict.fromkeys(names, 6)
    assert {status for _, _, status in either.causes()} == {"done"}
    assert either.context.state.leases.all_rows() == []


def test_a_job_runs_after_another_that_brought_something(either: Bench) -> None:
    either.job(AFTER)
    either.job(HOURLY, brings(either, 0))
    either.work()
    assert either.done == [HOURLY]
    either.job(HOURLY, brings(either, 2))
    either.passes(hours=1)
    either.work()
    assert either.done == [HOURLY, HOURLY, AFTER]
    assert either.causes()[-1] == ("export traffic", f"after {HOURLY}", "done")


def test_a_failed_job_is_tried_again_after_growing_waits(either: Bench) -> None:
    either.job(REPOS, fails(RetryError("no network")))
    either.work()
    for failures, seconds in ((1, 60), (2, 120), (3, 240)):
        row = either.row(REPOS)
        assert (row.failures, row.error) == (failures, "no network")
        assert row.retry_at == either.instant + timedelta(seconds=seconds)
        either.passes(seconds=seconds - 1)
        either.work()
        assert either.row(REPOS).failures == failures
        either.passes(seconds=1)
        either.work()
    either.job(REPOS)
    either.passes(hours=1)
    either.work()
    row = either.row(REPOS)
    assert (row.failures, row.retry_at, row.error, row.succeeded_at) == (0, None, None, either.instant)
    assert [cause for _, cause, _ in either.causes()] == ["schedule", *["retry"] * 4]


def test_a_wait_that_the_other_side_asks_for_is_kept(bench: Bench) -> None:
    bench.job(REPOS, fails(RetryError("rate limit", 1800)))
    bench.work()
    assert bench.row(REPOS).retry_at == START + timedelta(minutes=30)


def test_what_only_a_person_can_mend_waits_for_the_schedule(bench: Bench) -> None:
    bench.job(REPOS, fails(ConfigurationError("github.token is refused; make a new one")))
    bench.work()
    row = bench.row(REPOS)
    assert (row.retry_at, row.failures, row.status) == (None, 1, RunStatus.FAILED)
    [status] = statuses(bench.context, bench.jobs)
    assert (status.state, status.error) == (JobState.FAILING, "github.token is refused; make a new one")
    assert status.next_at == datetime(2026, 11, 23, 9, 10, tzinfo=UTC)


def test_a_job_that_breaks_ends_neither_the_worker_nor_the_others(bench: Bench) -> None:
    bench.job(REPOS, fails(ZeroDivisionError("division by zero")))
    bench.job(HOURLY)
    bench.work()
    assert bench.done == [HOURLY]
    assert "ZeroDivisionError: division by zero" in (bench.row(REPOS).error or "")
    assert ("collect repos", "schedule", "failed") in bench.causes()


def test_missed_runs_are_made_up_for_by_one_or_left_out(lake: Lake) -> None:
    with opened(lake, FORGELAKE_JOBS_COLLECT_REPOS_MISSED="skip") as bench:
        bench.job(HOURLY)
        bench.job(REPOS)
        bench.work()
        # What is left out is so at its first sight, too.
        assert bench.done == [HOURLY]
        bench.passes(days=3, hours=1)
        bench.work()
        assert bench.done == [HOURLY] * 2
        assert bench.row(REPOS).scheduled_at == datetime(2026, 11, 26, 9, 10, tzinfo=UTC)
        bench.passes(hours=1, minutes=41)
        bench.work()
        # Both were due at once; which of them is first is nobody's concern.
        assert sorted(bench.done[2:]) == sorted([HOURLY, REPOS])


def test_a_changed_schedule_counts_from_now_on(lake: Lake) -> None:
    with opened(lake) as bench:
        bench.job(HOURLY)
        bench.work()
    with opened(lake, FORGELAKE_JOBS_COLLECT_GHARCHIVE_SCHEDULE="0 12 * * *") as bench:
        bench.job(HOURLY)
        bench.passes(hours=2)
        bench.work()
        assert bench.done == []
        assert bench.row(HOURLY).scheduled_at == datetime(2026, 11, 23, 12, tzinfo=UTC)


def test_a_paused_job_runs_only_when_asked_for(bench: Bench) -> None:
    bench.job(REPOS)
    orders.pause(bench.context, bench.jobs, REPOS)
    bench.work()
    assert bench.done == []
    assert [one.state for one in statuses(bench.context, bench.jobs)] == [JobState.PAUSED]
    orders.run_soon(bench.context, bench.jobs, "collect repos")
    bench.work()
    assert bench.causes() == [("collect repos", ASKED, "done")]
    bench.passes(days=2)
    bench.work()
    orders.resume(bench.context, bench.jobs, "collect-repos")
    bench.work()
    assert bench.done == [REPOS] * 2


def test_the_state_is_not_asked_what_there_is_to_do_for_before_a_job_is_due(bench: Bench) -> None:
    bench.job(HOURLY)
    asked = Counter[str]()

    def nobody(_: object) -> str:
        asked[HOURLY] += 1
        return ""

    bench.jobs[HOURLY] = replace(bench.jobs[HOURLY], nobody=nobody)
    bench.work()
    first = asked[HOURLY]
    bench.work()
    assert (bench.done, first > 0, asked[HOURLY]) == ([HOURLY], True, first)
    bench.passes(hours=1)
    bench.work()
    assert (bench.done, asked[HOURLY] > first) == ([HOURLY] * 2, True)


def test_a_job_with_nothing_to_do_is_off_and_says_why(bench: Bench) -> None:
    bench.job(REPOS, idle="name some of github.repos")
    bench.work()
    [status] = statuses(bench.context, bench.jobs)
    assert (status.state, status.reason, status.next_at) == (JobState.OFF, "name some of github.repos", None)
    with pytest.raises(UsageError, match=r"nothing to do: name some of github\.repos"):
        orders.run_soon(bench.context, bench.jobs, REPOS)
    with pytest.raises(UsageError, match='did you mean "collect_repos"'):
        orders.pause(bench.context, bench.jobs, "collect_repo")


def test_a_run_that_is_stopped_is_wanted_again(either: Bench) -> None:
    begun = threading.Event()

    def lasting(turn: Turn) -> str:
        assert turn.until == datetime(2026, 11, 23, 7, tzinfo=UTC)
        begun.set()
        turn.clock.sleep(60)
        return ""

    either.job("collect_events", lasting, lasts=True)
    stop = Stop()
    thread = threading.Thread(target=either.worker(stop).run)
    thread.start()
    assert begun.wait(30)
    [status] = statuses(either.context, either.jobs)
    assert (status.state, status.words) == (JobState.RUNNING, "running")
    orders.pause(either.context, either.jobs, "collect_events")
    [status] = statuses(either.context, either.jobs)
    assert (status.state, status.words) == (JobState.RUNNING, "running, paused after this")
    orders.resume(either.context, either.jobs, "collect_events")
    stop.end()
    thread.join(30)
    row = either.row("collect_events")
    assert (row.run_id, row.wanted_by, row.failures) == (None, STOPPED, 0)
    either.job("collect_events")
    either.work()
    assert either.causes()[-1] == ("collect events", STOPPED, "done")


def test_a_run_that_does_not_end_in_time_is_left_and_done_again(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "GOODBYE_SECONDS", 0.05)
    begun, go_on = threading.Event(), threading.Event()

    def stubborn(_: Turn) -> str:
        begun.set()
        go_on.wait(30)
        return ""

    bench.job(REPOS, stubborn)
    stop = Stop()
    ended: list[bool] = []
    thread = threading.Thread(target=lambda: ended.append(bench.worker(stop).run()))
    thread.start()
    assert begun.wait(30)
    stop.end()
    thread.join(30)
    assert ended == [False]
    assert bench.causes() == [("collect repos", "schedule", "interrupted")]
    assert bench.row(REPOS).wanted_by == STOPPED
    bench.job(REPOS)
    bench.work()
    assert bench.done == [REPOS]
    go_on.set()


def test_a_run_whose_worker_is_gone_is_taken_over(either: Bench) -> None:
    either.job(HOURLY)
    state, gone = either.context.state, Owner("f" * 32, "another-host", 1, None)
    state.jobs.add(HOURLY, "25 * * * *", START)
    state.runs.start("collect gharchive", {}, gone, START, "schedule")
    state.leases.acquire([lease(HOURLY)], gone, 3600, datetime.now(UTC))
    state.jobs.begin(HOURLY, gone.run_id, START, START + timedelta(hours=1))
    either.work()
    assert either.row(HOURLY).run_id == gone.run_id
    state.leases.release_all(gone)
    either.work()
    row = either.row(HOURLY)
    assert (row.run_id, row.status, row.retry_at) == (None, RunStatus.INTERRUPTED, START + timedelta(seconds=60))
    either.passes(minutes=2)
    either.work()
    assert either.causes() == [("collect gharchive", "schedule", "interrupted"), ("collect gharchive", "retry", "done")]


def test_only_so_many_jobs_run_at_the_same_time(lake: Lake) -> None:
    with opened(lake, FORGELAKE_JOBS_AT_ONCE="2") as bench:
        running, most, mutex = [0], [0], threading.Lock()

        def work(turn: Turn) -> str:
            with mutex:
                running[0] += 1
                most[0] = max(most[0], running[0])
            turn.clock.sleep(0.2)
            with mutex:
                running[0] -= 1
            return ""

        for name in (HOURLY, REPOS, "collect_stars", "collect_traffic"):
            bench.job(name, work)
        bench.work()
        assert most == [2]
        assert len(bench.causes()) == 4


def test_a_job_run_by_hand_does_not_run_beside_a_worker(bench: Bench) -> None:
    other = Owner("f" * 32, "another-host", 1, None)
    bench.job(REPOS)
    bench.context.state.leases.acquire([lease(REPOS)], other, 3600, datetime.now(UTC))
    with pytest.raises(RetryError, match="another-host"):
        run_now(bench.context, bench.jobs, bench.jobs[REPOS], Stop())
    bench.context.state.leases.release_all(other)
    assert run_now(bench.context, bench.jobs, bench.jobs[REPOS], Stop()).status is RunStatus.DONE
    assert bench.causes() == [("collect repos", ASKED, "done")]


def test_a_database_that_drops_its_connections_ends_no_worker(
    lake: Lake, fresh_postgresql_url: str, administrator: Engine
) -> None:
    lake.variables |= {"FORGELAKE_STATE_URL": fresh_postgresql_url}
    with opened(lake) as bench:
        bench.job(HOURLY)
        stop = Stop()
        thread = threading.Thread(target=bench.worker(stop).run)
        thread.start()
        for number in range(1, 4):
            until(lambda number=number: len(bench.done) >= number)
            with administrator.connect() as connection:
                ended = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name"
                connection.execute(text(ended), {"name": fresh_postgresql_url.partition("?")[0].rpartition("/")[2]})
            bench.passes(hours=1)
        until(lambda: len(bench.done) >= 4)
        stop.end()
        thread.join(30)
        assert not thread.is_alive()


def test_runs_leave_nothing_behind_in_memory(bench: Bench) -> None:
    bench.job(HOURLY)
    leases, before = bench.context.state.leases, threading.active_count()
    for _ in range(50):
        run_now(bench.context, bench.jobs, bench.jobs[HOURLY], Stop())
    left = [len(getattr(leases, name)) for name in ("_claimed", "_lost", "_locks")]
    assert left == [0, 0, 0]
    assert threading.active_count() <= before + 2
