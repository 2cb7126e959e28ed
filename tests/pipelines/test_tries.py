"""An hour whose work ends its run is tried alone, then set aside; the others go on."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from forgelake.model.errors import StopError
from forgelake.model.hours import Hour
from tests.cli.processes import Command, Nursery
from tests.pipelines.archive import PER_HOUR, hours, packed, published, some, url_path
from tests.pipelines.lakes import Lake
from tests.servers.mirror import Fault, Mirror
from tests.servers.small_disk import SmallDisk

FIRST = Hour.parse("2016-01-01T00")
HOURS = hours(4, FIRST)
POISON = HOURS[1]
GO_ON = ["collect", "gharchive"]


@pytest.fixture
def own(tmp_path: Path, mirror: Mirror) -> Lake:
    """A lake at the end of four hours, of which the mirror sends the second so slowly that its run can be killed."""
    mirror.files.update({url_path(hour): packed(some(hour)) for hour in HOURS})
    variables = {"FORGELAKE_NOW": "2016-01-01T04:30:00Z", "FORGELAKE_JOBS_SLICE_TRIES": "2"}
    lake = Lake(tmp_path / "home", mirror.url, {**variables, "FORGELAKE_GHARCHIVE_MISSING_AFTER_HOURS": "1"})
    with lake.open() as context:
        context.state.bookmarks.set("gharchive", FIRST.start, "test", FIRST.start)
    return lake


def until(happened: Callable[[], bool], command: Command) -> None:
    deadline = time.monotonic() + 60
    while not happened():
        assert command.running, command.wait().err
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.005)


def killed_in_the_middle(own: Lake, mirror: Mirror, nursery: Nursery) -> None:
    asked = len(mirror.asked(url_path(POISON)))
    mirror.plan(url_path(POISON), Fault(pause_after=10, pause_seconds=30))
    command = nursery.start(GO_ON, own.environ, own.home.parent)
    until(lambda: len(mirror.asked(url_path(POISON))) > asked, command)
    command.kill()
    command.wait()


def test_an_hour_that_ends_every_run_is_set_aside_and_reported(own: Lake, mirror: Mirror, nursery: Nursery) -> None:
    killed_in_the_middle(own, mirror, nursery)
    with own.open() as context:
        assert context.state.unfinished.times("gharchive") == {POISON.name: 1, HOURS[0].name: 1}
    killed_in_the_middle(own, mirror, nursery)
    # The second time it came last and alone, so the others are there.
    assert {name for name, statuses in own.statuses().items() if statuses == ["received"]} == {
        hour.name for hour in HOURS if hour != POISON
    }
    ended = nursery.run(GO_ON, own.environ, own.home.parent)
    assert ended.code == 3, ended.err
    assert len(mirror.asked(url_path(POISON))) == 2
    [gap] = own.coverage(FIRST, HOURS[-1]).gaps
    assert "set aside" in gap.reason
    assert f"forgelake collect gharchive --from {POISON}" in gap.reason
    assert own.bookmark() == HOURS[-1].shifted(1)
    assert len(own.rows()) == 3 * PER_HOUR
    again = nursery.run([*GO_ON, "--from", str(POISON)], own.environ, own.home.parent)
    assert again.code == 0, again.err
    assert len(own.rows()) == 4 * PER_HOUR


def test_a_run_that_ends_for_another_reason_blames_no_hour(own: Lake, mirror: Mirror, nursery: Nursery) -> None:
    mirror.plan(url_path(POISON), Fault(pause_after=10, pause_seconds=30))
    command = nursery.start(GO_ON, own.environ, own.home.parent)
    until(lambda: bool(mirror.asked(url_path(POISON))), command)
    command.interrupt()
    assert command.wait().code == 130
    with own.open() as context:
        assert context.state.unfinished.times("gharchive") == {}


def test_a_full_disk_blames_no_hour_and_is_made_up_for(tmp_path: Path, small_disk: SmallDisk) -> None:
    urls, database = published(tmp_path / "hours", len(HOURS), FIRST), f"sqlite:///{tmp_path}/state.db"
    places = {"FORGELAKE_STATE_URL": database, "FORGELAKE_CATALOG_URL": f"sqlite:///{tmp_path}/catalog.db"}
    folder = {"FORGELAKE_STORAGE_URI": str(tmp_path / "lake"), "FORGELAKE_JOBS_SLICE_TRIES": "2"}
    lake = Lake(small_disk.path / "home", urls, places | folder)
    lake.collect(FIRST)
    small_disk.fill()
    for _ in range(3):
        with pytest.raises(StopError, match="make room"):
            lake.collect(FIRST, HOURS[-1])
    with lake.open() as context:
        assert context.state.unfinished.times("gharchive") == {}
    small_disk.make_room()
    assert lake.collect(FIRST, HOURS[-1]).complete
    assert len(lake.rows()) == len(HOURS) * PER_HOUR
