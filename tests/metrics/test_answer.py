"""Answers: zero where hours were received and held nothing, NULL where nothing was observed, coverage beside both."""

from datetime import UTC, datetime

import pytest

from forgelake.metrics.answer import answer, answer_from
from forgelake.metrics.binding import bind
from forgelake.metrics.case_lake import case_lake
from forgelake.metrics.definition import Metric
from forgelake.metrics.reading import read
from forgelake.model.eras import ERA_PERIODS
from forgelake.model.errors import StopError, UsageError
from tests.metrics.conftest import NOW, Write, ask, at, counts, hours
from tests.pipelines.lakes import Lake
from tests.query.conftest import DAYS, PER_DAY, filled

SERIES = """  SELECT date_trunc($unit, created_at) AS bucket, count(*) AS events
  FROM events
"""
TABLE = (
    ("kind: series", "kind: table"),
    ("  interval: {type: interval, default: d}\n", ""),
    ("{name: bucket, kind: instant, role: dimension, title: Begin}", "{name: repo_name, kind: text, role: dimension}"),
    (SERIES, "  SELECT repo_name, count(*) AS events\n  FROM events\n"),
    ("ORDER BY bucket", "ORDER BY events DESC, repo_name"),
    ("fill: true\n", ""),
    ("{field: bucket, type: temporal}", "{field: repo_name, type: nominal}"),
    (", interval: w}", "}"),
)
VALUE = (
    ("kind: series", "kind: value"),
    ("  interval: {type: interval, default: d}\n", ""),
    ("  - {name: bucket, kind: instant, role: dimension, title: Begin}\n", ""),
    (SERIES, "  SELECT count(*) AS events\n  FROM events\n"),
    ("  GROUP BY ALL\n  ORDER BY bucket\n", ""),
    ("fill: true\n", ""),
    ("x: {field: bucket, type: temporal}, ", ""),
    (", interval: w}", "}"),
)


def test_gaps_are_null_and_quiet_hours_are_zero(events: Metric) -> None:
    received = [*hours("2016-01-01T00", "2016-01-01T01"), *hours("2016-01-01T04")]
    rows = [at("2016-01-01T00:10"), at("2016-01-01T00:20"), at("2016-01-01T02:59:59")]
    found = ask(events, rows, received, from_="2016-01-01T00", to="2016-01-01T05", interval="h")
    assert [value for _, value in counts(found)] == [2, 0, None, None, 0]
    coverage = found.coverage
    assert (coverage.expected, coverage.received, coverage.share, coverage.unit) == (5, 3, 0.6, "hour")
    assert [(gap.start.hour, gap.end.hour, gap.reason) for gap in coverage.gaps] == [(2, 4, "not collected")]
    assert found.as_of == datetime(2016, 1, 1, 5, tzinfo=UTC)
    assert [(bucket.expected, bucket.received) for bucket in found.buckets] == [(1, 1), (1, 1), (1, 0), (1, 0), (1, 1)]


def test_a_bucket_of_which_a_part_was_received_has_a_number_and_says_so(events: Metric) -> None:
    found = ask(events, [at("2016-01-01T00:10")], hours("2016-01-01T00"), from_="2016-01-01", to="2016-01-03")
    assert counts(found) == [("2016-01-01T00", 1), ("2016-01-02T00", None)]
    assert [(bucket.expected, bucket.received) for bucket in found.buckets] == [(24, 1), (24, 0)]


@pytest.mark.parametrize(
    ("interval", "buckets"),
    [
        ("d", ["2015-12-31T00", "2016-01-01T00", "2016-01-03T00", "2016-01-04T00"]),
        ("week", ["2015-12-28T00", "2016-01-04T00"]),
        ("m", ["2015-12-01T00", "2016-01-01T00"]),
        ("quarter", ["2015-10-01T00", "2016-01-01T00"]),
        ("y", ["2015-01-01T00", "2016-01-01T00"]),
    ],
)
def test_an_interval_is_counted_anew_from_the_rows(events: Metric, interval: str, buckets: list[str]) -> None:
    days = ["2015-12-31T23:59:59", "2016-01-01T00:00:00", "2016-01-03T23:59:59", "2016-01-04T00:00:00"]
    received = hours("2015-12-31T00", "2016-01-04T23")
    found = ask(events, [at(day) for day in days], received, from_="2015-12-31", to="2016-01-05", interval=interval)
    assert [bucket for bucket, value in counts(found) if value] == buckets
    assert sum(value or 0 for _, value in counts(found)) == len(days)


