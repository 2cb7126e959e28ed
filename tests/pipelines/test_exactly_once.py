"""Every event is one row that names all its sources, in whatever order and however often slices come."""

from collections import Counter
from pathlib import Path

import pytest

from tests.pipelines.archive import FIRST, PER_HOUR, hours, publish, some
from tests.pipelines.lakes import BEFORE_ALL, Lake


@pytest.fixture
def two_origins(tmp_path: Path) -> tuple[str, str]:
    """Origins whose copies of one hour overlap in the second half of the first and the first half of the second."""
    one = publish(tmp_path / "one", {FIRST: some(FIRST, 0, 30)})
    two = publish(tmp_path / "two", {FIRST: some(FIRST, 15, 40)})
    return one, two


def test_an_event_of_two_origins_is_one_row_that_names_both(lake: Lake, two_origins: tuple[str, str]) -> None:
    united = lake.beside("united", " ".join(two_origins), FORGELAKE_GHARCHIVE_UNITE_FROM=BEFORE_ALL)
    united.collect(FIRST)
    counts = sorted((len(sources), number) for sources, number in united.sources().items())
    assert counts == [(1, 10), (1, 15), (2, 15)]


def test_the_order_of_origins_does_not_matter(lake: Lake, two_origins: tuple[str, str]) -> None:
    tables = []
    for name, (first, second) in {"ab": two_origins, "ba": two_origins[::-1]}.items():
        one = lake.beside(name, first, FORGELAKE_GHARCHIVE_UNITE_FROM=BEFORE_ALL)
        one.collect(FIRST)
        both = Lake(one.home, f"{first} {second}", one.variables)
        both.collect(FIRST)
        tables.append(both.table())
    assert len(tables[0]) == PER_HOUR
    assert tables[0] == tables[1]


def test_copies_that_differ_become_the_same_row_in_either_order(tmp_path: Path, lake: Lake) -> None:
    plain = [{**event, "org": None} for event in some(FIRST)]
    one = publish(tmp_path / "one", {FIRST: plain})
    two = publish(tmp_path / "two", {FIRST: some(FIRST)})
    tables = []
    for name, urls in {"ab": f"{one} {two}", "ba": f"{two} {one}"}.items():
        united = lake.beside(name, urls, FORGELAKE_GHARCHIVE_UNITE_FROM=BEFORE_ALL, FORGELAKE_LAKE_COMMIT_SLICES="1")
        united.collect(FIRST)
        tables.append(united.table())
        assert [row["org_login"] is None for row in united.rows()] == [False] * PER_HOUR
    assert tables[0] == tables[1]


