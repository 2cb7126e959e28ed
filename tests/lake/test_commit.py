"""Commits: all or nothing, the same in any order, and nothing taken away that a reader may hold."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb
import pytest
from pyiceberg.table import StaticTable

from forgelake.lake import swap
from forgelake.lake.catalog import TABLES
from forgelake.lake.events import EVENTS
from tests.lake.staging import Place, batch, plain_connection, replacing
from tests.pipelines.archive import FIRST, PER_HOUR, some

DAY = FIRST.day


def test_a_batch_with_files_of_several_days_becomes_visible_at_once(place: Place) -> None:
    one = place.stage(FIRST, some(FIRST) + some(FIRST.shifted(24), 0, 5) + some(FIRST.shifted(-24), 0, 4))
    two = place.stage(FIRST.shifted(24), some(FIRST.shifted(24)))
    assert one.counts.days == (DAY - timedelta(days=1), DAY, DAY + timedelta(days=1))
    place.committer().commit(batch(one, two))
    table = place.catalog().table(EVENTS)
    assert len(table.metadata.snapshots) == 1
    assert len(place.rows()) == 2 * PER_HOUR + 4
    assert sorted(map(len, place.sources())) == [1] * (2 * PER_HOUR - 1) + [2] * 5


def test_a_snapshot_names_the_slices_that_it_brought(place: Place) -> None:
    place.committer().commit(batch(place.stage(FIRST, some(FIRST))))
    snapshot = place.catalog().table(EVENTS).current_snapshot()
    assert snapshot is not None
    assert snapshot.summary is not None
    assert snapshot.summary["forgelake.slices"] == "gharchive:2016-01-01-1@a.example"


def test_a_batch_without_files_makes_no_snapshot(place: Place) -> None:
    place.committer().commit(batch(place.stage(FIRST, [])))
    assert place.catalog().table(EVENTS).metadata.snapshots == []


def test_a_slice_that_lost_all_its_rows_leaves_nothing_behind(place: Place) -> None:
    place.committer().commit(batch(place.stage(FIRST, some(FIRST), bad=b"{torn\n")))
    assert (len(place.rows()), len(place.rows("rejects"))) == (PER_HOUR, 1)
    emptied = place.stage(FIRST, [])
    place.committer().commit(batch(emptied, former={str(emptied.receipt.key): frozenset({DAY})}))
    assert (place.rows(), place.rows("rejects")) == ([], [])


def test_files_that_share_no_event_are_left_as_they_are(place: Place) -> None:
    committer = place.committer()
    one, two = place.stage(FIRST, some(FIRST)), place.stage(FIRST.shifted(1), some(FIRST.shifted(1)))
    committer.commit(batch(one))
    committer.commit(batch(two))
    assert place.referenced() == {Path(file.path).name for file in (*one.files, *two.files)}


def test_only_files_that_share_an_event_are_rewritten(place: Place) -> None:
    committer = place.committer()
    apart = place.stage(FIRST, some(FIRST))
    meeting = place.stage(FIRST.shifted(1), some(FIRST.shifted(1)))
    committer.commit(batch(apart, meeting))
    again = place.stage(FIRST.shifted(1), some(FIRST.shifted(1), 30), origin="b.example")
    committer.commit(batch(again))
    assert Path(apart.files[0].path).name in place.referenced()
    assert Path(meeting.files[0].path).name not in place.referenced()
    assert len(place.rows()) == 2 * PER_HOUR


def test_a_staged_file_that_was_merged_away_is_removed(place: Place) -> None:
    committer = place.committer()
    committer.commit(batch(place.stage(FIRST, some(FIRST))))
    copy = place.stage(FIRST, some(FIRST), origin="b.example")
    committer.commit(batch(copy))
    assert Path(copy.files[0].path).name not in place.files()
    assert place.referenced() <= place.files()


def test_what_a_commit_replaced_stays_for_readers_that_hold_it(place: Place) -> None:
    committer = place.committer()
    committer.commit(batch(place.stage(FIRST, some(FIRST))))
    held = StaticTable.from_metadata(place.catalog().table(EVENTS).metadata_location)
    committer.commit(replacing(place.stage(FIRST, some(FIRST, 0, 10))))
    assert len(place.rows()) == 10
    assert len(held.scan().to_arrow()) == PER_HOUR
    old = held.current_snapshot()
    assert old is not None
    now = place.catalog().table(EVENTS)
    assert len(now.scan(snapshot_id=old.snapshot_id).to_arrow()) == PER_HOUR


def _in_order(place: Place) -> None:
    """Two origins' copies of an hour, one after the other."""
    committer = place.committer()
    committer.commit(batch(place.stage(FIRST, some(FIRST, 0, 20), origin="a.example")))
    committer.commit(batch(place.stage(FIRST, some(FIRST, 10, 30), origin="b.example")))
    committer.commit(batch(place.stage(FIRST, some(FIRST, 5, 40), origin="c.example")))