def test_the_period_cuts_a_bucket_and_its_end_is_excluded(events: Metric) -> None:
    rows = [at("2016-01-01T00:29:59"), at("2016-01-01T00:30"), at("2016-01-01T01:29:59"), at("2016-01-01T01:30")]
    period = {"from_": "2016-01-01T00:30", "to": "2016-01-01T01:30"}
    assert counts(ask(events, rows, hours("2016-01-01T00", "2016-01-01T01"), **period)) == [("2016-01-01T00", 2)]


def test_hours_that_are_not_over_are_not_expected(events: Metric) -> None:
    found = ask(events, [], hours("2026-06-02T10"), from_="2026-06-02T10", to="2026-06-02T15", interval="h")
    assert [value for _, value in counts(found)] == [0, None, None, None, None]
    assert [bucket.expected for bucket in found.buckets] == [1, 1, 0, 0, 0]
    assert found.coverage.expected == 2


def test_a_list_or_a_value_of_which_nothing_was_received_is_not_zero(write: Write) -> None:
    table, value = read(write(*TABLE, name="repos")), read(write(*VALUE, name="total"))
    stray = [at("2016-01-01T00:10")]
    period = {"from_": "2016-01-01", "to": "2016-01-02"}
    assert ask(table, stray, [], **period).table.num_rows == 0
    assert ask(value, stray, [], **period).table.to_pylist() == [{"events": None}]
    assert ask(table, stray, hours("2016-01-01T00"), **period).table.to_pylist() == [{"repo_name": "a/b", "events": 1}]
    assert ask(value, [], hours("2016-01-01T00"), **period).table.to_pylist() == [{"events": 0}]


def test_programs_are_left_out_counted_or_counted_alone(events: Metric) -> None:
    rows = [at("2016-01-01T00:10", actor_login=login) for login in ("someone", "x[bot]", None)]
    received, period = hours("2016-01-01T00"), {"from_": "2016-01-01T00", "to": "2016-01-01T01", "interval": "h"}
    found = {bots: ask(events, rows, received, bots=bots, **period) for bots in ("include", "exclude", "only")}
    assert {bots: counts(answer)[0][1] for bots, answer in found.items()} == {"include": 3, "exclude": 2, "only": 1}


@pytest.mark.parametrize("era", ERA_PERIODS, ids=lambda era: era.name)
def test_an_era_that_cannot_answer_is_a_gap_and_never_a_zero(write: Write, era: object) -> None:
    assert isinstance(era, type(ERA_PERIODS[0]))
    others = [one.name for one in ERA_PERIODS if one != era]
    metric = read(write(("[api-2011, timeline-2012, api-2015, trimmed-2025]", f"[{', '.join(others)}]")))
    day = f"{era.start:%Y-%m-%d}"
    rows = [at(f"{day}T00:10", era=era.name)]
    found = ask(metric, rows, hours(f"{day}T00", f"{day}T02"), from_=f"{day}T00", to=f"{day}T03", interval="h")
    assert [value for _, value in counts(found)] == [None, None, None]
    assert (found.coverage.share, found.as_of) == (0, None)
    assert [gap.reason for gap in found.coverage.gaps] == [
        f"things cannot be computed from era {era.name} ({era.span})"
    ]
    assert day in era.span


def test_at_the_border_of_an_era_only_what_can_be_answered_is_counted(write: Write) -> None:
    metric = read(write((", trimmed-2025]", "]")))
    rows = [at("2025-10-06T23:10"), at("2025-10-07T00:10", era="trimmed-2025")]
    received = hours("2025-10-06T22", "2025-10-07T01")
    period = {"from_": "2025-10-06T22", "to": "2025-10-07T02"}
    assert [value for _, value in counts(ask(metric, rows, received, interval="h", **period))] == [0, 1, None, None]
    month = ask(metric, rows, received, interval="m", **period)
    assert counts(month) == [("2025-10-01T00", 1)]
    assert [(bucket.expected, bucket.received) for bucket in month.buckets] == [(4, 2)]
    assert month.as_of == datetime(2025, 10, 7, tzinfo=UTC)


def test_a_metric_that_looks_back_reads_and_answers_for_more_than_the_period(write: Write) -> None:
    newcomers = "created_at >= $since AND created_at < $to"
    changes = (("created_at >= $from AND created_at < $to", newcomers), ("fill: true", "lookback: 2d"))
    metric = read(write(*changes))
    rows = [at("2015-12-29T23:00"), at("2015-12-30T12:00"), at("2016-01-01T12:00")]
    found = ask(metric, rows, hours("2015-12-30T00", "2016-01-01T23"), from_="2016-01-01", to="2016-01-02")
    assert counts(found) == [("2015-12-30T00", 1), ("2016-01-01T00", 1)]
    assert (found.coverage.expected, found.coverage.received) == (72, 72)
    assert [(bucket.expected, bucket.received) for bucket in found.buckets] == [(24, 24)]


