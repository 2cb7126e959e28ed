"""Two processes that collect the same hours at the same time share the work."""

from pathlib import Path

import pytest

from tests.cli.processes import Nursery
from tests.pipelines.archive import FIRST, hours, packed, some, url_path
from tests.pipelines.lakes import Lake
from tests.servers.mirror import Mirror

HOURS = hours(12)
COLLECT = ["collect", "gharchive", "--from", str(FIRST), "--to", str(HOURS[-1])]


@pytest.mark.parametrize(("slices", "workers"), [("2", ("1", "1")), ("24", ("1", "2"))])
def test_each_hour_is_downloaded_once_and_every_row_is_there_once(
    tmp_path: Path, lake: Lake, mirror: Mirror, nursery: Nursery, slices: str, workers: tuple[str, str]
) -> None:
    # Neighbours share events, so that the two processes rewrite each other's files.
    mirror.files.update({url_path(hour): packed(some(hour) + some(hour.shifted(1), 0, 3)) for hour in HOURS})
    lake.urls = mirror.url
    environ = {**lake.environ, "FORGELAKE_LAKE_COMMIT_SLICES": slices}
    started = [
        nursery.start(COLLECT, {**environ, "FORGELAKE_GHARCHIVE_WORKERS": number}, tmp_path) for number in workers
    ]
    ended = [command.wait() for command in started]
    assert [result.code for result in ended] == [0, 0], [result.err for result in ended]
    asked = sorted(request.path for request in mirror.requests if request.path != "/")
    assert asked == sorted(url_path(hour) for hour in HOURS)
    alone = lake.beside("alone")
    alone.collect(FIRST, HOURS[-1])
    assert lake.table() == alone.table()
    assert all("12 of 12 hours received" in result.err for result in ended)
    assert sum(run for (run,) in lake.query("SELECT slices_done FROM runs")) == len(HOURS)


def test_databases_on_postgresql_are_shared_as_well(
    tmp_path: Path, lake: Lake, mirror: Mirror, nursery: Nursery, fresh_postgresql_url: str
) -> None:
    mirror.files.update({url_path(hour): packed(some(hour) + some(hour.shifted(1), 0, 3)) for hour in HOURS[:4]})
    lake.urls = mirror.url
    shared = lake.beside(
        "shared",
        FORGELAKE_STATE_URL=fresh_postgresql_url,
        FORGELAKE_CATALOG_URL=fresh_postgresql_url,
        FORGELAKE_LAKE_COMMIT_SLICES="1",
    )
    collect = [*COLLECT[:-1], str(HOURS[3])]
    started = [nursery.start(collect, shared.environ, tmp_path) for _ in range(2)]
    ended = [command.wait() for command in started]
    assert [result.code for result in ended] == [0, 0], [result.err for result in ended]
    assert len([request for request in mirror.requests if request.path != "/"]) == 4
    lake.collect(FIRST, HOURS[3])
    assert shared.table() == lake.table()
    assert not list(shared.home.glob("*.db"))
