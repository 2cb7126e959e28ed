"""Charts: gaps as gaps, what is unfinished dashed, names at their ends, and every metric's chart can be drawn."""

import json
import re
from itertools import pairwise
from typing import Any

import pytest

from forgelake.metrics import vega
from forgelake.metrics.answer import Answer, answer_from
from forgelake.metrics.binding import bind
from forgelake.metrics.case_lake import case_lake
from forgelake.metrics.catalogue import Catalogue
from forgelake.metrics.definition import Metric
from forgelake.metrics.drawn_rows import OVER, PARTIAL, TAIL
from forgelake.metrics.look import REST, SERIES
from forgelake.metrics.reading import read
from forgelake.metrics.svg import Drawer, as_svg
from tests.metrics.conftest import NOW, Rows, Write, ask, at, hours

THREE_HOURS = {"from_": "2016-01-01T00", "to": "2016-01-01T03", "interval": "h"}
BY_TYPE = (
    ("title: Begin}\n", "title: Begin}\n  - {name: type, kind: text, role: dimension}\n"),
    ("AS bucket, count(*)", "AS bucket, type, count(*)"),
    ("ORDER BY bucket", "ORDER BY bucket, type"),
    ("fill: true\n", ""),
    ("type: quantitative}", "type: quantitative}, color: {field: type, type: nominal}"),
)
"""Changes that make the template's metric count by type."""


def layers(made: dict[str, Any], flag: str) -> list[dict[str, Any]]:
    """The layers that draw the rows with a flag."""
    return [layer for layer in made["layer"] if layer.get("transform") == [{"filter": f"datum.{flag}"}]]


@pytest.fixture
def gappy(events: Metric) -> Answer:
    """Three hours, the second of which is missing."""
    received = [*hours("2016-01-01T00"), *hours("2016-01-01T02")]
    return ask(events, [at("2016-01-01T00:10")], received, **THREE_HOURS)


def test_a_gap_breaks_the_line_and_shades_the_ground(gappy: Answer) -> None:
    made = vega.specification(gappy)
    assert [row["events"] for row in made["data"]["values"]] == [1, None, 0]
    assert [row[PARTIAL] for row in made["data"]["values"]] == [False, True, False]
    (shade,) = [layer["data"]["values"] for layer in made["layer"] if layer["mark"]["type"] == "rect"]
    assert [(one["gap_from"], one["gap_to"]) for one in shade] == [("2016-01-01T01:00:00Z", "2016-01-01T02:00:00Z")]
    assert "66.7% of hours received" in made["title"]["subtitle"]
    assert json.loads(json.dumps(made, allow_nan=False)) == made


def test_times_are_utc_and_ticks_stand_at_buckets(gappy: Answer) -> None:
    x = vega.specification(gappy)["encoding"]["x"]
    assert (x["field"], x["scale"]) == ("bucket", {"type": "utc"})
    assert x["axis"]["values"] == [1451606400000 + number * 3_600_000 for number in range(3)]


def test_the_bucket_that_goes_on_is_dashed(events: Metric) -> None:
    received = hours("2026-06-01T00", "2026-06-02T11")
    found = ask(events, [at("2026-06-01T00:10")], received, from_="2026-05-31", to="2026-06-03", interval="d")
    made = vega.specification(found)
    states = [(row["bucket"][:10], row[OVER], row[TAIL]) for row in made["data"]["values"]]
    assert states == [("2026-05-31", True, False), ("2026-06-01", True, True), ("2026-06-02", False, True)]
    (dashed,) = layers(made, TAIL)
    assert dashed["mark"]["strokeDash"]
    (whole,) = layers(made, OVER)
    assert "strokeDash" not in whole["mark"]


def test_what_is_over_and_whole_has_one_line_and_nothing_else(events: Metric) -> None:
    found = ask(events, [at("2016-01-01T00:10")], hours("2016-01-01T00", "2016-01-01T02"), **THREE_HOURS)
    assert [layer["mark"]["type"] for layer in vega.specification(found)["layer"]] == ["line"]


def test_an_unknown_bucket_breaks_every_line_of_a_chart(write: Write) -> None:
    rows = [at("2016-01-01T00:10"), at("2016-01-01T02:10", type="WatchEvent")]
    received = [*hours("2016-01-01T00"), *hours("2016-01-01T02")]
    found = ask(read(write(*BY_TYPE)), rows, received, **THREE_HOURS)
    breaks = [row for row in vega.specification(found)["data"]["values"] if row["events"] is None]
    assert [(row["bucket"], row["type"]) for row in breaks] == [
        ("2016-01-01T01:00:00Z", "PushEvent"),
        ("2016-01-01T01:00:00Z", "WatchEvent"),
    ]


