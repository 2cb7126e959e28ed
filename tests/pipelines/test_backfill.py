"""Backfills on one machine: a commit for each day, hours tried again and set aside, no faster than allowed."""

import time
from pathlib import Path

import pytest

from forgelake.lake.events import EVENTS
from forgelake.model.errors import UsageError
from forgelake.model.hours import Hour
from forgelake.pipelines.backfill import backfill, period
from forgelake.pipelines.collect import Collected
from forgelake.pipelines.rollups import standing
from tests.cli.processes import Nursery
from tests.pipelines.archive import hours, packed, publish, some, url_path
from tests.pipelines.lakes import Lake
from tests.servers.mirror import Fault, Mirror

FIRST = Hour.parse("2016-01-01T22")
HOURS = hours(5, FIRST)
"""Two hours of one day and three of the next."""


def run(lake: Lake, first: Hour = HOURS[0], last: Hour = HOURS[-1], **variables: str) -> Collected:
    with lake.open(**variables) as context:
        return backfill(context, period(context, str(first), str(last)), workers=1)


def commits(lake: Lake) -> int:
    with lake.open() as context:
        return len(context.catalog.table(EVENTS).snapshots())


@pytest.fixture
def mirrored(lake: Lake, mirror: Mirror) -> Lake:
    """A lake whose only origin is the mirror, which has the hours."""
    mirror.files.update({url_path(hour): packed(some(hour)) for hour in HOURS})
    lake.urls = mirror.url
    return lake


def test_each_day_is_one_commit_and_the_rows_are_those_of_collecting(tmp_path: Path) -> None:
    urls = publish(tmp_path / "hours", {hour: some(hour) for hour in HOURS})
    lake, collected = Lake(tmp_path / "backfilled", urls), Lake(tmp_path / "collected", urls)
    assert run(lake).complete
    collected.collect(HOURS[0], HOURS[-1])
    assert lake.table() == collected.table()
    assert commits(lake) == 2


def test_a_second_run_asks_for_nothing_and_changes_nothing(mirrored: Lake, mirror: Mirror) -> None:
    run(mirrored)
    before, asked = mirrored.snapshots(), len(mirror.requests)
    assert run(mirrored).complete
    assert mirrored.snapshots() == before
    # It looks once whether there is an origin at all.
    assert len(mirror.requests) <= asked + 1


def test_an_hour_that_fails_is_tried_again_in_the_same_run(mirrored: Lake, mirror: Mirror) -> None:
    mirror.plan(url_path(HOURS[1]), *[Fault(status=403)] * 2)
    assert run(mirrored).complete


def test_an_hour_that_goes_on_failing_is_set_aside_and_the_others_are_there(
    mirrored: Lake, mirror: Mirror, nursery: Nursery, tmp_path: Path
) -> None:
    mirror.plan(url_path(HOURS[1]), *[Fault(status=403)] * 2)
    command = ["backfill", "--from", str(HOURS[0]), "--to", str(HOURS[-1])]
    ended = nursery.run(command, {**mirrored.environ, "FORGELAKE_BACKFILL_ATTEMPTS": "2"}, tmp_path)
    assert ended.code == 3
    assert "1 hour failed 2 times, so set aside, the first of them 2016-01-01-23" in ended.err
    assert "4 of 5 hours received" in ended.err
    assert mirrored.statuses()[HOURS[1].name] == ["failed"]
    assert sum(request.path == url_path(HOURS[1]) for request in mirror.requests) == 2
    with mirrored.open() as context:
        assert {(one.fresh > 0, one.due) for one in standing(context) if one.span != "month"} == {(True, 0)}
    assert run(mirrored).complete


def test_hours_begin_no_faster_than_allowed(mirrored: Lake, mirror: Mirror) -> None:
    began = time.monotonic()
    run(mirrored, FORGELAKE_BACKFILL_HOURS_PER_MINUTE="300")
    asked = [request.at for request in mirror.requests if request.path in {url_path(hour) for hour in HOURS}]
    assert len(asked) >= 5
    # Four gaps of a fifth of a second lie between five hours; nothing is said of how much slower it may be.
    assert time.monotonic() - began >= 0.8


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--from", "2016-01-02", "--to", "2016-01-01"], "give the earlier hour first"),
        (["--workers", "-1"], "--workers -1 is no number of workers"),
        (["--master", "local[1]"], "is for --engine spark"),
        (["--engine", "flink"], "flink"),
    ],
)
def test_a_wrong_use_is_told(mirrored: Lake, nursery: Nursery, arguments: list[str], told: str) -> None:
    ended = nursery.run(["backfill", *arguments], mirrored.environ, mirrored.home.parent)
    assert ended.code == 2
    assert told in ended.err + ended.out


def test_without_a_period_it_is_the_whole_archive_up_to_now(mirrored: Lake) -> None:
    with mirrored.open(FORGELAKE_NOW="2011-02-12T06:00:00Z") as context:
        whole = period(context, None, "now")
        with pytest.raises(UsageError):
            period(context, "tomorrow", None)
    assert (str(whole.first), str(whole.last)) == ("2011-02-12T00", "2011-02-12T04")
