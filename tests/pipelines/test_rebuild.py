"""Landing alone is enough to make everything else again."""

from pathlib import Path

import pytest

from forgelake.model.errors import UsageError
from forgelake.pipelines.rebuild import landed_period, rebuild
from tests.pipelines.archive import FIRST, PER_HOUR, hours, packed, publish, some, text, url_path
from tests.pipelines.lakes import BEFORE_ALL, Lake
from tests.servers.mirror import Mirror


@pytest.fixture
def united(tmp_path: Path, lake: Lake) -> Lake:
    """A lake with overlapping hours of two origins, a reject, and events of another day."""
    one, two, three = hours(3)
    first = publish(tmp_path / "one", {one: some(one), two: text(some(two)) + b"{torn\n", three: some(three)})
    second = publish(tmp_path / "two", {one: some(one, 20) + some(two, 0, 4), three: some(three.shifted(24), 0, 6)})
    both = lake.beside("united", f"{first} {second}", FORGELAKE_GHARCHIVE_UNITE_FROM=BEFORE_ALL)
    both.collect(one, three)
    return both


def _without_databases(lake: Lake) -> None:
    for name in ("state.db", "catalog.db"):
        for path in lake.home.glob(f"{name}*"):
            path.unlink()


def test_lost_databases_are_made_again_from_landing(united: Lake) -> None:
    events, rejects, rows = united.table(), united.table("rejects"), united.ledger()
    assert (len(events), len(rejects)) == (3 * PER_HOUR + 6, 1)
    _without_databases(united)
    collected = united.rebuild()
    assert collected.coverage.received == 3
    assert (united.table(), united.table("rejects")) == (events, rejects)
    again = {(row.key, row.status, row.sha256, row.received_at, row.counts) for row in united.ledger()}
    assert again == {(row.key, row.status, row.sha256, row.received_at, row.counts) for row in rows if row.path}


def test_rebuilding_twice_equals_once(united: Lake) -> None:
    events, rejects = united.table(), united.table("rejects")
    for _ in range(2):
        united.rebuild()
        assert (united.table(), united.table("rejects")) == (events, rejects)


def test_a_lost_ledger_alone_is_made_again_without_doubling_a_row(united: Lake) -> None:
    events, rejects = united.table(), united.table("rejects")
    for path in united.home.glob("state.db*"):
        path.unlink()
    united.rebuild()
    assert (united.table(), united.table("rejects")) == (events, rejects)


def test_rebuilding_asks_no_origin(lake: Lake, mirror: Mirror) -> None:
    mirror.files[url_path(FIRST)] = packed(some(FIRST))
    lake.urls = mirror.url
    lake.collect(FIRST)
    mirror.requests.clear()
    lake.urls = "http://127.0.0.1:9"
    assert lake.rebuild().complete
    assert mirror.requests == []
    assert len(lake.rows()) == PER_HOUR


def test_of_several_versions_the_one_received_last_counts(tmp_path: Path, lake: Lake) -> None:
    short, whole = some(FIRST, 0, 10), some(FIRST)
    for version in (short, whole, short):
        publish(tmp_path / "hours", {FIRST: version})
        lake.collect(FIRST, again=True)
    assert len(lake.rows()) == 10
    lake.rebuild()
    assert len(lake.rows()) == 10, "the origin went back to the bytes that it had sent first"


def test_a_part_of_the_hours_can_be_rebuilt(united: Lake) -> None:
    events = united.table()
    with united.open() as context:
        plan, collected = rebuild(context, FIRST, FIRST)
    assert plan.hours == (FIRST,)
    assert collected.counters.slices_done == 2
    assert united.table() == events


def test_without_anything_landed_the_message_says_what_to_do(lake: Lake) -> None:
    with lake.open() as context, pytest.raises(UsageError, match="nothing has landed yet; collect something first"):
        landed_period(context)
