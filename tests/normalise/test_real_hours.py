"""Real hours of every era, compared with a plain reading of the raw JSON."""

from collections import Counter
from pathlib import Path

import pyarrow as pa
import pytest

from forgelake.lake.events import EVENTS
from tests.normalise.plain import Raw, raw_events, row
from tests.normalise.slices import normalised_file

NAMES = [column.name for column in EVENTS.columns if column.name not in ("sources", "fingerprint")]
HOURS_WITH_IDS = [
    "2011-02-15-0",
    "2015-01-01-0",
    "2015-01-01-1",
    "2015-01-01-15",
    *(f"2016-01-01-{hour}" for hour in (1, 4, 8, 12)),
    "2021-07-21-excerpt",
    "2026-06-01-15",
]
TIMELINE_HOURS = ["2012-04-11-15", "2013-02-15-0"]


def _differences(read: pa.Table, plain: list[Raw]) -> list[str]:
    """The columns in which two readings differ, with the first difference of each."""
    found = []
    for name in NAMES:
        theirs = [one[name] for one in plain]
        if not read[name].combine_chunks().equals(pa.array(theirs, read.schema.field(name).type)):
            pairs = zip(*(read[column].to_pylist() for column in ("id", "type", name)), theirs, strict=True)
            found.append(f"{name}: {next(pair for pair in pairs if pair[2] != pair[3])}")
    return found


@pytest.mark.parametrize("hour", HOURS_WITH_IDS)
def test_an_hour_reads_like_its_raw_json(hour: str, sample_data: Path, tmp_path: Path) -> None:
    path = sample_data / "gharchive" / f"{hour}.json.gz"
    plain = sorted(map(row, raw_events(path)), key=lambda one: (one["id"], one["created_at"], one["repo_id"]))
    slice_ = normalised_file(path, tmp_path)
    read = slice_.table().sort_by([("id", "ascending"), ("created_at", "ascending"), ("repo_id", "ascending")])
    assert slice_.counts.events == len(read) == len(plain)
    assert slice_.rejects() == []
    assert _differences(read, plain) == []


@pytest.mark.parametrize("hour", TIMELINE_HOURS)
def test_an_hour_without_ids_reads_like_its_raw_json(hour: str, sample_data: Path, tmp_path: Path) -> None:
    path = sample_data / "gharchive" / f"{hour}.json.gz"
    plain = [row(raw) for raw in raw_events(path)]
    slice_ = normalised_file(path, tmp_path)
    rows = [{name: one[name] for name in NAMES} for one in slice_.rows()]
    assert slice_.counts.events == len(rows) == len(plain)
    assert slice_.rejects() == []
    # Without ids rows can only be compared as a bag; column by column first, so that a difference shows where it is.
    for name in NAMES:
        assert _bag(rows, ["type", name]) == _bag(plain, ["type", name]), name
    assert _bag(rows, NAMES) == _bag(plain, NAMES)


def _bag(rows: list[Raw], names: list[str]) -> Counter[tuple[object, ...]]:
    return Counter(tuple(_frozen(one[name]) for name in names) for one in rows)


def _frozen(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value