def test_names_stand_at_the_ends_and_apart_and_past_five_they_are_grey(write: Write) -> None:
    types = ["ForkEvent", "PushEvent", "WatchEvent", "IssuesEvent", "CreateEvent", "DeleteEvent", "GistEvent"]
    rows: Rows = [
        at(f"2016-01-01T0{hour}:{minute:02}", type=name)
        for hour in range(3)
        for number, name in enumerate(types)
        for minute in range(10 - number // 2)
    ]
    found = ask(read(write(*BY_TYPE)), rows, hours("2016-01-01T00", "2016-01-01T02"), **THREE_HOURS)
    made = vega.specification(found)
    labels = [layer for layer in made["layer"] if layer["mark"]["type"] == "text"]
    assert sorted(layer["data"]["values"][0]["type"] for layer in labels) == sorted(types)
    highest = max(row["events"] for row in made["data"]["values"])
    heights = [
        layer["data"]["values"][0]["events"] / highest * vega.ALONE.height - layer["mark"]["dy"] for layer in labels
    ]
    assert min(after - before for before, after in pairwise(heights)) >= 12
    colours = made["encoding"]["color"]["scale"]["range"]
    assert (colours[:5], colours[5:]) == (list(SERIES), [REST, REST])
    assert made["encoding"]["color"]["legend"] is None


def test_a_legend_tells_what_is_grey(write: Write) -> None:
    types = ["ForkEvent", "PushEvent", "WatchEvent", "IssuesEvent", "CreateEvent", "DeleteEvent", "GistEvent"]
    rows = [at(f"2016-01-01T00:{number:02}", type=name) for number, name in enumerate(types)]
    area = read(write(*BY_TYPE, ("mark: line", "mark: area")))
    for number in (5, 6, 7):
        found = ask(area, rows[:number], hours("2016-01-01T00", "2016-01-01T02"), **THREE_HOURS)
        drawn = re.findall(r"<text[^>]*>([^<]*(?:Event|others))</text>", as_svg(vega.specification(found)).decode())
        names = sorted(types[:number])
        assert drawn == (names if number <= len(SERIES) + 1 else [*names[: len(SERIES)], "2 others"])


@pytest.mark.parametrize(("least", "most", "labels"), [(0, 1, "0 1"), (44, 46, "44 45 46"), (0, 4000, "0 1k 2k 3k 4k")])
def test_each_line_of_an_axis_of_whole_numbers_has_a_label(least: int, most: int, labels: str) -> None:
    y = {"field": "n", "type": "quantitative", "scale": {"zero": False}, "axis": vega.COUNTS, "title": None}
    values = [{"n": least}, {"n": most}]
    drawn = as_svg({"height": 200, "data": {"values": values}, "mark": "point", "encoding": {"y": y}}).decode()
    assert re.findall(r"<text[^>]*>([^<]+)</text>", drawn) == labels.split()
    assert len(re.findall(r'<line[^>]* opacity="1"/>', drawn)) == len(labels.split())


def test_columns_of_one_unit_are_drawn_together(write: Write) -> None:
    changes = (
        ("additivity: sum}\n", "additivity: sum}\n  - {name: pushes, kind: integer, role: value, additivity: sum}\n"),
        ("count(*) AS events", "count(*) AS events, count(*) FILTER (type = 'PushEvent') AS pushes"),
        ("mark: line, ", "mark: line, series: [events, pushes], "),
    )
    rows = [at("2016-01-01T00:10"), at("2016-01-01T00:20", type="WatchEvent")]
    found = ask(read(write(*changes)), rows, hours("2016-01-01T00", "2016-01-01T02"), **THREE_HOURS)
    made = vega.specification(found)
    first = [row for row in made["data"]["values"] if row["bucket"] == "2016-01-01T00:00:00Z"]
    assert {row["series"]: row["value"] for row in first} == {"Events": 2, "Pushes": 1}
    assert made["encoding"]["y"]["field"] == "value"


def test_a_metric_without_a_chart_gets_a_plain_one(write: Write) -> None:
    metric = read(
        write(
            ("kind: series", "kind: table"),
            ("  interval: {type: interval, default: d}\n", ""),
            (
                "{name: bucket, kind: instant, role: dimension, title: Begin}",
                "{name: type, kind: text, role: dimension}",
            ),
            ("date_trunc($unit, created_at) AS bucket", "type"),
            ("ORDER BY bucket", "ORDER BY type"),
            ("fill: true\n", ""),
            ("chart:", "#"),
            (", interval: w}", "}"),
        )
    )
    found = ask(metric, [at("2016-01-01T00:10")], hours("2016-01-01T00"), from_="2016-01-01", to="2016-01-02")
    made = vega.specification(found)
    assert [layer["mark"]["type"] if isinstance(layer["mark"], dict) else layer["mark"] for layer in made["layer"]] == [
        "bar",
        "text",
    ]
    assert (made["encoding"]["x"]["field"], made["encoding"]["y"]["field"]) == ("events", "type")


def test_every_chart_of_the_library_can_be_drawn() -> None:
    drawer, given = Drawer(), {"repo": "a/b", "repos": "a/b,c/d", "topic": "lake"}
    rows = [at("2016-01-01T00:10"), at("2016-01-01T01:10", type="WatchEvent")]
    with case_lake(rows, hours("2016-01-01T00", "2016-01-01T02")) as snapshot:
        answers = [answer_from(snapshot, bind(metric, _asked(metric, given), NOW), NOW) for metric in Catalogue.load()]
    made = [vega.specification(answer) for answer in answers]
    drawn = drawer.draw_all(made, "inline")
    drawer.close()
    bars = [one["encoding"]["y"] for one in made if "bar" in [layer["mark"] for layer in one.get("layer", ())]]
    assert bars
    assert all("sort" in one for one in bars), "bars stand in the order of their table, not of their names"
    assert len(drawn) == len(answers)
    assert all(drawing.startswith(b"<svg ") for drawing in drawn)


def _asked(metric: Metric, given: dict[str, str]) -> dict[str, str]:
    question = {"from": "2016-01-01", "to": "2016-01-02", **given}
    return {name: text for name, text in question.items() if name in ("from", "to", *metric.parameters)}
