"""Saving a lake: state and catalog as they were at one instant, then the objects that they name.

Nothing is committed while the rows are read, so state and catalog agree. Objects are never changed, so they can be
copied afterwards, while collecting goes on; what comes in meanwhile may be in the backup, and nothing needs it.
"""

from datetime import UTC, datetime

from forgelake import __version__
from forgelake.lake.catalog import as_uri
from forgelake.model.errors import UsageError
from forgelake.pipelines.backup.manifest import CATALOG, FORMAT, MANIFEST, OBJECTS, Manifest, Saved, put_rows
from forgelake.pipelines.backup.objects import save
from forgelake.pipelines.commit_loop import COMMIT_LOCK, LOCK_TTL_SECONDS, LOCK_WAIT_SECONDS
from forgelake.pipelines.context import Context
from forgelake.pipelines.record import recorded
from forgelake.state.migrating import HEAD
from forgelake.storage.objects import Storage

JOB = "backup"


def back_up(context: Context, target: Storage, *, copy: bool = True) -> Manifest:
    """Write a backup.

    Args:
        target: where to; it must hold no backup yet.
        copy: whether the lake's objects are copied, or only named.

    Raises:
        UsageError: there is a backup already.
        RetryError: a commit took too long, or a place cannot be reached.
    """
    if target.exists(MANIFEST):
        message = f"there is a backup in {target.place.shown} already; name another place"
        raise UsageError(message)
    with recorded(context, JOB, {"to": target.place.shown, "copy": copy}) as record:
        with context.state.leases.lock(COMMIT_LOCK, record.owner, LOCK_TTL_SECONDS, LOCK_WAIT_SECONDS):
            taken_at = datetime.now(UTC)
            files = [put_rows(target, f"state/{name}.jsonl.gz", rows) for name, rows in context.state.rows.read()]
            files.append(put_rows(target, CATALOG, context.catalog.rows()))
        listed = [Saved(info.path, info.size, "") for info in context.storage.list()]
        paths = sorted(one.path for one in listed)
        objects = list(save(context.storage, target, paths, context.scratch)) if copy else listed
        files.append(put_rows(target, OBJECTS, ([one.path, one.size, one.sha256] for one in objects)))
        total = sum(one.size for one in objects)
        manifest = Manifest(
            FORMAT, __version__, HEAD, taken_at, place_of(context), len(objects), total, copy, tuple(files)
        )
        target.put(MANIFEST, manifest.to_json())
    return manifest


def place_of(context: Context) -> str:
    """Where the lake's objects are, as a URI."""
    return as_uri(context.storage.place.root)
