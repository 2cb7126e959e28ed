"""What a pipeline works with, put together once by `forgelake.app`."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

import duckdb

from forgelake.engines.duckdb import EXTENSIONS
from forgelake.lake.catalog import Catalog
from forgelake.lake.landing import Landing
from forgelake.lake.merge import MERGE_EXTENSIONS
from forgelake.query.lake import Lake
from forgelake.settings.root import Settings
from forgelake.sources.gharchive.origins import Origin
from forgelake.state.database import State
from forgelake.storage.objects import Storage
from forgelake.storage.place import S3Options
from forgelake.transport.client import HttpOptions


class Connect(Protocol):
    """Makes a DuckDB connection as the settings want it; loading an extension takes a tenth of a second."""

    def __call__(self, *, extensions: tuple[str, ...] = EXTENSIONS) -> duckdb.DuckDBPyConnection: ...


@dataclass(frozen=True, slots=True)
class Context:
    """Settings and the places that they name, opened.

    Attributes:
        clock: decides what is due; may be fixed by ``FORGELAKE_NOW``. Leases go by the real clock.
        scratch: a local folder for files on their way.
        lake: what is committed, for reading.
        kept_token: the token for GitHub that the vault keeps under a name.
    """

    settings: Settings
    state: State
    storage: Storage
    s3: S3Options | None
    catalog: Catalog
    landing: Landing
    origins: tuple[Origin, ...]
    http: HttpOptions
    clock: Callable[[], datetime]
    scratch: Path
    connect: Connect
    lake: Lake
    kept_token: Callable[[str], str]

    def connect_to_merge(self) -> duckdb.DuckDBPyConnection:
        """A DuckDB connection with no more than merging needs."""
        return self.connect(extensions=MERGE_EXTENSIONS)
