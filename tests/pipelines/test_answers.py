"""Long answers are made once, whoever dies in the middle, and end when nobody wants them."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from forgelake.app.jobs import JOBS
from forgelake.jobs.foreground import run_now
from forgelake.metrics.catalogue import Catalogue, folders
from forgelake.metrics.formats import as_parquet
from forgelake.model.errors import UsageError
from forgelake.pipelines.answers import asking, making, result, watch
from forgelake.pipelines.clock import RealClock
from forgelake.pipelines.context import Context
from forgelake.query.watched import Watched
from forgelake.state.answers import AnswerRow, AnswerState
from forgelake.state.runs import RunStatus
from tests.jobs.bench import Stop, until
from tests.jobs.processes import set_clock, started
from tests.pipelines.answering import FOR_EVER, answering, ask
from tests.pipelines.archive import PER_HOUR
from tests.pipelines.lakes import Lake

MAKE = JOBS[asking.JOB]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    # Its workers have nothing else to do.
    never = {f"FORGELAKE_JOBS_{job}_SCHEDULE": "never" for job in ("COLLECT_GHARCHIVE", "COMPACT")}
    return answering(tmp_path_factory.mktemp("answers"), **never)


@pytest.fixture
def context(made: Lake, monkeypatch: pytest.MonkeyPatch) -> Iterator[Context]:
    """The lake with nothing asked of it, looked at often."""
    monkeypatch.setattr(watch, "LOOK_EVERY_SECONDS", 0.02)
    with made.open() as opened:
        yield opened
        for row in opened.state.answers.all_rows():
            opened.state.answers.remove(row.id)


def stands(context: Context, row: AnswerRow) -> AnswerRow:
    """How an answer stands now."""
    found = context.state.answers.get(row.id)
    assert found is not None
    return found


def while_running(context: Context, row: AnswerRow, do: Callable[[], object], stop: Stop) -> RunStatus:
    """Do something while an answer is being made; returns how the run of the job ended."""
    ended = list[RunStatus]()
    thread = threading.Thread(target=lambda: ended.append(run_now(context, JOBS, MAKE, stop).status))
    thread.start()
    until(lambda: stands(context, row).state is AnswerState.RUNNING)
    do()
    thread.join(60)
    return ended[0]


def test_what_is_kept_is_read_back_as_it_was(context: Context) -> None:
    row = ask(context, 3)
    assert run_now(context, JOBS, MAKE, RealClock()).status is RunStatus.DONE
    done = stands(context, row)
    assert (done.state, done.tries, done.attempt) == (AnswerState.DONE, 1, None)
    assert done.snapshot == context.lake.shown(private=False).now().id
    found = result.read(context, Catalogue.load(folders(context.settings.metrics.folder)), done)
    assert found.coverage.received == 2
    assert found.table.to_pylist() == [{"counted": 3 * 2 * PER_HOUR}]
    assert as_parquet(found) == context.storage.get(done.path or "")


def test_how_far_a_question_is_can_be_seen_while_it_runs(context: Context) -> None:
    watched, seen = Watched(context.lake.now()), list[float]()
    with watched.snapshot.session() as session:
        session.connection.execute("CREATE TEMP TABLE numbers AS SELECT range AS number FROM range(3000000)")

        def look() -> None:
            until(lambda: (told := watched.progress()) is not None and 0 < told.share < 1)
            seen.append(told.share if (told := watched.progress()) else 0)
            while thread_runs.is_set():
                watched.interrupt()

        thread_runs, thread = threading.Event(), threading.Thread(target=look)
        thread_runs.set()
        thread.start()
        with pytest.raises(UsageError, match="INTERRUPT"):
            session.run("SELECT count(DISTINCT hash(number)::VARCHAR) FROM numbers").read_all()
        thread_runs.clear()
        thread.join()
    assert 0 < seen[0] <= 1


def test_what_is_cancelled_in_the_middle_stops_at_once_and_leaves_nothing(context: Context) -> None:
    row, next_one = ask(context, FOR_EVER), ask(context)
    status = while_running(context, row, lambda: asking.cancel(context, row.id), Stop())
    assert status is RunStatus.DONE
    cancelled = stands(context, row)
    assert (cancelled.state, cancelled.path) == (AnswerState.CANCELLED, None)
    assert stands(context, next_one).state is AnswerState.DONE


def test_a_worker_that_is_told_to_end_leaves_the_answer_to_the_next(context: Context) -> None:
    row, stop = ask(context, FOR_EVER), Stop()
    assert while_running(context, row, stop.end, stop) is RunStatus.INTERRUPTED
    left = stands(context, row)
    assert (left.state, left.tries, left.attempt) == (AnswerState.QUEUED, 1, None)
    job = context.state.jobs.get(asking.JOB)
    assert job is not None
    assert job.wanted_at is not None


def test_what_takes_too_long_is_given_up(made: Lake, context: Context) -> None:
    row = ask(context, FOR_EVER)
    with made.open(FORGELAKE_ANSWERS_TIMEOUT_SECONDS="0.1") as impatient:
        run_now(impatient, JOBS, MAKE, RealClock())
    failed = stands(context, row)
    assert (failed.state, failed.error) == (
        AnswerState.FAILED,
        "it took longer than 0.1 s (answers.timeout_seconds); ask for less",
    )


def test_an_answer_that_ends_every_worker_is_given_up(context: Context) -> None:
    row, fine = ask(context, 2), ask(context)
    gone: dict[str, Any] = {"state": AnswerState.RUNNING, "attempt": "of a worker that is gone"}
    context.state.answers.change(row.id, lambda one: replace(one, **gone, tries=3))
    context.state.answers.change(fine.id, lambda one: replace(one, **gone, tries=1))
    run_now(context, JOBS, MAKE, RealClock())
    failed, done = stands(context, row), stands(context, fine)
    assert (failed.state, "begun 3 times" in (failed.error or "")) == (AnswerState.FAILED, True)
    assert (done.state, done.tries) == (AnswerState.DONE, 2)


def test_what_another_worker_took_over_is_not_ended_by_the_first(context: Context) -> None:
    row = ask(context, FOR_EVER)

    def take_over() -> None:
        context.state.answers.change(row.id, lambda one: one.begun("another", context.clock()))

    assert while_running(context, row, take_over, Stop()) is RunStatus.DONE
    taken = stands(context, row)
    assert (taken.state, taken.attempt, taken.tries) == (AnswerState.RUNNING, "another", 2)


def test_what_a_worker_wrote_that_died_then_goes_with_its_answer(context: Context) -> None:
    row = ask(context, 3)
    died = f"{result.FOLDER}/{row.id}-{'0' * 32}.parquet"
    context.storage.put(died, b"written, and then its worker was killed")
    run_now(context, JOBS, MAKE, RealClock())
    done = stands(context, row)
    assert {done.path, died} <= {found.path for found in context.storage.list(result.FOLDER)}
    later = replace(context, clock=lambda: context.clock() + timedelta(hours=49))
    making.forget(later)
    assert context.state.answers.all_rows() == []
    assert list(context.storage.list(result.FOLDER)) == []


def test_a_killed_worker_s_answer_is_made_by_the_next_one(made: Lake, context: Context) -> None:
    clock = made.home.parent / "clock"
    set_clock(clock, context.clock())
    row = ask(context, 20_000)
    first = started(made.environ, made.home.parent, clock)
    until(lambda: stands(context, row).state is AnswerState.RUNNING)
    first.kill()
    first.join()
    assert stands(context, row).state is AnswerState.RUNNING
    second = started(made.environ, made.home.parent, clock)
    try:
        until(lambda: (job := context.state.jobs.get(asking.JOB)) is not None and job.run_id is None)
        set_clock(clock, context.clock() + timedelta(minutes=2))
        until(lambda: stands(context, row).state is AnswerState.DONE)
    finally:
        second.terminate()
        second.join(30)
    assert stands(context, row).tries == 2
