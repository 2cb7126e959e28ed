"""A lake that is lost comes back from its backup, in the same or another kind of database."""

import shutil
import threading
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from forgelake import __version__
from forgelake.app.compose import export_target, restored
from forgelake.model.errors import StopError, UsageError
from forgelake.model.hours import Hour
from forgelake.pipelines.backup.manifest import Manifest, read_manifest
from forgelake.pipelines.backup.saving import back_up
from forgelake.pipelines.collect import Progress, collect
from forgelake.pipelines.plan import period
from forgelake.settings.loading import load
from forgelake.state.migrating import HEAD
from tests.pipelines.archive import FIRST, PER_HOUR, hours, publish, published, text
from tests.pipelines.archive import some as some_events
from tests.pipelines.lakes import Lake
from tests.servers.s3 import ACCESS_KEY_ID, REGION, SECRET_ACCESS_KEY, S3Server

LAST = hours(3)[-1]


@pytest.fixture
def full(tmp_path: Path) -> Lake:
    """A lake of one's own, see ``filled``."""
    return filled(tmp_path)


@pytest.fixture(scope="module")
def safe(tmp_path_factory: pytest.TempPathFactory) -> tuple[Lake, Path]:
    """A lake that nothing changes, and its backup."""
    folder = tmp_path_factory.mktemp("safe")
    lake = filled(folder)
    saved(lake, folder / "backup")
    return lake, folder / "backup"


@pytest.fixture
def backup(tmp_path: Path, safe: tuple[Lake, Path]) -> Path:
    """A copy of that backup, to be damaged."""
    shutil.copytree(safe[1], tmp_path / "backup")
    return tmp_path / "backup"


@pytest.fixture
def other(tmp_path: Path, safe: tuple[Lake, Path]) -> Lake:
    """An empty lake with the same origins."""
    return Lake(tmp_path / "other", safe[0].urls)


def filled(tmp_path: Path) -> Lake:
    """A lake with three hours, one of them with a bad line, bookmark moves and a job."""
    files: dict[Hour, Any] = {hour: text(some_events(hour)) for hour in hours(3)}
    files[LAST] += b"{torn"
    lake = Lake(tmp_path / "home", publish(tmp_path / "hours", files))
    lake.collect(FIRST, LAST)
    with lake.open() as context:
        context.state.bookmarks.set("gharchive", FIRST.start, "run", FIRST.start)
        context.state.bookmarks.set("gharchive", LAST.start, "run", LAST.start)
        context.state.jobs.add("collect_gharchive", "25 * * * *", FIRST.start)
    return lake


def saved(lake: Lake, to: Path, *, copy: bool = True) -> Manifest:
    with lake.open() as context:
        return back_up(context, export_target(context.settings, str(to)), copy=copy)


def brought_back(lake: Lake, source: Path, *, tables: bool = True) -> None:
    restored(load(lake.environ, lake.home.parent), str(source), tables=tables)


def content(lake: Lake) -> tuple[object, ...]:
    with lake.open() as context:
        runs = [run for run in context.state.runs.all_rows() if run.job != "backup"]
        jobs = context.state.jobs.all_rows()
    return lake.table(), lake.table("rejects"), lake.ledger(), lake.bookmark(), runs, jobs


def test_a_lost_lake_comes_back_as_it_was(full: Lake, tmp_path: Path) -> None:
    before = content(full)
    manifest = saved(full, tmp_path / "backup")
    assert (manifest.forgelake, manifest.state_version, manifest.copied) == (__version__, HEAD, True)
    shutil.rmtree(full.home)
    brought_back(full, tmp_path / "backup")
    assert content(full) == before
    with full.open() as context:
        assert [str(run.status) for run in context.state.runs.all_rows() if run.job == "backup"] == ["interrupted"]
    assert full.collect(FIRST, LAST).counters.slices_done == 0


def test_a_lake_moves_from_sqlite_to_postgresql_and_goes_on_there(
    full: Lake, tmp_path: Path, fresh_postgresql_url: str
) -> None:
    before = content(full)
    saved(full, tmp_path / "backup", copy=False)
    shutil.move(full.home / "state.db", tmp_path / "old.db")
    full.variables |= {
        "FORGELAKE_STATE_URL": fresh_postgresql_url,
        "FORGELAKE_CATALOG_URL": fresh_postgresql_url,
    }
    brought_back(full, tmp_path / "backup")
    assert content(full) == before
    # Numbers that the database gives out go on after those that were written.
    with full.open() as context:
        context.state.bookmarks.set("gharchive", FIRST.start, "run", FIRST.start)
        assert len(context.state.bookmarks.moves("gharchive", 10)) == 3
    publish(tmp_path / "hours", {LAST.shifted(1): some_events(LAST.shifted(1))})
    assert full.collect(FIRST, LAST.shifted(1)).counters.slices_done == 1


