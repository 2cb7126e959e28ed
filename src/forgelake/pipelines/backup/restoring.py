"""Bringing a lake back, into places that hold nothing yet. Everything is checked against the manifest on the way."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from forgelake.lake.catalog import Catalog, as_uri
from forgelake.model.errors import UsageError
from forgelake.pipelines.backup.manifest import CATALOG, OBJECTS, Manifest, Saved, get_rows, read_manifest
from forgelake.pipelines.backup.objects import bring_back
from forgelake.state.connection import Database
from forgelake.state.rows import restore as restore_rows
from forgelake.state.runs import RunStatus
from forgelake.storage.objects import Storage

_TABLES = "tables/"


def bring_lake_back(
    source: Storage, storage: Storage, database: Database, catalog: Catalog, scratch: Path, *, tables: bool = True
) -> Manifest:
    """Restore a backup: objects first, then the catalog, then the state, which is what makes the lake one.

    Args:
        tables: whether the tables come back as they were; if not, they are made again by ``forgelake rebuild``.

    Raises:
        UsageError: it is no backup, something is in the way, or the tables would not find their files.
        StopError: the backup is damaged.
    """
    manifest = read_manifest(source)
    files = {one.path: one for one in manifest.files}
    _check_place(manifest, storage, tables=tables)
    objects = [Saved(*row) for row in get_rows(source, files[OBJECTS])]
    noted: list[dict[str, Any]] = list(get_rows(source, files[CATALOG]))
    # Read whole and checked before anything is written.
    states = {name: list(get_rows(source, saved)) for name, saved in _state_files(manifest)}
    if manifest.copied:
        _check_empty(storage)
        wanted = [one for one in objects if tables or not one.path.startswith(_TABLES)]
        for _ in bring_back(source, storage, wanted, scratch):
            pass
    if tables:
        catalog.restore(noted)
    states["runs"] = [_ended(row) for row in states["runs"]]
    restore_rows(database, manifest.state_version, states.items())
    return manifest


def _state_files(manifest: Manifest) -> Iterator[tuple[str, Saved]]:
    for saved in manifest.files:
        if saved.path.startswith("state/"):
            yield saved.path.removeprefix("state/").removesuffix(".jsonl.gz"), saved


def _ended(run: dict[str, Any]) -> dict[str, Any]:
    """A run that was at work when the backup was taken, the one that took it included, goes on nowhere."""
    if run["status"] != RunStatus.RUNNING:
        return run
    told = "it was at work when the backup was taken from which this lake was restored"
    return {**run, "status": str(RunStatus.INTERRUPTED), "finished_at": run["heartbeat_at"], "error": told}


def _check_place(manifest: Manifest, storage: Storage, *, tables: bool) -> None:
    """The files of Iceberg tables name each other by their whole address."""
    place = as_uri(storage.place.root)
    if tables and place != manifest.storage:
        message = (
            f"the tables of this backup name their files by {manifest.storage}, and this lake is in {place}; "
            "set storage.uri to that place, or restore --without-tables and then run: forgelake rebuild"
        )
        raise UsageError(message)
    if not tables and not manifest.copied and place != manifest.storage:
        message = f"this backup only names its objects, which are in {manifest.storage}; set storage.uri to that place"
        raise UsageError(message)


def _check_empty(storage: Storage) -> None:
    present = next(storage.list(), None)
    if present is not None:
        message = f"{storage.place.shown} is in use: it holds {present.path}; restore into an empty place"
        raise UsageError(message)
