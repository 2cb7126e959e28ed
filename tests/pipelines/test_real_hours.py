"""Real archive hours through the whole path."""

from pathlib import Path

import pytest

from forgelake.model.hours import Hour
from tests.pipelines.lakes import Lake


@pytest.mark.parametrize(
    ("name", "events"), [("2011-02-15-0", 1_639), ("2013-02-15-0", 6_851), ("2015-01-01-1", 7_427)]
)
def test_every_event_of_a_real_hour_is_in_the_table(tmp_path: Path, sample_data: Path, name: str, events: int) -> None:
    lake = Lake(tmp_path / "home", (sample_data / "gharchive").as_uri())
    collected = lake.collect(Hour.parse(name))
    (row,) = lake.ledger()
    assert collected.complete
    assert row.events + row.duplicates == events
    assert lake.query("SELECT count(*), count(type), count(created_at) FROM events") == [(row.events,) * 3]
    before = lake.table()
    lake.rebuild()
    assert lake.table() == before