def test_a_committer_that_loses_a_race_looks_again(place: Place, tmp_path: Path) -> None:
    in_order = Place(tmp_path / "in-order")
    in_order.folder.mkdir()
    _in_order(in_order)
    place.committer().commit(batch(place.stage(FIRST, some(FIRST, 0, 20), origin="a.example")))
    slow = place.stage(FIRST, some(FIRST, 10, 30), origin="b.example")
    fast = place.stage(FIRST, some(FIRST, 5, 40), origin="c.example")
    overtaken: list[int] = []

    def overtake() -> duckdb.DuckDBPyConnection:
        # The slow committer has read the table's state by now, and is about to merge.
        place.committer().commit(batch(fast))
        overtaken.append(len(place.catalog().table(EVENTS).metadata.snapshots))
        return plain_connection()

    place.committer(overtake).commit(batch(slow))
    assert overtaken == [2]
    assert len(place.catalog().table(EVENTS).metadata.snapshots) == 3
    assert place.rows() == in_order.rows()
    assert max(place.sources(), key=len) == [f"gharchive:2016-01-01-1@{name}.example" for name in "abc"]
    everything = {
        Path(task.file.file_path).name
        for snapshot in place.catalog().table(EVENTS).metadata.snapshots
        for task in place.catalog().table(EVENTS).scan(snapshot_id=snapshot.snapshot_id).plan_files()
    }
    assert {name for name in place.files() if name.startswith("merged-")} <= everything, "the lost attempt left nothing"


def test_a_commit_done_twice_equals_one(place: Place) -> None:
    committer = place.committer()
    staged = place.stage(FIRST, some(FIRST), bad=b"{torn\n")
    committer.commit(batch(staged))
    before = place.rows(), place.rows("rejects")
    committer.commit(replacing(place.stage(FIRST, some(FIRST), bad=b"{torn\n")))
    assert (place.rows(), place.rows("rejects")) == before


def test_many_snapshots_are_trimmed_and_the_newest_stay(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(swap, "SNAPSHOTS_KEPT", 4)
    monkeypatch.setattr(swap, "SNAPSHOT_AGE", timedelta(0))
    committer = place.committer()
    for number in range(8):
        committer.commit(batch(place.stage(FIRST.shifted(number), some(FIRST.shifted(number), 0, 5))))
    table = place.catalog().table(EVENTS)
    kept = [snapshot.snapshot_id for snapshot in table.metadata.snapshots]
    assert len(kept) <= 5
    assert table.metadata.current_snapshot_id == kept[-1]
    assert len(place.rows()) == 8 * 5


def test_young_snapshots_are_not_trimmed(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(swap, "SNAPSHOTS_KEPT", 1)
    committer = place.committer()
    for number in range(3):
        committer.commit(batch(place.stage(FIRST.shifted(number), some(FIRST.shifted(number), 0, 5))))
    table = place.catalog().table(EVENTS)
    swap.trim_snapshots(table)
    assert len(place.catalog().table(EVENTS).metadata.snapshots) == 3


def test_the_folder_always_names_the_current_state(place: Place) -> None:
    committer = place.committer()
    for number in range(2):
        committer.commit(batch(place.stage(FIRST.shifted(number), some(FIRST.shifted(number), 0, 5))))
        location = Path(place.catalog().table(EVENTS).metadata_location)
        hint = place.folder / "lake" / "tables" / "events" / "metadata" / "version-hint.text"
        assert f"{hint.read_text()}.metadata.json" == location.name


@pytest.mark.parametrize("name", sorted(TABLES))
def test_a_table_is_made_as_it_is_declared(place: Place, name: str) -> None:
    declared = TABLES[name]
    table = place.catalog().table(declared)
    assert [field.name for field in table.schema().fields] == [column.name for column in declared.columns]
    assert [field.doc for field in table.schema().fields] == [column.meaning for column in declared.columns]
    assert [field.field_id for field in table.schema().fields] == list(range(1, len(declared.columns) + 1))
    assert str(table.spec()) == str(declared.partition_spec())
    assert table.metadata.format_version == 2


def test_days_are_those_of_utc(place: Place) -> None:
    midnight = datetime(2016, 1, 2, tzinfo=UTC)
    last, first = some(FIRST, 0, 2)
    events = [
        {**last, "created_at": f"{midnight - timedelta(seconds=1):%Y-%m-%dT%H:%M:%SZ}"},
        {**first, "created_at": f"{midnight:%Y-%m-%dT%H:%M:%SZ}"},
    ]
    staged = place.stage(FIRST, events)
    assert staged.counts.days == (date(2016, 1, 1), date(2016, 1, 2))
    place.committer().commit(batch(staged))
    assert len(place.rows()) == 2
