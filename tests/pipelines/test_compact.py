"""Compaction: the same rows in fewer files, whoever reads, writes or dies meanwhile."""

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest
from pyiceberg.manifest import DataFile

from forgelake.lake.columns import Table
from forgelake.lake.compact import Compactor
from forgelake.lake.events import EVENTS
from forgelake.model.errors import RetryError, StopError, UsageError
from forgelake.pipelines.compact import LEASE, Done, compact
from forgelake.pipelines.context import Context
from forgelake.pipelines.rollups import standing
from forgelake.state.owners import Owner
from tests.cli.processes import Nursery
from tests.pipelines.archive import FIRST, PER_HOUR, hours, publish, some, text
from tests.pipelines.lakes import Lake, put_back

HOURS = hours(5, FIRST.shifted(20))
"""Of two days; two neighbours share events, and one has a bad line."""
LATER = HOURS[-1].shifted(1)
FIRST_DAY, SECOND_DAY = HOURS[0].day, HOURS[-1].day
ONE_DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def collected(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """A lake in small files; tests copy it."""
    folder = tmp_path_factory.mktemp("collected")
    files = {hour: text(some(hour)) for hour in (*HOURS, LATER)}
    files[HOURS[0]] += text(some(HOURS[1], 0, 3))
    files[HOURS[2]] += b"{torn"
    lake = Lake(folder / "home", publish(folder / "hours", dict(files)))
    for hour in HOURS:
        lake.collect(hour)
    return lake


@pytest.fixture
def lake(collected: Lake) -> Iterator[Lake]:
    """The same for one test, which may change it."""
    with put_back(collected) as lake:
        yield lake


def compacted(lake: Lake, **variables: str) -> Done:
    with lake.open(**variables) as context:
        return compact(context, None, None, ONE_DAY)


def data_files(lake: Lake) -> list[str]:
    return lake.objects("tables/events/data")


def test_a_day_becomes_one_sorted_file_with_the_same_rows(lake: Lake) -> None:
    events, rejects = lake.table(), lake.table("rejects")
    done = {(one.table, one.day): one for one in compacted(lake, FORGELAKE_LAKE_KEEP_UNUSED_HOURS="0").days}
    assert list(done) == [("events", FIRST_DAY), ("events", SECOND_DAY)]
    assert all(one.files_before > 1 and one.files_after == 1 for one in done.values())
    assert sum(one.rows for one in done.values()) == len(events)
    assert (lake.table(), lake.table("rejects")) == (events, rejects)
    assert len(data_files(lake)) == 2
    for path in data_files(lake):
        rows = duckdb.execute("SELECT type, repo_id FROM read_parquet($1)", [str(lake.home / "lake" / path)]).fetchall()
        assert rows == sorted(rows)
    assert compacted(lake).days == []


def test_days_that_ended_lately_or_were_not_asked_for_are_left_alone(lake: Lake) -> None:
    with lake.open(FORGELAKE_NOW=f"{SECOND_DAY + ONE_DAY}T12:00:00Z") as context:
        assert [one.day for one in compact(context, None, None, ONE_DAY).days] == [FIRST_DAY]
        assert compact(context, FIRST_DAY, FIRST_DAY, timedelta()).days == []
        assert [one.day for one in compact(context, None, SECOND_DAY, timedelta()).days] == [SECOND_DAY]
        with pytest.raises(UsageError, match="is empty"):
            compact(context, SECOND_DAY, FIRST_DAY, timedelta())


def test_files_stay_for_their_readers_until_the_time_of_grace_is_over(lake: Lake) -> None:
    with lake.open() as context:
        before = context.lake.now()
        assert sum(swept.files for swept in compacted(lake).swept) == 0
        with before.session() as session:
            assert session.run("SELECT count(*) FROM events").read_all()[0][0].as_py() == len(lake.rows())
    stray = lake.home / "lake" / "tables/events/data" / f"created_at_day={FIRST_DAY}" / "stray.parquet"
    stray.write_bytes(b"of a run that died")
    swept = {one.table: one for one in compacted(lake, FORGELAKE_LAKE_KEEP_UNUSED_HOURS="0").swept}
    assert swept["events"].files > len(HOURS) - 1
    assert not stray.exists()
    assert len(data_files(lake)) == 2
    assert lake.query("SELECT count(*) FROM events") == [(len(lake.rows()),)]


def test_slices_are_replaced_and_united_after_compaction_as_before_it(lake: Lake) -> None:
    expected = lake.table()
    compacted(lake)
    lake.collect(HOURS[0], HOURS[-1], again=True)
    assert lake.table() == expected
    lake.collect(LATER)
    compacted(lake)
    assert len(lake.rows()) == (len(HOURS) + 1) * PER_HOUR


@contextmanager
def writing(lake: Lake) -> Iterator[None]:
    """A collector that is at the same days all the while."""
    over = threading.Event()

    def collect() -> None:
        while not over.is_set():
            lake.collect(HOURS[0], HOURS[-1], again=True)

    writer = threading.Thread(target=collect)
    writer.start()
    try:
        yield
    finally:
        over.set()
        writer.join()


def test_readers_and_collectors_go_on_meanwhile(lake: Lake) -> None:
    expected = lake.table()
    with writing(lake), lake.open() as context:
        for _ in range(2):
            try:
                compact(context, None, None, ONE_DAY)
            except RetryError as error:
                assert "the next run tries again" in str(error)  # noqa: PT017 - the collector may win every time
            with context.lake.now(0).session() as session:
                assert session.run("SELECT count(*) FROM events").read_all()[0][0].as_py() == len(expected)
    assert lake.table() == expected


def compactor(context: Context, cls: type[Compactor]) -> Compactor:
    return cls(context.catalog, context.storage, context.scratch, context.connect, 1 << 28)


def test_a_day_that_changed_while_it_was_rewritten_is_done_anew(lake: Lake) -> None:
    attempts: list[Table] = []

    class Slow(Compactor):
        def _written(self, declared: Table, day: date, old: Sequence[DataFile]) -> list[str]:
            uris = super()._written(declared, day, old)
            if not attempts:
                lake.collect(HOURS[1], again=True)
            attempts.append(declared)
            return uris

    expected = lake.table()
    with lake.open() as context:
        done = compactor(context, Slow).compact(EVENTS, FIRST_DAY)
    assert done is not None
    assert len(attempts) == 2
    assert lake.table() == expected


def test_files_with_other_rows_never_take_the_place_of_the_old_ones(lake: Lake) -> None:
    class Losing(Compactor):
        def _write(
            self, declared: Table, day: date, batches: Iterator[pa.RecordBatch], rows: int
        ) -> Iterator[tuple[str, int]]:
            next(batches)
            return super()._write(declared, day, batches, rows)

    expected = lake.table()
    with lake.open() as context, pytest.raises(StopError, match="the old files stay"):
        compactor(context, Losing).compact(EVENTS, FIRST_DAY)
    assert lake.table() == expected


def test_two_compactions_at_once_are_one_too_many(lake: Lake) -> None:
    with (
        lake.open() as context,
        context.state.leases.lock(LEASE, Owner.current(), 60.0, 0),
        pytest.raises(RetryError, match="held by"),
    ):
        compact(context, None, None, ONE_DAY)


@pytest.mark.parametrize("pattern", ["scratch/compacted-*", "lake/tables/events/data/**/compacted-*", None])
def test_a_compaction_that_is_killed_changes_no_row(lake: Lake, nursery: Nursery, pattern: str | None) -> None:
    expected = lake.table()
    command = nursery.start(["compact"], lake.environ, lake.home.parent)
    deadline = time.monotonic() + 60
    while pattern and not any(lake.home.glob(pattern)) and command.running:
        assert time.monotonic() < deadline
    if pattern is None:
        time.sleep(0.6)
    command.kill()
    command.wait()
    assert lake.table() == expected
    again = nursery.run(["compact", "--format", "csv"], lake.environ, lake.home.parent)
    assert again.code == 0, again.err
    assert again.out.startswith("table,days,rows,files_before,files_after,bytes_before,bytes_after")
    assert lake.table() == expected
    with lake.open() as context:
        table = context.catalog.table(EVENTS)
        names = [Path(task.file.file_path).name for task in table.scan().plan_files()]
    assert len(names) == 2
    assert all(name.startswith("compacted-") for name in names)


def test_the_job_compacts_days_that_need_it_and_counts_them_anew(lake: Lake, nursery: Nursery, tmp_path: Path) -> None:
    before = lake.table()
    assert nursery.run(["run", "compact"], lake.environ, tmp_path).code == 0
    files = data_files(lake)
    assert (lake.table(), sum("compacted" in name for name in files)) == (before, 2)
    with lake.open() as context:
        assert len(context.lake.now(0).tables["events"].files) == 2
        assert [one.due for one in standing(context)] == [0, 0, 0]
    assert nursery.run(["run", "compact"], lake.environ, tmp_path).code == 0
    assert data_files(lake) == files
