"""Which rollups stand in for which events, and that nothing stale ever does."""

import threading
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from forgelake.lake.rollups import EVENT_DAYS, EVENT_HOURS, EVENT_MONTHS, ROLLUPS
from forgelake.metrics.answer import answer
from forgelake.metrics.binding import bind
from forgelake.metrics.catalogue import Catalogue
from forgelake.metrics.extent import bytes_of
from forgelake.model.hours import Hour
from forgelake.model.period import Period
from forgelake.pipelines import compact, rollups
from forgelake.pipelines.context import Context
from forgelake.query.rollups import Cover, covering
from tests.cli.processes import Nursery
from tests.pipelines.archive import publish, some
from tests.pipelines.lakes import Lake, put_back

NAMES = ("2015-12-30T05", "2015-12-31T23", "2016-01-01T00", "2016-01-02T05", "2016-02-01T01")
HOURS = [Hour.parse(name) for name in NAMES]
LATER = Hour.parse("2016-01-02T06")
NOW = "2016-02-03T00:00:00Z"
EVENTS = Catalogue.load().get("events")
TOTALS = {"event_hours": 5, "event_days": 2, "event_months": 2}
"""Spans that are over: five days with events, and two months."""


@pytest.fixture(scope="module")
def collected(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """Hours of three months, the last of which is not over; rolled up."""
    folder = tmp_path_factory.mktemp("rolled")
    urls = publish(folder / "hours", {hour: some(hour) for hour in (*HOURS, LATER)})
    lake = Lake(folder / "home", urls, {"FORGELAKE_NOW": NOW})
    for hour in HOURS:
        lake.collect(hour)
    with lake.open() as context:
        assert {one.rollup: one.spans for one in rollups.build(context)} == TOTALS
    return lake


@pytest.fixture
def lake(collected: Lake) -> Iterator[Lake]:
    """The same for one test, which may change it."""
    with put_back(collected) as lake:
        yield lake


def period(start: str, end: str) -> Period:
    return Period(*(datetime.fromisoformat(text).replace(tzinfo=UTC) for text in (start, end)))


def covered(context: Context, reach: Period, grain: str) -> Cover | None:
    return covering(context.lake.now(0).tables, reach, grain, reach)


def used(cover: Cover | None) -> dict[str, int]:
    """How many files of each table."""
    if cover is None:
        return {}
    counts = {rollup.table.name: len(paths) for rollup, paths in cover.rollups.items()}
    return counts | ({"events": len(cover.events)} if cover.events else {})


def counted(context: Context, start: str, end: str, interval: str = "d") -> list[tuple[str, int]]:
    asked = {"from": start, "to": end, "interval": interval}
    rows = answer(context.lake, bind(EVENTS, asked, context.clock())).table.to_pylist()
    return [(f"{row['bucket']:%Y-%m-%dT%H}", row["events"]) for row in rows if row["events"]]


@pytest.mark.parametrize(
    ("reach", "grain", "files"),
    [
        (period("2015-12-01", "2016-02-01"), "month", {"event_months": 2}),
        (period("2015-12-01", "2016-02-01"), "day", {"event_days": 2}),
        (period("2015-12-01", "2016-02-01"), "hour", {"event_hours": 4}),
        (period("2015-12-31", "2016-01-02"), "month", {"event_days": 2}),
        (period("2015-12-31T22", "2016-01-01T05"), "month", {"event_hours": 2}),
        (period("2015-12-31T22:30", "2016-01-02"), "month", {"events": 1, "event_days": 1}),
        (period("2015-12-01", "2016-02-03"), "month", {"event_months": 2, "event_hours": 1}),
        (period("2014-01-01", "2014-02-01"), "month", {}),
    ],
)
def test_a_period_is_covered_by_the_coarsest_buckets_that_keep_its_answer(
    collected: Lake, reach: Period, grain: str, files: dict[str, int]
) -> None:
    with collected.open() as context:
        assert used(covered(context, reach, grain)) == files


def test_a_question_that_rollups_answer_is_about_their_files_alone(collected: Lake) -> None:
    with collected.open() as context:
        snapshot = context.lake.now(0)
        given = {"from": "2015-12-01", "to": "2016-02-01", "interval": "m"}
        asked = {
            name: bind(Catalogue.load().get(name), given, context.clock()) for name in ("events", "distinct_actors")
        }
        events = sum(file.bytes for file in snapshot.tables["events"].within(asked["events"].reach))
        months = sum(file.bytes for file in snapshot.tables["event_months"].within(asked["events"].reach))
        assert {name: bytes_of(snapshot, bound, 0) for name, bound in asked.items()} == {
            "events": months, "distinct_actors": events
        }  # fmt: skip
        assert bytes_of(snapshot, asked["events"], events) == events


def test_only_what_is_over_is_rolled_up(lake: Lake) -> None:
    with lake.open(FORGELAKE_NOW="2016-02-01T12:00:00Z") as context:
        assert {one.rollup: one.removed for one in rollups.build(context)}["event_hours"] == 1
        assert used(covered(context, period("2016-01-01", "2016-02-02"), "day")) == {"event_days": 1, "events": 1}


def test_a_rollup_is_stale_once_its_events_change_and_only_its_days_are_counted_again(lake: Lake) -> None:
    everything = period("2015-12-01", "2016-02-01")
    with lake.open() as context:
        before = counted(context, "2015-12-01", "2016-02-01")
        lake.collect(LATER)
        assert used(covered(context, everything, "month")) == {"event_months": 1, "event_hours": 1, "events": 2}
        stale = counted(context, "2015-12-01", "2016-02-01")
        assert Counter(dict(stale)) - Counter(dict(before)) == {"2016-01-02T00": 40}
        assert {one.rollup: one.spans for one in rollups.build(context)} == dict.fromkeys(TOTALS, 1)
        assert used(covered(context, everything, "month")) == {"event_months": 2}
        assert counted(context, "2015-12-01", "2016-02-01") == stale
        assert rollups.build(context) == []


def test_hours_collected_again_and_compacted_are_rolled_up_again(lake: Lake) -> None:
    with lake.open() as context:
        lake.collect(LATER)
        lake.collect(HOURS[0], again=True)
        before = counted(context, "2015-12-01", "2016-02-03", "h")
        compact.compact(context, None, None, timedelta())
        assert [one.due for one in rollups.standing(context)] == [2, 2, 2]
        rollups.build(context)
        assert counted(context, "2015-12-01", "2016-02-03", "h") == before


def test_a_span_that_lost_its_events_loses_its_rollup(lake: Lake) -> None:
    publish(lake.home.parent / "hours", {HOURS[0]: [], HOURS[1]: []})
    lake.collect(HOURS[0], HOURS[1], again=True)
    with lake.open() as context:
        assert counted(context, "2015-12-01", "2016-01-01") == []
        assert {one.rollup: one.removed for one in rollups.build(context)} == {
            "event_hours": 2, "event_days": 1, "event_months": 1
        }  # fmt: skip
        assert used(covered(context, period("2015-12-01", "2016-02-01"), "month")) == {"event_months": 1}
    publish(lake.home.parent / "hours", {hour: some(hour) for hour in HOURS[:2]})


def test_several_builders_at_once_leave_one_file_for_each_span(lake: Lake) -> None:
    lake.collect(LATER)

    def build() -> None:
        with lake.open() as context:
            rollups.build(context)

    builders = [threading.Thread(target=build) for _ in range(3)]
    for builder in builders:
        builder.start()
    for builder in builders:
        builder.join()
    with lake.open() as context:
        tables = context.lake.now(0).tables
        assert {one.table.name: len(tables[one.table.name].files) for one in ROLLUPS} == TOTALS
        assert used(covered(context, period("2015-12-01", "2016-02-01"), "month")) == {"event_months": 2}


def test_rollups_are_tables_that_anybody_may_read(collected: Lake) -> None:
    for rollup in (EVENT_HOURS, EVENT_DAYS, EVENT_MONTHS):
        name, grain = rollup.table.name, rollup.grain
        kinds = "type, action, actor_is_bot, era, ref_type, merged, push_size IS NOT NULL"
        over = "" if rollup is EVENT_HOURS else " WHERE created_at < TIMESTAMPTZ '2016-02-01'"
        rows = collected.query(f"SELECT * FROM {name}")
        made = collected.query(
            f"SELECT date_trunc('{grain}', created_at), {kinds}, count(*), "
            f"CAST(sum(coalesce(push_distinct_size, push_size)) AS BIGINT) FROM events{over} GROUP BY ALL"
        )
        assert Counter(rows) == Counter(made)
        assert len(rows) == len(set(rows)) > 0


def test_collecting_rolls_up_by_itself_and_says_nothing_where_nothing_is_due(
    lake: Lake, nursery: Nursery, tmp_path: Path
) -> None:
    collect = ["collect", "gharchive", "--from", str(LATER)]
    assert nursery.run(collect, lake.environ, tmp_path).code == 0
    again = nursery.run(["rollups", "build"], lake.environ, tmp_path)
    assert (again.code, again.err) == (0, "everything is up to date\n")
    shown = nursery.run(["rollups", "status", "--format", "csv"], lake.environ, tmp_path)
    assert shown.out.splitlines()[0] == "rollup,span,fresh,due,rows,bytes"
    assert shown.out.splitlines()[1].startswith("event_hours,day,5,0,")
    assert [run for run in nursery.run(["runs", "--format", "csv"], lake.environ, tmp_path).out.splitlines()
            if ",rollups build," in run][1:]  # fmt: skip


def test_the_days_of_a_month_end_with_it() -> None:
    span = EVENT_DAYS.table.span
    for day in (date(2015, 12, 31), date(2016, 2, 29), date(2016, 1, 1)):
        assert span.start(day).day == 1
        assert span.after(span.start(day)).day == 1
        assert (span.after(span.start(day)) - span.start(day)).days in (29, 31)