def test_a_metric_that_compares_reads_as_much_before_the_period_and_needs_something_of_both(write: Write) -> None:
    changes = (("WHERE created_at >= $from", "WHERE created_at >= $since AND created_at < $from"), *_COMPARED)
    metric = read(write(*TABLE, *changes))
    rows = [at("2015-12-30T23:59"), at("2015-12-31T00:00"), at("2015-12-31T23:59"), at("2016-01-01T00:00")]
    period = {"from_": "2016-01-01", "to": "2016-01-02"}
    both = ask(metric, rows, hours("2015-12-31T23", "2016-01-01T00"), **period)
    assert both.table.to_pylist() == [{"repo_name": "a/b", "events": 2}]
    assert (both.coverage.expected, both.coverage.received) == (48, 2)
    for received in (hours("2015-12-30T23"), hours("2015-12-31T23"), hours("2016-01-01T00")):
        assert ask(metric, rows, received, **period).table.num_rows == 0
    assert (
        ask(
            metric, [at("2026-06-02T11:10")], hours("2026-06-02T11"), from_="2026-06-02T13", to="2026-06-02T17"
        ).table.num_rows
        == 0
    )
    alone = ask(metric, rows, hours("2016-01-01T00"), **period)
    assert [(gap.start.day, gap.end.day, gap.reason) for gap in alone.coverage.gaps] == [
        (31, 1, "not collected"),
        (1, 2, "not collected"),
    ]


def test_what_was_before_the_archive_begins_is_nothing_to_compare_with(write: Write) -> None:
    metric = read(write(*TABLE, ("created_at >= $from", "created_at >= $since"), *_COMPARED))
    found = ask(metric, [at("2011-02-12T12:00")], hours("2011-02-12T12"), from_="2011-02-12", to="2011-02-13")
    assert (found.table.num_rows, found.coverage.expected) == (0, 24)


_COMPARED = (("example:", "lookback: period\nexample:"),)


def test_looking_back_on_everything_reads_the_whole_lake(write: Write) -> None:
    changes = (("created_at >= $from", "created_at >= $since"), ("fill: true", "lookback: all"))
    found = ask(
        read(write(*changes)), [at("2012-01-01T12:00")], hours("2016-01-01T00"), from_="2016-01-01", to="2016-01-02"
    )
    assert counts(found) == [("2012-01-01T00", 1)]
    assert found.coverage.expected > 24 * 365 * 4


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("count(*) AS events", "count(*) AS n"), "gives the columns bucket, n, not bucket, events"),
        (("count(*) AS events", "'many' AS events"), "not of the declared kind"),
        (("count(*) AS events", "count(*) + 0.5 AS events"), "not of the declared kind"),
    ],
)
def test_sql_that_does_not_keep_to_its_columns_is_told(write: Write, change: tuple[str, str], told: str) -> None:
    with pytest.raises(StopError, match=told):
        ask(read(write(change)), [at("2016-01-01T00:10")], hours("2016-01-01T00"), from_="2016-01-01", to="2016-01-02")


def test_an_answer_that_takes_too_long_is_stopped(write: Write) -> None:
    slow = read(write(("FROM events\n", "FROM events, range(1000000000000) AS r(i)\n")))
    rows, period = [at("2016-01-01T00:10")], {"from": "2016-01-01", "to": "2016-01-02"}
    with case_lake(rows, hours("2016-01-01T00")) as snapshot, pytest.raises(UsageError, match="stopped after"):
        answer_from(snapshot, bind(slow, period, NOW), NOW, timeout_seconds=0.1)


def test_a_lake_answers_what_it_holds_now(tmp_path_factory: pytest.TempPathFactory, events: Metric) -> None:
    lake: Lake = filled(tmp_path_factory.mktemp("lake"))
    with lake.open() as context:
        asked = bind(events, {"from": "2016-01-01", "to": "2016-01-07", "bots": "include"}, context.clock())
        before = answer(context.lake, asked)
        assert [value for _, value in counts(before)] == [PER_DAY] * 5 + [None]
        assert (before.coverage.received, before.coverage.sources) == (5, (before.coverage.sources[0],))
        lake.collect(DAYS[5])
        context.lake.now(max_age=0)
        after = answer(context.lake, asked)
        assert [value for _, value in counts(after)] == [PER_DAY] * 6
        assert after.snapshot_id != before.snapshot_id
        assert after.as_of == DAYS[5].end
