"""Removing files that no state of a table names any more: of old states, of compacted days, of runs that died.

A file goes only when it is older than a time of grace. Until then a reader may be at it, or the run that wrote it may
not have committed it yet.
"""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from pyiceberg.exceptions import CommitFailedException
from pyiceberg.manifest import ManifestFile
from pyiceberg.table import Table as IcebergTable

from forgelake.lake.catalog import Catalog
from forgelake.lake.columns import Table
from forgelake.lake.swap import forget_snapshots
from forgelake.storage.faults import told_as_ours
from forgelake.storage.objects import Storage

_HINT = "version-hint.text"


@dataclass(frozen=True, slots=True)
class Swept:
    """How many files were removed below a table's place, and their bytes."""

    table: str
    files: int
    bytes: int


def sweep(catalog: Catalog, storage: Storage, declared: Table, limit: datetime) -> Swept:
    """Forget a table's states from before ``limit``, and remove files from before it that no other state names.

    Raises:
        RetryError: the storage cannot be reached.
    """
    with told_as_ours(storage.place, declared.path, "sweeping"):
        with contextlib.suppress(CommitFailedException):
            # Somebody else commits just now; what is still named then goes the next time.
            forget_snapshots(catalog.table(declared), limit)
        # Listed first: what is committed while the files are listed is not taken for unused.
        old = [info for info in storage.list(declared.path) if info.modified < limit]
        named = {storage.path(uri) for uri in named_files(catalog.table(declared))}
        unused = [info for info in old if info.path not in named and not info.path.endswith(_HINT)]
        for info in unused:
            storage.delete(info.path)
    return Swept(declared.name, len(unused), sum(info.size for info in unused))


def named_files(table: IcebergTable) -> Iterator[str]:
    """Every file that some state of the table needs."""
    yield table.metadata_location
    yield from (entry.metadata_file for entry in table.metadata.metadata_log)
    manifests: dict[str, ManifestFile] = {}
    for snapshot in table.metadata.snapshots:
        yield snapshot.manifest_list
        manifests |= {manifest.manifest_path: manifest for manifest in snapshot.manifests(table.io)}
    for path, manifest in manifests.items():
        yield path
        yield from (entry.data_file.file_path for entry in manifest.fetch_manifest_entry(table.io))