def test_elsewhere_the_tables_are_made_again(safe: tuple[Lake, Path], other: Lake) -> None:
    full, backup = safe
    with pytest.raises(UsageError, match="--without-tables"):
        brought_back(other, backup)
    brought_back(other, backup, tables=False)
    other.rebuild()
    assert other.table() == full.table()
    assert other.table("rejects") == full.table("rejects")


def test_what_is_in_use_is_not_overwritten(full: Lake, tmp_path: Path) -> None:
    saved(full, tmp_path / "backup")
    with pytest.raises(UsageError, match="is a backup"):
        saved(full, tmp_path / "backup")
    before = content(full)
    with pytest.raises(UsageError, match="in use"):
        brought_back(full, tmp_path / "backup")
    shutil.rmtree(full.home / "lake")
    with pytest.raises(UsageError, match="the catalog is in use"):
        brought_back(full, tmp_path / "backup")
    (full.home / "catalog.db").unlink()
    shutil.rmtree(full.home / "lake")
    with pytest.raises(UsageError, match=r"the state at .* is in use: its table \w+ has"):
        brought_back(full, tmp_path / "backup")
    (full.home / "catalog.db").unlink()
    (full.home / "state.db").unlink()
    shutil.rmtree(full.home / "lake")
    brought_back(full, tmp_path / "backup")
    assert content(full) == before


@pytest.mark.parametrize("path", ["state/slices.jsonl.gz", "catalog.jsonl.gz", "objects.jsonl.gz", "lake/landing"])
def test_a_damaged_backup_is_told(backup: Path, other: Lake, path: str) -> None:
    place = backup / path
    file = place if place.is_file() else next(place.rglob("*.json.gz"))
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)
    with pytest.raises(StopError, match=f"{file.name} is damaged"):
        brought_back(other, backup, tables=False)


def test_what_was_not_finished_is_no_backup(backup: Path, other: Lake) -> None:
    (backup / "manifest.json").unlink()
    with pytest.raises(UsageError, match="not finished"):
        brought_back(other, backup)


def test_a_backup_taken_while_collecting_agrees_with_itself(tmp_path: Path) -> None:
    lake = Lake(tmp_path / "home", published(tmp_path / "hours", 5), {"FORGELAKE_LAKE_COMMIT_SLICES": "1"})
    taken: list[Path] = []

    def take(place: Path) -> None:
        saved(lake, place)

    def watch(progress: Progress) -> None:
        if progress.hours_done in (2, 3, 4) and len(taken) < progress.hours_done - 1:
            taken.append(tmp_path / f"backup-{progress.hours_done}")
            threads.append(threading.Thread(target=take, args=(taken[-1],)))
            threads[-1].start()

    threads: list[threading.Thread] = []
    with lake.open() as context:
        collect(context, period(FIRST, hours(5)[-1], context.clock()), watch=watch)
    for thread in threads:
        thread.join()
    shutil.move(lake.home, tmp_path / "former")
    for place in taken:
        brought_back(lake, place)
        _assert_agrees(lake)
        shutil.rmtree(lake.home)


def _assert_agrees(lake: Lake) -> None:
    held = Counter(source for sources in lake.sources().elements() for source in sources)
    received = [row for row in lake.ledger() if str(row.status) == "received"]
    assert received
    # What the ledger says is in the lake is there; a commit that the ledger had not heard of may be there, too.
    assert all(held[f"{row.name}@{row.origin}"] == PER_HOUR for row in received)
    assert lake.go_on("2016-01-01T06:30:00Z").coverage.received == 5
    assert len(lake.rows()) == 5 * PER_HOUR


def test_a_backup_in_a_bucket_comes_back(full: Lake, tmp_path: Path, s3_server: S3Server) -> None:
    before = content(full)
    full.variables |= {
        "FORGELAKE_STORAGE_ENDPOINT": s3_server.endpoint,
        "FORGELAKE_STORAGE_REGION": REGION,
        "FORGELAKE_STORAGE_ACCESS_KEY_ID": ACCESS_KEY_ID,
        "FORGELAKE_STORAGE_SECRET_ACCESS_KEY": SECRET_ACCESS_KEY,
    }
    with full.open() as context:
        target = export_target(context.settings, s3_server.uri("backups/one"))
        back_up(context, target)
        assert read_manifest(target).objects > 0
    shutil.rmtree(full.home)
    restored(load(full.environ, tmp_path), s3_server.uri("backups/one"), tables=True)
    assert content(full) == before
