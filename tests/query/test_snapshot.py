"""A snapshot: one state of tables and ledger, from which only the days asked for are read."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest

from forgelake.engines.duckdb import connect
from forgelake.model.errors import StopError, UsageError
from forgelake.model.period import Period
from forgelake.model.slices import SliceStatus
from forgelake.query.session import Session
from forgelake.query.snapshot import Snapshot
from tests.pipelines.archive import publish, some
from tests.pipelines.lakes import Lake
from tests.query.conftest import DAYS, PER_DAY

COUNT = "SELECT count(*) AS n FROM events"
THIRD = Period(DAYS[2].start.replace(hour=0), DAYS[3].start.replace(hour=0))


def number(session: Session, sql: str = COUNT) -> int:
    """The only value of an answer."""
    return session.run(sql).read_all()[0][0].as_py()


def count(snapshot: Snapshot, period: Period | None = None) -> int:
    """Events that a session sees."""
    with snapshot.session(period) as session:
        return number(session)


def test_the_same_object_is_given_while_nothing_changes(days: Lake) -> None:
    with days.open() as context:
        first = context.lake.now()
        assert context.lake.now(max_age=0) is first
        assert count(first) == 5 * PER_DAY
    with days.open() as context:
        assert context.lake.now().id == first.id


def test_a_commit_makes_a_new_snapshot_and_leaves_the_old_one_as_it_was(own_days: Lake) -> None:
    with own_days.open() as context:
        before = context.lake.now()
        with before.session() as session:
            assert number(session) == 5 * PER_DAY
            own_days.collect(DAYS[5])
            assert number(session) == 5 * PER_DAY
            assert number(session, "SELECT count(*) FROM slices WHERE status = 'received'") == 5
        assert context.lake.now(max_age=3600) is before
        after = context.lake.now(max_age=0)
        assert (after.id != before.id, count(after), count(before)) == (True, 6 * PER_DAY, 5 * PER_DAY)


def test_a_change_of_the_ledger_alone_makes_a_new_snapshot(own_days: Lake) -> None:
    with own_days.open() as context:
        before = context.lake.now()
        own_days.collect(DAYS[0].shifted(1))
        after = context.lake.now(max_age=0)
        assert after.id != before.id
        assert [row.reason for row in after.ledger("gharchive", THIRD)] == [None]
        assert len(after.slices) == len(before.slices) + 1


def test_a_day_is_answered_from_the_files_of_that_day_alone(own_days: Lake) -> None:
    with own_days.open() as context:
        snapshot = context.lake.now()
        files = snapshot.tables["events"]
        wanted = files.within(THIRD)
        assert {file.day for file in wanted} == {DAYS[2].day}
        assert sum(file.rows for file in wanted) == PER_DAY
        for file in set(files.files) - set(wanted):
            assert file.bytes == Path(file.path).stat().st_size
            Path(file.path).unlink()
        assert count(snapshot, THIRD) == PER_DAY
        with pytest.raises(StopError, match="IO Error"):
            count(snapshot)


def test_a_period_reaches_into_every_day_that_it_touches_and_no_further(days: Lake) -> None:
    with days.open() as context:
        snapshot = context.lake.now()
        second = timedelta(seconds=1)
        assert count(snapshot, Period(THIRD.start, THIRD.end + second)) == 2 * PER_DAY
        assert count(snapshot, Period(THIRD.start - second, THIRD.end)) == 2 * PER_DAY
        assert count(snapshot, Period(DAYS[5].start, DAYS[5].end)) == 0


def test_manifests_are_read_once(own_days: Lake) -> None:
    with own_days.open() as context:
        context.lake.now()
        for manifest in (own_days.home / "lake" / "tables" / "events" / "metadata").glob("*-m0.avro"):
            manifest.unlink()
        own_days.collect(DAYS[0].shifted(1))
        assert count(context.lake.now(max_age=0)) == 5 * PER_DAY


def test_many_threads_share_the_lake(days: Lake) -> None:
    with days.open() as context, ThreadPoolExecutor(8) as pool:

        def asked(period: Period) -> int:
            return count(context.lake.now(max_age=0), period)

        periods = [Period(hour.start, hour.end) for hour in DAYS[:5]] * 8
        assert set(pool.map(asked, periods)) == {PER_DAY}


def test_what_the_ledger_says_is_in_the_tables_while_a_collector_writes(own_days: Lake) -> None:
    claimed = "SELECT coalesce(sum(events), 0)::BIGINT FROM slices WHERE status = 'received'"
    seen: set[int] = set()
    with own_days.open() as context:
        writer = threading.Thread(target=lambda: [own_days.collect(hour, again=True) for hour in DAYS[4:]])
        writer.start()
        while writer.is_alive() or len(seen) < 2:
            with context.lake.now(max_age=0).session() as session:
                events = number(session)
                assert number(session, claimed) <= events
                seen.add(events)
        writer.join()
    assert seen == {5 * PER_DAY, 6 * PER_DAY}


def test_a_query_that_takes_too_long_is_stopped_and_no_other(days: Lake) -> None:
    with days.open() as context:
        snapshot = context.lake.now()
        with snapshot.session() as other:
            with (
                snapshot.session(timeout_seconds=0.1) as session,
                pytest.raises(UsageError, match="stopped after"),
            ):
                session.run("SELECT count(*) FROM range(1000000000000)").read_all()
            assert number(other) == 5 * PER_DAY


def test_only_the_tables_asked_for_are_there(days: Lake) -> None:
    with days.open() as context:
        with context.lake.now().session(tables=["bots"]) as session:
            assert number(session, "SELECT count(*) FROM bots") > 60
            with pytest.raises(UsageError, match="there is no table events"):
                session.run(COUNT)
        with context.lake.now().session() as session, pytest.raises(UsageError, match="events, slices, runs, bots"):
            session.run("SELECT * FROM event")


def test_tables_can_be_put_on_a_connection_that_is_locked_afterwards(days: Lake) -> None:
    with days.open() as context, connect(extensions=("icu",)) as own:
        snapshot = context.lake.now()
        snapshot.prepare(own)
        own.execute("SET allowed_paths = $paths", {"paths": [file.path for file in snapshot.tables["events"].files]})
        own.execute("SET enable_external_access = false")
        own.execute("SET lock_configuration = true")
        assert number(Session(own)) == 5 * PER_DAY
        with pytest.raises(duckdb.Error, match="disabled"):
            own.execute("SELECT * FROM read_text('/etc/hostname')")


def test_an_empty_lake_has_all_tables(tmp_path: Path) -> None:
    lake = Lake(tmp_path / "home", tmp_path.as_uri())
    with lake.open() as context, context.lake.now().session() as session:
        sql = "SELECT (SELECT count(*) FROM events WHERE actor_is_bot) + (SELECT count(*) FROM rejects) AS n"
        assert number(session, sql) == 0


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_the_ledger_reads_the_same_from_a_snapshot_on_either_database(
    request: pytest.FixtureRequest, tmp_path: Path, database: str
) -> None:
    own = {} if database == "sqlite" else {"FORGELAKE_STATE_URL": request.getfixturevalue("fresh_postgresql_url")}
    lake = Lake(tmp_path / "home", publish(tmp_path / "hours", {DAYS[0]: some(DAYS[0], 0, PER_DAY)}), own)
    lake.collect(DAYS[0])
    lake.collect(DAYS[1])
    with lake.open() as context:
        whole = Period(DAYS[0].start, DAYS[2].start)
        assert context.lake.now().ledger("gharchive", whole) == list(context.state.ledger.all_rows())
        assert len(context.lake.now().slices) == 2


def test_every_change_of_the_ledger_is_a_new_version(own_days: Lake) -> None:
    with own_days.open() as context:
        ledger, now = context.state.ledger, context.clock()
        row = next(ledger.all_rows())
        assert row.receipt is not None
        receipt = row.receipt

        def versions() -> Iterator[int]:
            yield ledger.version()
            ledger.asked(row.key, row.start, row.end, SliceStatus.MISSING, "gone", now)
            yield ledger.version()
            ledger.landed(receipt, now)
            yield ledger.version()
            ledger.committing(row.key, row.counts)
            yield ledger.version()
            ledger.committed(row.key, row.counts, now)
            yield ledger.version()
            ledger.forget(row.key)
            yield ledger.version()

        seen = list(versions())
        assert seen == list(range(seen[0], seen[0] + 6))


def test_after_a_change_only_what_changed_is_read_of_the_ledger(own_days: Lake) -> None:
    with own_days.open() as context:
        before, version = context.lake.now(), context.state.ledger.version()
        own_days.collect(DAYS[5])
        changes = context.state.ledger.changes(version)
        assert (changes.whole, len(changes.rows)) == (False, 1)
        after = context.lake.now(max_age=0)
        assert len(after.slices) == len(before.slices) + 1
        everything = context.state.ledger.all_rows()
        assert after.ledger("gharchive", Period(DAYS[0].start, DAYS[5].end)) == list(everything)


def test_a_row_that_was_removed_is_gone_from_the_next_snapshot(own_days: Lake) -> None:
    with own_days.open() as context:
        before = context.lake.now()
        (row,) = before.ledger("gharchive", THIRD)
        context.state.ledger.forget(row.key)
        assert context.lake.now(max_age=0).ledger("gharchive", THIRD) == []


def test_one_question_about_hours_reads_only_those_of_the_ledger(days: Lake) -> None:
    with days.open() as context:
        first = context.lake.about_hours(THIRD)
        assert [row.name for row in first.ledger("gharchive", THIRD)] == [DAYS[2].name]
        assert len(first.slices) == 1
        assert count(first, THIRD) == PER_DAY
        again = context.lake.about_hours(THIRD)
        assert (again.id, len(again.slices)) == (first.id, 5)