@pytest.fixture(scope="module")
def three_hours(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Three hours, of which the second repeats events of the first and the third some of both."""
    one, two, three = hours(3)
    return publish(
        tmp_path_factory.mktemp("three"),
        {one: some(one), two: some(one, 30) + some(two), three: some(one, 35) + some(two, 35) + some(three)},
    )


@pytest.fixture(scope="module")
def in_order(tmp_path_factory: pytest.TempPathFactory, three_hours: str) -> Lake:
    """A lake that got the three hours one by one."""
    lake = Lake(tmp_path_factory.mktemp("in-order"), three_hours)
    for hour in hours(3):
        lake.collect(hour)
    return lake


@pytest.mark.parametrize("order", [(2, 1, 0), (1, 0, 2), (2, 0, 1)])
def test_three_hours_in_any_order_give_the_same_table(lake: Lake, in_order: Lake, order: tuple[int, ...]) -> None:
    lake.urls = in_order.urls
    for number in order:
        lake.collect(FIRST.shifted(number))
    assert lake.table() == in_order.table()
    assert len(lake.table()) == 3 * PER_HOUR


@pytest.mark.parametrize("slices", ["1", "2", "3"])
def test_the_size_of_a_commit_does_not_matter(lake: Lake, in_order: Lake, slices: str) -> None:
    lake.urls = in_order.urls
    lake.collect(FIRST, FIRST.shifted(2), FORGELAKE_LAKE_COMMIT_SLICES=slices)
    assert lake.table() == in_order.table()


def test_collecting_again_replaces_what_the_file_held_before(tmp_path: Path, lake: Lake) -> None:
    url = publish(tmp_path / "hours", {FIRST: some(FIRST, 0, 30)})
    lake.collect(FIRST)
    publish(tmp_path / "hours", {FIRST: some(FIRST, 10, 40)})
    lake.collect(FIRST)
    assert len(lake.rows()) == 30, "a received hour is left alone"
    lake.collect(FIRST, again=True)
    fresh = lake.beside("fresh", url)
    fresh.collect(FIRST)
    assert lake.table() == fresh.table()
    assert len(lake.objects("landing")) == 4, "both versions and their notes stay in landing"


def test_collecting_again_keeps_what_another_origin_holds(tmp_path: Path, lake: Lake) -> None:
    one = publish(tmp_path / "one", {FIRST: some(FIRST, 0, 30)})
    two = publish(tmp_path / "two", {FIRST: some(FIRST, 20, 40)})
    united = lake.beside("united", f"{one} {two}", FORGELAKE_GHARCHIVE_UNITE_FROM=BEFORE_ALL)
    united.collect(FIRST)
    publish(tmp_path / "one", {FIRST: some(FIRST, 0, 10)})
    united.collect(FIRST, again=True)
    fresh = lake.beside("fresh", united.urls, **united.variables)
    fresh.collect(FIRST)
    assert united.table() == fresh.table()
    assert sorted(united.sources().values()) == [10, 20]


def test_an_hour_that_was_emptied_loses_its_rows(tmp_path: Path, lake: Lake) -> None:
    publish(tmp_path / "hours", {FIRST: some(FIRST)})
    lake.collect(FIRST)
    publish(tmp_path / "hours", {FIRST: b""})
    lake.collect(FIRST, again=True)
    assert lake.table() == []
    assert lake.statuses() == {FIRST.name: ["empty"]}


def test_events_lie_under_their_own_day_and_are_replaced_there(tmp_path: Path, lake: Lake) -> None:
    last = FIRST.shifted(22)
    strays = some(last.shifted(1), 0, 5) + some(FIRST.shifted(-25), 0, 3)
    publish(tmp_path / "hours", {last: some(last) + strays})
    lake.collect(last)
    assert _per_day(lake) == {"2015-12-31": 3, "2016-01-01": PER_HOUR, "2016-01-02": 5}
    days = {path.split("/")[3] for path in lake.objects("tables/events/data")}
    assert days == {f"created_at_day={day}" for day in ("2015-12-31", "2016-01-01", "2016-01-02")}
    publish(tmp_path / "hours", {last: some(last, 0, 10)})
    lake.collect(last, again=True)
    assert _per_day(lake) == {"2016-01-01": 10}


def test_an_event_in_files_of_two_days_is_one_row(tmp_path: Path, lake: Lake) -> None:
    late, early = FIRST.shifted(22), FIRST.shifted(23)
    publish(tmp_path / "hours", {late: some(late) + some(early, 0, 5), early: some(early) + some(late, 35)})
    lake.variables["FORGELAKE_LAKE_COMMIT_SLICES"] = "1"
    lake.collect(late, early)
    both = tuple(sorted(f"{row.name}@{row.origin}" for row in lake.ledger()))
    assert sum(lake.sources().values()) == 2 * PER_HOUR
    assert lake.sources()[both] == 10


def _per_day(lake: Lake) -> dict[str, int]:
    return Counter(f"{row['created_at']:%Y-%m-%d}" for row in lake.rows())


def test_copies_within_one_file_are_counted_and_kept_once(tmp_path: Path, lake: Lake) -> None:
    publish(tmp_path / "hours", {FIRST: some(FIRST) + some(FIRST, 0, 7)})
    lake.collect(FIRST)
    (row,) = lake.ledger()
    assert (row.events, row.duplicates) == (PER_HOUR, 7)
    assert len(lake.table()) == PER_HOUR


def test_any_folder_name_will_do(tmp_path: Path) -> None:
    folder = tmp_path / "it's a [lake], 100% žluťoučký*"
    url = publish(folder / "hours", {hour: some(hour) + some(FIRST, 0, 5) for hour in hours(2)})
    odd = Lake(folder / "home", url, {"FORGELAKE_LAKE_COMMIT_SLICES": "1"})
    odd.collect(*hours(2))
    odd.collect(*hours(2), again=True)
    assert len(odd.table()) == 2 * PER_HOUR
    assert odd.query("SELECT count(*) FROM events") == [(2 * PER_HOUR,)]
