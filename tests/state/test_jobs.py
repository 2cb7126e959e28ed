"""The state of jobs, on both databases."""

from datetime import timedelta

from forgelake.state.database import State
from forgelake.state.jobs import ASKED, STOPPED, Ended
from forgelake.state.runs import RunStatus
from tests.state.conftest import NOW

LATER = NOW + timedelta(hours=1)


def test_a_job_that_is_known_stays_as_it_is(state: State) -> None:
    state.jobs.add("a", "0 * * * *", NOW)
    assert state.jobs.pause("a", NOW)
    state.jobs.add("a", "5 * * * *", LATER)
    row = state.jobs.get("a")
    assert row is not None
    assert (row.schedule, row.scheduled_at, row.paused_at, row.failures) == ("0 * * * *", NOW, NOW, 0)
    assert state.jobs.resume("a")
    state.jobs.reschedule("a", "5 * * * *", LATER)
    row = state.jobs.all_rows()["a"]
    assert (row.schedule, row.scheduled_at, row.paused_at) == ("5 * * * *", LATER, None)


def test_nothing_is_ordered_of_a_job_that_is_not_there(state: State) -> None:
    assert not state.jobs.want("a", ASKED, NOW)
    assert not state.jobs.pause("a", NOW)
    assert not state.jobs.resume("a")
    assert state.jobs.get("a") is None


def test_beginning_takes_what_was_due_and_ending_wakes_what_comes_after(state: State) -> None:
    for name in ("a", "b", "c"):
        state.jobs.add(name, "", None)
    state.jobs.want("a", ASKED, NOW)
    state.jobs.begin("a", "1" * 32, NOW, LATER)
    row = state.jobs.get("a")
    assert row is not None
    assert (row.run_id, row.wanted_at, row.wanted_by, row.scheduled_at) == ("1" * 32, None, None, LATER)
    assert state.jobs.end("a", "1" * 32, Ended(RunStatus.DONE_WITH_GAPS, "a gap", wakes=("b",)), LATER)
    rows = state.jobs.all_rows()
    assert (rows["a"].run_id, rows["a"].status, rows["a"].error) == (None, RunStatus.DONE_WITH_GAPS, "a gap")
    assert (rows["a"].finished_at, rows["a"].succeeded_at) == (LATER, LATER)
    assert (rows["b"].wanted_at, rows["b"].wanted_by, rows["c"].wanted_at) == (LATER, "after a", None)


def test_only_the_run_that_is_at_it_can_end_a_job(state: State) -> None:
    state.jobs.add("a", "", None)
    state.jobs.add("b", "", None)
    state.jobs.begin("a", "2" * 32, NOW, None)
    assert not state.jobs.end("a", "1" * 32, Ended(RunStatus.DONE, wakes=("b",)), NOW)
    rows = state.jobs.all_rows()
    assert (rows["a"].run_id, rows["b"].wanted_at) == ("2" * 32, None)


def test_failures_in_a_row_are_counted_until_a_run_succeeds(state: State) -> None:
    state.jobs.add("a", "", None)
    for ended, failures in (
        (Ended(RunStatus.FAILED, "no network", LATER), 1),
        (Ended(RunStatus.INTERRUPTED, "killed", LATER), 2),
        (Ended(RunStatus.INTERRUPTED, "stopped", again=True), 2),
        (Ended(RunStatus.FAILED, "a setting is wrong"), 3),
        (Ended(RunStatus.DONE), 0),
    ):
        state.jobs.begin("a", "1" * 32, NOW, None)
        state.jobs.end("a", "1" * 32, ended, LATER)
        row = state.jobs.get("a")
        assert row is not None
        assert (row.failures, row.retry_at, row.error) == (failures, ended.retry_at, ended.error)
        assert row.wanted_by == (STOPPED if ended.again else None)


def test_what_is_wanted_while_a_run_goes_on_is_wanted_after_it(state: State) -> None:
    state.jobs.add("a", "", None)
    state.jobs.begin("a", "1" * 32, NOW, None)
    state.jobs.want("a", ASKED, LATER)
    state.jobs.end("a", "1" * 32, Ended(RunStatus.DONE), LATER)
    row = state.jobs.get("a")
    assert row is not None
    assert (row.wanted_at, row.wanted_by) == (LATER, ASKED)


def test_slices_whose_work_did_not_end_are_counted(state: State) -> None:
    for run in ("1", "2"):
        state.unfinished.begin("gharchive", "2016-01-01-1", run, NOW)
    state.unfinished.begin("gharchive", "2016-01-01-2", "2", NOW)
    state.unfinished.begin("github", "2016-01-01-1", "2", NOW)
    assert state.unfinished.times("gharchive") == {"2016-01-01-1": 2, "2016-01-01-2": 1}
    state.unfinished.end("gharchive", ["2016-01-01-1", "2016-01-01-9"])
    assert state.unfinished.times("gharchive") == {"2016-01-01-2": 1}
    assert state.unfinished.times("github") == {"2016-01-01-1": 1}
