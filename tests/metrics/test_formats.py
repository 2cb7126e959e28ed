"""Every format holds the same rows, and all but CSV what they are worth."""

import csv
import io
import json
from dataclasses import replace
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from forgelake.metrics.answer import Answer
from forgelake.metrics.definition import Metric
from forgelake.metrics.formats import FORMATS, METADATA_KEY, as_arrow, as_csv, as_json, as_parquet, definition_head
from forgelake.metrics.kept import read_back
from forgelake.metrics.reading import read
from tests.metrics.conftest import Write, ask, at, hours

TEXTS = ['He said "no"', "a,b", "two\nlines", "日本語", "", None]


@pytest.fixture
def gappy(events: Metric) -> Answer:
    """Three hours, the second of which is missing."""
    received = [*hours("2016-01-01T00"), *hours("2016-01-01T02")]
    return ask(events, [at("2016-01-01T00:10")], received, from_="2016-01-01T00", to="2016-01-01T03", interval="h")


@pytest.fixture
def texts(write: Write) -> Answer:
    """A list with texts, numbers that are none, flags and days."""
    metric = read(
        write(
            ("kind: series", "kind: table"),
            ("  interval: {type: interval, default: d}\n", ""),
            (
                "  - {name: bucket, kind: instant, role: dimension, title: Begin}\n",
                "  - {name: day, kind: date, role: dimension}\n  - {name: title, kind: text, role: dimension}\n"
                "  - {name: rate, kind: number, role: value, additivity: ratio}\n"
                "  - {name: merged, kind: flag, role: value, additivity: last}\n",
            ),
            (
                "date_trunc($unit, created_at) AS bucket",
                "CAST(created_at AS DATE) AS day, title, 'nan'::DOUBLE AS rate, any_value(merged) AS merged",
            ),
            ("ORDER BY bucket", "ORDER BY min(id)"),
            ("fill: true\n", ""),
            ("chart:", "#"),
            (", interval: w}", "}"),
        )
    )
    rows = [at("2016-01-01T00:10", title=title, merged=True) for title in TEXTS]
    return ask(metric, rows, hours("2016-01-01T00"), from_="2016-01-01", to="2016-01-02")


def test_json_has_rows_and_all_that_they_are_worth(gappy: Answer) -> None:
    told: dict[str, Any] = json.loads(as_json(gappy))
    assert told["data"] == [
        {"bucket": "2016-01-01T00:00:00Z", "events": 1},
        {"bucket": "2016-01-01T01:00:00Z", "events": None},
        {"bucket": "2016-01-01T02:00:00Z", "events": 0},
    ]
    assert told["columns"][1] == {
        "name": "events", "kind": "integer", "role": "value", "unit": "events", "additivity": "sum", "title": "Events"
    }  # fmt: skip
    assert (told["metric"], told["as_of"], told["unit"]) == ("things", "2016-01-01T03:00:00Z", "events")
    assert told["period"] == {"from": "2016-01-01T00:00:00Z", "to": "2016-01-01T03:00:00Z", "interval": "h"}
    assert told["parameters"]["bots"] == "exclude"
    coverage = told["coverage"]
    assert (coverage["expected"], coverage["received"], coverage["unit"], coverage["basis"]) == (
        3,
        2,
        "hour",
        "observed",
    )
    gap = {"from": "2016-01-01T01:00:00Z", "to": "2016-01-01T02:00:00Z", "reason": "not collected"}
    assert (coverage["gaps"], coverage["sources"], coverage["rejected"]) == ([gap], ["test"], 0)
    assert [bucket["received"] for bucket in coverage["buckets"]] == [1, 0, 1]


def test_parquet_and_arrow_carry_the_same(gappy: Answer) -> None:
    for table in (pq.read_table(io.BytesIO(as_parquet(gappy))), pa.ipc.open_stream(as_arrow(gappy)).read_all()):
        assert table.to_pylist() == gappy.table.to_pylist()
        assert str(table.schema.field("bucket").type) == "timestamp[us, tz=UTC]"
        told = json.loads(table.schema.metadata[METADATA_KEY])
        whole = json.loads(as_json(gappy))
        assert told == {name: value for name, value in whole.items() if name != "data"}


def test_csv_is_a_header_and_rows(gappy: Answer) -> None:
    lines = as_csv(gappy).decode().splitlines()
    assert lines[0] == "bucket,events"
    rows = list(csv.DictReader(io.StringIO(as_csv(gappy).decode())))
    assert [row["events"] for row in rows] == ["1", "", "0"]
    assert rows[0]["bucket"] == "2016-01-01T00:00:00Z"


def test_any_text_reads_back(texts: Answer) -> None:
    rows = list(csv.DictReader(io.StringIO(as_csv(texts).decode(), newline="")))
    assert [row["title"] for row in rows] == [title or "" for title in TEXTS]
    told = json.loads(as_json(texts))["data"]
    assert [row["title"] for row in told] == TEXTS
    assert {(row["day"], row["rate"], row["merged"]) for row in told} == {("2016-01-01", None, True)}


def test_an_empty_answer_has_its_columns_in_every_format(write: Write) -> None:
    unfilled = read(write(("fill: true\n", "")))
    empty = ask(unfilled, [], [], from_="2016-01-01", to="2016-01-02")
    assert as_csv(empty) == b"bucket,events\n"
    assert json.loads(as_json(empty))["data"] == []
    assert pq.read_table(io.BytesIO(as_parquet(empty))).column_names == ["bucket", "events"]
    assert set(FORMATS) == {"json", "csv", "parquet", "arrow"}


def test_a_definition_is_json_too(events: Metric) -> None:
    told = json.loads(json.dumps(definition_head(events)))
    assert told["eras"] == ["api-2011", "timeline-2012", "api-2015", "trimmed-2025"]
    assert told["example"] == {"from": "2016-01-01", "to": "2016-02-01", "interval": "w"}
    assert told["columns"][0]["title"] == "Begin"
    assert told["parameters"]["interval"]["default"] == "d"


def test_what_is_kept_as_parquet_is_read_back_whole(gappy: Answer, texts: Answer) -> None:
    for answer in (gappy, replace(texts, notes=("a note",), as_of=None)):
        kept = as_parquet(answer)
        again = read_back(kept, answer.bound, answer.asked_at, answer.snapshot_id)
        assert replace(again, table=answer.table) == answer
        assert as_parquet(again) == kept
