"""Going on by itself: where a run continues, what it asks again, and what it waits for."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from forgelake.model.hours import Hour, hours_between
from tests.pipelines.archive import PER_HOUR, hours, packed, publish, some, url_path
from tests.pipelines.lakes import Lake
from tests.servers.mirror import Mirror

NOW = "2016-01-02T00:30:00Z"
"""The last hour that may be published by then is 23."""

DAY = hours(24, Hour.parse("2016-01-01"))


@pytest.fixture
def mirrored(lake: Lake, mirror: Mirror) -> Lake:
    """A lake that on its first run collects the last day, of which the mirror has the last four hours."""
    mirror.files.update({url_path(hour): packed(some(hour, 0, 5)) for hour in DAY[20:]})
    lake.urls = mirror.url
    lake.variables["FORGELAKE_GHARCHIVE_MISSING_AFTER_HOURS"] = "4"
    return lake


@pytest.fixture
def begun(mirrored: Lake) -> Lake:
    """The same lake after an earlier run that came as far as hour 18, which nobody published."""
    with mirrored.open() as context:
        context.state.bookmarks.set("gharchive", DAY[18].start, "earlier", DAY[18].start)
    return mirrored


def test_a_first_run_begins_with_the_days_before_now(mirrored: Lake, mirror: Mirror) -> None:
    mirrored.go_on(NOW)
    asked = {request.path for request in mirror.requests} - {"/"}
    assert asked == {url_path(hour) for hour in DAY}
    assert len(mirrored.rows()) == 4 * 5


def test_without_a_baseline_a_first_run_only_sets_the_bookmark(mirrored: Lake, mirror: Mirror) -> None:
    collected = mirrored.go_on(NOW, FORGELAKE_GHARCHIVE_BASELINE_DAYS="0")
    assert (collected.coverage.expected, collected.complete) == (0, True)
    assert mirrored.bookmark() == DAY[-1].shifted(1)
    assert {request.path for request in mirror.requests} == {"/"}


def test_the_next_run_goes_on_from_the_bookmark(begun: Lake, mirror: Mirror) -> None:
    mirror.files.update({url_path(hour): packed(some(hour, 0, 5)) for hour in DAY[18:]})
    begun.go_on(NOW)
    assert begun.bookmark() == DAY[-1].shifted(1)
    mirror.requests.clear()
    later = DAY[-1].shifted(1)
    mirror.files[url_path(later)] = packed(some(later, 0, 5))
    begun.go_on("2016-01-02T01:30:00Z")
    assert [request.path for request in mirror.requests if request.path != "/"] == [url_path(later)]
    assert begun.bookmark() == later.shifted(1)


def test_the_bookmark_passes_missing_hours_but_no_awaited_one(begun: Lake, mirror: Mirror) -> None:
    del mirror.files[url_path(DAY[22])]
    begun.go_on(NOW)
    assert begun.statuses()[DAY[18].name] == ["missing"]
    assert begun.statuses()[DAY[22].name] == ["awaited"]
    assert begun.bookmark() == DAY[22]
    assert begun.statuses()[DAY[23].name] == ["received"], "what comes after an awaited hour is not held up by it"
    mirror.files[url_path(DAY[22])] = packed(some(DAY[22], 0, 5))
    begun.go_on(NOW)
    assert begun.bookmark() == DAY[23].shifted(1)
    assert len(begun.rows()) == 4 * 5


def test_a_missing_hour_is_asked_again_when_due_ever_more_rarely(begun: Lake, mirror: Mirror) -> None:
    late = "FORGELAKE_GHARCHIVE_PUBLISH_DELAY_MINUTES"
    begun.go_on(NOW)
    path = url_path(DAY[18])
    times: list[int] = []
    began = datetime(2016, 1, 2, 0, 30, tzinfo=UTC)
    for hours_later in (1, 5, 7, 12, 19, 24, 44):
        before = len(mirror.asked(path))
        begun.go_on((began + timedelta(hours=hours_later)).isoformat(), **{late: "10000"})
        if len(mirror.asked(path)) > before:
            times.append(hours_later)
    assert times == [7, 19, 44], "6 hours after the first time, then 12, then 24"


def test_a_missing_hour_is_received_from_whichever_origin_gets_it(tmp_path: Path, begun: Lake, mirror: Mirror) -> None:
    folder = publish(tmp_path / "second", {})
    begun.urls = f"{mirror.url} {folder}"
    begun.go_on(NOW)
    publish(tmp_path / "second", {DAY[18]: some(DAY[18], 0, 5)})
    begun.go_on("2016-01-02T07:00:00Z", FORGELAKE_GHARCHIVE_PUBLISH_DELAY_MINUTES="10000")
    assert sorted(begun.statuses()[DAY[18].name]) == ["missing", "received"]
    assert len(begun.rows()) == 5 * 5
    mirror.requests.clear()
    begun.go_on("2016-01-20T07:00:00Z", FORGELAKE_GHARCHIVE_PUBLISH_DELAY_MINUTES="100000")
    assert url_path(DAY[18]) not in {request.path for request in mirror.requests}, "one copy is enough"


def test_asking_for_a_period_leaves_the_bookmark_alone(begun: Lake) -> None:
    begun.collect(DAY[20], DAY[21])
    assert begun.bookmark() == DAY[18]
    begun.go_on(NOW)
    moved = begun.bookmark()
    begun.collect(DAY[10], DAY[11])
    assert begun.bookmark() == moved


def test_a_second_run_asks_for_nothing_that_was_received(lake: Lake, mirror: Mirror) -> None:
    first, last = hours(3)[0], hours(3)[-1]
    mirror.files.update({url_path(hour): packed(some(hour)) for hour in hours_between(first, last)})
    lake.urls = mirror.url
    lake.collect(first, last)
    before = (lake.snapshots(), lake.ledger(), lake.objects(""))
    mirror.requests.clear()
    collected = lake.collect(first, last)
    assert collected.complete
    assert collected.counters.slices_done == 0
    assert {request.path for request in mirror.requests} <= {"/"}
    assert (lake.snapshots(), lake.ledger(), lake.objects("")) == before
    assert len(lake.rows()) == 3 * PER_HOUR
