"""Data files of a table out, others in, in one commit; and old states of it forgotten."""

import contextlib
import warnings
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta

from pyiceberg.exceptions import CommitFailedException
from pyiceberg.io.pyarrow import parquet_file_to_data_file
from pyiceberg.manifest import DataFile
from pyiceberg.table import Table as IcebergTable

from forgelake.lake.catalog import Catalog, as_uri
from forgelake.lake.columns import Table
from forgelake.lake.transaction import CopyingOnce
from forgelake.storage.objects import Storage

SNAPSHOTS_KEPT = 100
SNAPSHOT_AGE = timedelta(hours=1)


def swap(
    table: IcebergTable, remove: Iterable[DataFile], add: Iterable[str], properties: Mapping[str, str]
) -> IcebergTable:
    """The table after the commit; ``add`` are URIs of files that lie in the storage already.

    Raises:
        CommitFailedException: the table has changed since it was loaded.
    """
    gone, transaction = list(remove), CopyingOnce(table)
    files = [
        parquet_file_to_data_file(io=table.io, table_metadata=table.metadata, file_path=as_uri(uri)) for uri in add
    ]
    update = transaction.update_snapshot(snapshot_properties=dict(properties))
    with update.overwrite() if gone else update.merge_append() as producer:
        for data_file in gone:
            producer.delete_data_file(data_file)
        for data_file in files:
            producer.append_data_file(data_file)
    return transaction.commit_transaction()


def tidy(catalog: Catalog, storage: Storage, declared: Table, committed: IcebergTable) -> None:
    """What is done after a commit: old states are trimmed, and those who know only the folder are told the new one."""
    with contextlib.suppress(CommitFailedException):
        # The rows are in; old states can as well be forgotten by the next commit.
        trim_snapshots(committed)
    # A hint for readers like DuckDB's iceberg_scan.
    current = catalog.table(declared).metadata_location.rpartition("/")[2]
    storage.put(f"{declared.path}/metadata/version-hint.text", current.removesuffix(".metadata.json").encode())


def trim_snapshots(table: IcebergTable) -> None:
    """Forget old snapshots where many have gathered, so that the metadata file stays small."""
    snapshots = table.metadata.snapshots
    if len(snapshots) > SNAPSHOTS_KEPT:
        _forget(table, {s.snapshot_id for s in snapshots[: -SNAPSHOTS_KEPT // 2]}, datetime.now(UTC) - SNAPSHOT_AGE)


def forget_snapshots(table: IcebergTable, limit: datetime) -> None:
    """Forget all snapshots that are older than that, but for the current one."""
    _forget(table, {snapshot.snapshot_id for snapshot in table.metadata.snapshots}, limit)


def _forget(table: IcebergTable, chosen: set[int], limit: datetime) -> None:
    before, current = int(limit.timestamp() * 1000), table.metadata.current_snapshot_id
    old = [s.snapshot_id for s in table.metadata.snapshots if s.snapshot_id in chosen and s.timestamp_ms < before]
    if expired := [identity for identity in old if identity != current]:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            table.maintenance.expire_snapshots().by_ids(expired).commit()
