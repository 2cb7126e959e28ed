"""Rows of a slice: sorted, under their own day, each event once."""

import json
import random
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forgelake.lake.events import EVENTS
from forgelake.normalise import slice as slice_module
from tests.normalise.events import Raw, line, lines, push, timeline
from tests.normalise.slices import SOURCE, Slice, normalised

MANY = [
    push(number, type=("PushEvent", "WatchEvent", "ForkEvent")[number % 3], payload={"action": "started"})
    for number in range(300)
]


PARTS = [1, 3000, 1 << 26]


@pytest.fixture
def small_blocks(cut_small: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows are made of a few events at a time, so that a part can be full after each of them."""
    cut_small(300)
    monkeypatch.setattr(slice_module, "EVENTS_AT_ONCE", 1)


def _assert_sorted(slice_: Slice) -> None:
    for file in slice_.event_files:
        # NULL stands first.
        keys = [(row["type"], row["repo_id"] or 0, row["created_at"]) for row in _rows(file.local)]
        assert keys == sorted(keys)


def _rows(path: Path) -> list[Raw]:
    rows: list[Raw] = pq.read_table(path).to_pylist()
    return rows


def test_rows_are_sorted_by_type_repository_and_time(tmp_path: Path) -> None:
    shuffled = random.Random(5).sample(MANY, len(MANY))  # noqa: S311
    slice_ = normalised(lines(shuffled), tmp_path)
    _assert_sorted(slice_)
    assert slice_.ids() == list(range(300))
    assert [file.rows for file in slice_.event_files] == [300]


def test_rows_of_several_forms_are_sorted_together(tmp_path: Path) -> None:
    older = [event | {"created_at": "2014-12-31T23:59:59Z"} for event in MANY[:50]]
    both = [event | {"created_at": "2014-12-31T23:59:58Z", "id": f"9{event['id']}"} for event in MANY[:50]]
    forms = [*older, *(event | {"repository": {"id": 71, "name": "engine", "owner": "ada"}} for event in both)]
    slice_ = normalised(lines([*forms, push(7, repo=None)]), tmp_path)
    assert {row["era"] for row in slice_.rows()} == {"api-2011", "timeline-2012", "api-2015"}
    _assert_sorted(slice_)


def test_files_have_the_declared_schema_and_name_the_slice(tmp_path: Path) -> None:
    slice_ = normalised(lines([push(1), timeline(2)]), tmp_path)
    for file in slice_.event_files:
        assert pq.read_schema(file.local).equals(EVENTS.arrow_schema(), check_metadata=True)
    assert all(row["sources"] == [SOURCE] for row in slice_.rows())


def test_a_row_lies_under_its_own_day_whatever_the_slice_is_named_for(tmp_path: Path) -> None:
    times = ["2012-02-29T23:59:59Z", "2016-01-01T00:30:00+01:00", "2016-01-01T01:00:00Z", "2026-06-01T00:00:00Z"]
    slice_ = normalised(lines([push(number, created_at=time) for number, time in enumerate(times)]), tmp_path)
    days = [date(2012, 2, 29), date(2015, 12, 31), date(2016, 1, 1), date(2026, 6, 1)]
    assert [file.day for file in slice_.event_files] == list(slice_.counts.days) == days
    for file in slice_.event_files:
        assert f"created_at_day={file.day}/" in file.path
        (row,) = _rows(file.local)
        assert row["created_at"].date() == file.day
        assert file.first == file.last == row["created_at"]
    assert slice_.counts.first_event == datetime(2012, 2, 29, 23, 59, 59, tzinfo=UTC)
    assert slice_.counts.last_event == datetime(2026, 6, 1, tzinfo=UTC)


DIFFERENT = {
    "type": push(1, type="WatchEvent"),
    "time": push(1, created_at="2016-01-01T01:00:02Z"),
    "repository": push(1, repo={"id": 999, "name": "ada/engine"}),
    "repository known by name": push(1, repo={"name": "ada/other"}),
    "actor": push(1, actor={"id": 8, "login": "ada"}),
    "id": push(1, id="2"),
    "no id": push(1, id=None),
}


@pytest.mark.parametrize("part_bytes", PARTS)
@pytest.mark.parametrize("difference", DIFFERENT)
@pytest.mark.usefixtures("small_blocks")
def test_events_that_differ_in_what_they_are_both_stay(difference: str, part_bytes: int, tmp_path: Path) -> None:
    text = lines([push(1), DIFFERENT[difference], push(1), DIFFERENT[difference]])
    slice_ = normalised(text, tmp_path, part_bytes)
    assert (slice_.counts.events, slice_.counts.duplicates) == (2, 2)
    assert len(slice_.rows()) == 2


FULLEST: Raw = push(1, org={"id": 5, "login": "works"})
COPIES = [FULLEST, push(1), push(1, payload={"push_id": 1}), push(1, payload={}), push(1, actor={"id": 7})]


@pytest.mark.parametrize("part_bytes", PARTS)
@pytest.mark.parametrize("seed", range(4))
@pytest.mark.usefixtures("small_blocks")
def test_of_copies_the_fullest_stays_whatever_their_order(seed: int, part_bytes: int, tmp_path: Path) -> None:
    copies = random.Random(seed).sample(COPIES, len(COPIES))  # noqa: S311
    slice_ = normalised(lines([push(2), *copies, push(3)]), tmp_path, part_bytes)
    (row,) = (row for row in slice_.rows() if row["id"] == 1)
    assert (row["org_login"], row["push_size"], row["actor_login"]) == ("works", 1, "ada")
    assert slice_.ids() == [1, 2, 3]
    assert (slice_.counts.events, slice_.counts.duplicates) == (3, 4)


def test_an_event_may_be_repeated_a_hundred_thousand_times(tmp_path: Path) -> None:
    slice_ = normalised(lines([push(1)]) * 100_000, tmp_path)
    assert (slice_.counts.events, slice_.counts.duplicates, len(slice_.rows())) == (1, 99_999, 1)


def test_of_equally_full_copies_the_same_one_stays_whatever_their_order(tmp_path: Path) -> None:
    one, other = push(1, payload={"ref": "a"}), push(1, payload={"ref": "b"})
    refs = [
        normalised(lines(order), tmp_path / str(number)).rows()[0]["ref"]
        for number, order in enumerate([[one, other], [other, one]])
    ]
    assert refs[0] == refs[1]


@pytest.mark.usefixtures("small_blocks")
def test_a_slice_of_many_parts_is_a_sequence_of_sorted_files(tmp_path: Path) -> None:
    slice_ = normalised(lines(MANY[:60]), tmp_path, 1)
    assert len(slice_.event_files) > 10
    _assert_sorted(slice_)
    assert slice_.ids() == list(range(60))


def test_events_without_ids_are_copies_if_they_say_the_same_in_any_order_of_keys(tmp_path: Path) -> None:
    event = timeline(1)
    turned = json.loads(json.dumps(event), object_pairs_hook=lambda pairs: dict(reversed(pairs)))
    spaced = json.dumps(turned, indent=1).encode()
    text = line(event) + b"\n" + line(turned) + b"\n" + spaced + b"\n"
    slice_ = normalised(text, tmp_path)
    assert (slice_.counts.events, slice_.counts.duplicates) == (1, 2)


@pytest.mark.parametrize(
    "change",
    [
        {"url": "https://github.com/ada/engine/compare/other"},
        {"payload": timeline(1)["payload"] | {"size": 2}},
        {"payload": timeline(1)["payload"] | {"unused": [1, 2]}},
        {"actor": "bob"},
        {"created_at": "2012-04-11T15:01:34-07:00"},
    ],
    ids=["address", "payload", "payload that no column holds", "actor", "time"],
)
def test_events_without_ids_that_differ_both_stay(change: dict[str, Any], tmp_path: Path) -> None:
    slice_ = normalised(lines([timeline(1), timeline(1, **change)]), tmp_path)
    assert (slice_.counts.events, slice_.counts.duplicates) == (2, 0)


def test_a_fingerprint_stands_where_there_is_no_id(tmp_path: Path) -> None:
    rows = normalised(
        lines([push(1), timeline(2), timeline(3), push(4, created_at="2011-05-01T00:00:00Z")]), tmp_path
    ).rows()
    assert all((row["id"] is None) == (row["fingerprint"] is not None) for row in rows)
    assert len({row["fingerprint"] for row in rows}) == 3


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    numbers=st.lists(st.integers(0, 30), min_size=1, max_size=60),
    days=st.lists(st.integers(1, 3), min_size=31, max_size=31),
)
@pytest.mark.usefixtures("small_blocks")
def test_parts_of_any_size_give_the_same_rows_and_counts(numbers: list[int], days: list[int], tmp_path: Path) -> None:
    events = [
        push(number, created_at=f"2016-01-0{days[number]}T00:00:00Z") if number % 4 else timeline(number)
        for number in numbers
    ]
    text = lines(events)
    whole = normalised(text, tmp_path)
    parts = [normalised(text, tmp_path, part_bytes) for part_bytes in PARTS[:2]]
    assert len(parts[0].event_files) >= len(whole.event_files)
    for slice_ in parts:
        assert sorted(map(repr, slice_.rows())) == sorted(map(repr, whole.rows()))
        assert slice_.counts == whole.counts
    assert whole.counts.events == len(set(numbers))
    assert whole.counts.duplicates == len(numbers) - len(set(numbers))
