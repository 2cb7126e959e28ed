"""The catalog: which tables the lake has, where they lie, and what they hold now.

Iceberg tables through pyiceberg. A table's current state is one metadata file; committing is swapping it in the
catalog, so a reader sees a table before a commit or after it, never during.
"""

import contextlib
from collections.abc import Iterable
from typing import Final

from pyiceberg.exceptions import NoSuchTableError, TableAlreadyExistsError
from pyiceberg.table import Table as IcebergTable

from forgelake.lake.catalogs.notes import Note, Notes
from forgelake.lake.catalogs.sql import SqlNotes
from forgelake.lake.columns import Table
from forgelake.lake.commits import COMMIT_LANGUAGES, COMMIT_PACKAGES, COMMITS
from forgelake.lake.contributions import CONTRIBUTIONS
from forgelake.lake.events import EVENTS
from forgelake.lake.rejects import REJECTS
from forgelake.lake.repos import REPO_LANGUAGES, REPO_RELEASES, REPO_SNAPSHOTS, REPO_STATES
from forgelake.lake.rollups import ROLLUPS
from forgelake.lake.stars import STAR_DAYS
from forgelake.lake.topics import TOPIC_COUNTS, TOPIC_REPOS
from forgelake.lake.traffic import TRAFFIC_DAYS, TRAFFIC_PATHS, TRAFFIC_REFERRERS, TRAFFIC_WINDOWS
from forgelake.model.errors import ConfigurationError, UsageError
from forgelake.storage.faults import told_as_ours
from forgelake.storage.objects import Storage
from forgelake.storage.place import S3Options

TABLES: Final = {
    table.name: table
    for table in (
        REPO_SNAPSHOTS, REPO_LANGUAGES, REPO_RELEASES, REPO_STATES, STAR_DAYS, TOPIC_COUNTS, TOPIC_REPOS, TRAFFIC_DAYS,
        TRAFFIC_WINDOWS, TRAFFIC_REFERRERS, TRAFFIC_PATHS, COMMITS, COMMIT_LANGUAGES, COMMIT_PACKAGES,
        CONTRIBUTIONS,
        *(rollup.table for rollup in ROLLUPS), REJECTS, EVENTS,
    )
}  # fmt: skip

PROPERTIES: Final = {
    "format-version": "2",
    # One manifest per commit would make planning slower with every commit.
    "commit.manifest-merge.enabled": "true",
    "commit.manifest.min-count-to-merge": "20",
    "write.metadata.delete-after-commit.enabled": "true",
    "write.metadata.previous-versions-max": "100",
    # A commit that lost a race has to look at the rows again; see `forgelake.lake.commit`.
    "commit.retry.num-retries": "0",
    "write.parquet.compression-codec": "zstd",
}


class Catalog:
    """The lake's tables."""

    def __init__(self, url: str, storage: Storage, s3: S3Options | None = None) -> None:
        """Open the catalog and make what is missing.

        Args:
            url: SQLAlchemy URL of the catalog's database, or ``glue://DATABASE?region=REGION``.
            storage: where the tables' files lie, under ``tables/``.
            s3: how pyiceberg reaches the storage if it is an S3 service.

        Raises:
            ConfigurationError: the database cannot be used, or the storage's place cannot be written as a URI that
                every reader understands.
        """
        _check_place(storage)
        self._storage = storage
        self._notes = _notes(url, _file_properties(s3))

    def table(self, declared: Table) -> IcebergTable:
        """A table as it is now; made if it does not exist.

        Raises:
            ConfigurationError: the storage refuses access.
            RetryError: it cannot be reached.
        """
        identifier, tables = (self._notes.namespace, declared.name), self._notes.tables
        with told_as_ours(self._storage.place, declared.path, "opening"):
            try:
                return _with_every_column(tables.load_table(identifier), declared)
            except NoSuchTableError:
                # Another process may be making it at this moment.
                with contextlib.suppress(TableAlreadyExistsError):
                    tables.create_table(
                        identifier,
                        declared.iceberg_schema(),
                        location=self.location(declared),
                        partition_spec=declared.partition_spec(),
                        properties=_properties(declared),
                    )
                return tables.load_table(identifier)

    def location(self, declared: Table) -> str:
        """Where a table's files lie, as a URI."""
        return as_uri(self._storage.uri(declared.path))

    def metadata_locations(self) -> dict[str, str]:
        """The current metadata file of every table, by name."""
        return {name: self.table(declared).metadata_location for name, declared in TABLES.items()}

    def pointers(self) -> dict[str, str]:
        """What ``metadata_locations`` says, of the tables that exist, without reading any of those files."""
        found = {str(row["table_name"]): str(row["metadata_location"]) for row in self.rows()}
        return {name: location for name, location in found.items() if name in TABLES}

    def rows(self) -> list[dict[str, str | None]]:
        """The tables as the catalog notes them."""
        return self._notes.rows()

    def restore(self, rows: Iterable[Note]) -> None:
        """Note tables in a catalog that knows of none; see ``rows``.

        Raises:
            UsageError: it knows of some.
        """
        if known := [str(row["table_name"]) for row in self.rows()]:
            message = (
                f"the catalog is in use: it knows of {', '.join(known)}; restore into an empty one, see catalog.url"
            )
            raise UsageError(message)
        self._notes.add(rows)

    def close(self) -> None:
        """Let go of whoever keeps it."""
        self._notes.close()


def _with_every_column(table: IcebergTable, declared: Table) -> IcebergTable:
    """A table that an older forgelake made gets the columns that were declared since."""
    if len(table.schema().fields) < len(declared.columns):
        with table.update_schema() as change:
            change.union_by_name(declared.iceberg_schema())
    return table


def as_uri(place: str) -> str:
    """A local path as ``file://`` URI; other places as they are."""
    return f"file://{place}" if place.startswith("/") else place


def _properties(declared: Table) -> dict[str, str]:
    """A table's properties: bounds are noted of the columns that rows are sorted by: no others spare a file."""
    bounded = {declared.day_column, *declared.sort}
    metrics = {f"write.metadata.metrics.column.{name}": "truncate(16)" for name in sorted(bounded)}
    return {**PROPERTIES, "write.metadata.metrics.default": "none", **metrics}


def _notes(url: str, files: dict[str, str]) -> Notes:
    if not url.startswith("glue://"):
        return SqlNotes(url, files)
    try:
        from forgelake.lake.catalogs.glue import GlueNotes
    except ModuleNotFoundError as error:
        message = 'a catalog in AWS Glue (catalog.url) needs the AWS client; install "forgelake[aws]"'
        raise ConfigurationError(message) from error
    return GlueNotes(url, files)


def _check_place(storage: Storage) -> None:
    """Readers cut a table's address at these signs, and would look, or write, somewhere else."""
    root = storage.place.root
    if "#" in root or "?" in root:
        message = f'the lake cannot be in "{root}": an address must not hold # or ?; name another place in storage.uri'
        raise ConfigurationError(message)


def _file_properties(s3: S3Options | None) -> dict[str, str]:
    if s3 is None:
        return {}
    given = {
        "s3.endpoint": s3.endpoint,
        "s3.region": s3.region,
        "s3.access-key-id": s3.access_key_id,
        "s3.secret-access-key": s3.secret_access_key,
        "s3.session-token": s3.session_token,
    }
    return {key: value for key, value in given.items() if value}
