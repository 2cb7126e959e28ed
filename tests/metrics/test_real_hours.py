"""Every era's real hours, counted through a metric and by reading the published lines."""

import gzip
import json
import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from forgelake.metrics.answer import answer
from forgelake.metrics.binding import bind
from forgelake.metrics.reading import read
from forgelake.model.hours import Hour
from tests.metrics.conftest import Write
from tests.pipelines.lakes import Lake

HOURS = {
    "2011-02-15-0": "2011-02-15T00",
    "2012-04-11-15": "2012-04-11T22",
    "2013-02-15-0": "2013-02-15T08",
    "2015-01-01-15": "2015-01-01T15",
    "2026-06-01-15": "2026-06-01T15",
}
"""Names of real hours, and the hour (UTC) of the events in them."""


@pytest.fixture(scope="module")
def real(sample_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """A lake of an hour of every form."""
    folder = (sample_data / "gharchive").as_uri()
    lake = Lake(tmp_path_factory.mktemp("real") / "home", folder, {"FORGELAKE_NOW": "2026-06-02T00:00:00Z"})
    for name in HOURS:
        lake.collect(Hour.parse(name))
    return lake


def plainly(path: Path) -> Counter[str]:
    """Events by hour (UTC), copies left out, without a line of ours."""
    return Counter(f"{created:%Y-%m-%dT%H}" for created in _created(path))


def _created(path: Path) -> Iterator[datetime]:
    text, seen = gzip.decompress(path.read_bytes()).decode(), set[str]()
    decoder, at = json.JSONDecoder(strict=False), 0
    while at < len(text):
        event, at = decoder.raw_decode(text, at)
        if text[at : at + 1] == "\n":
            at += 1
        known = json.dumps(event, sort_keys=True)
        if known not in seen:
            seen.add(known)
            iso = re.sub(r"(\d+)/(\d+)/(\d+) (\S+) ", r"\1-\2-\3T\4", event["created_at"])
            yield datetime.fromisoformat(iso).astimezone(UTC)


@pytest.mark.parametrize(("name", "hour"), HOURS.items())
def test_an_hour_of_every_form_is_counted_in_utc_and_covers_its_hour(
    real: Lake, sample_data: Path, write: Write, name: str, hour: str
) -> None:
    expected = plainly(sample_data / "gharchive" / f"{name}.json.gz")
    day = hour[:10]
    with real.open() as context:
        asked = {"from": day, "to": f"{day}T23:59:59", "interval": "h", "bots": "include"}
        found = answer(context.lake, bind(read(write()), asked, context.clock()))
    counted = {f"{row['bucket']:%Y-%m-%dT%H}": row["events"] for row in found.table.to_pylist()}
    assert {bucket: number for bucket, number in counted.items() if number is not None} == {hour: expected[hour]}
    assert (found.coverage.received, found.coverage.expected) == (1, 24)
