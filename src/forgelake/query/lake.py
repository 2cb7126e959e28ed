"""The door to the lake for everything that reads it: one DuckDB, and the current snapshot."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property

import duckdb
import pyarrow as pa

from forgelake.lake.catalog import TABLES, Catalog
from forgelake.model.period import Period
from forgelake.query.coverage import MOST_OFF
from forgelake.query.files import Planner
from forgelake.query.private import Visibility, mark
from forgelake.query.session import Limits
from forgelake.query.snapshot import Snapshot, identity
from forgelake.query.state_tables import runs_table, slices_table, updated
from forgelake.sources.gharchive import SOURCE
from forgelake.state.database import State


@dataclass(frozen=True, slots=True)
class _Seen:
    """A snapshot, what it was known by, when the lake was last found to be so, and the whole ledger at a version."""

    mark: tuple[str, str, dict[str, str]]
    snapshot: Snapshot
    looked: float
    version: int
    slices: pa.Table


class Lake:
    """Reads the lake for many threads. Nothing is opened before the first question."""

    def __init__(
        self,
        catalog: Catalog,
        state: State,
        connect: Callable[[], duckdb.DuckDBPyConnection],
        clock: Callable[[], datetime],
        limits: Limits | None = None,
        *,
        private: bool = True,
    ) -> None:
        """Read a lake.

        Args:
            catalog, state: where tables and ledger are.
            connect: how to get a DuckDB connection.
            clock: decides what is due.
            private: whether private repositories are shown.
        """
        self.clock = clock
        self.limits = limits or Limits()
        self._private = private
        self._catalog = catalog
        self._state = state
        self._open = connect
        self._planner = Planner()
        self._lock = threading.Lock()
        self._opening = threading.Lock()
        self._seen: _Seen | None = None
        self._asked = False

    def now(self, max_age: float = 1.0) -> Snapshot:
        """The current snapshot, the same object while nothing changes.

        Args:
            max_age: seconds for which the lake is not looked at again. While one thread looks, the others go on with
                what was seen last.

        Raises:
            RetryError: storage or database cannot be reached.
        """
        seen = self._seen
        if seen is not None and (seen.looked + max_age > time.monotonic() or self._lock.locked()):
            return seen.snapshot
        with self._lock:
            if self._seen is None or self._seen is seen or max_age == 0:
                self._seen = self._look(self._seen)
            return self._seen.snapshot

    def about_hours(self, period: Period) -> Snapshot:
        """A snapshot for one question about the events of a period: its ledger may hold nothing but those hours.

        So that a command that asks once does not read the ledger of the whole archive; who asks again gets ``now``.
        """
        if self._asked or self._seen is not None:
            return self.now()
        self._asked = True
        bookmark = str(self._state.bookmarks.get(SOURCE))
        changes = self._state.ledger.changes(period=(SOURCE, period.start - MOST_OFF, period.end))
        return self._made(str(changes.version), bookmark, slices_table(changes.rows))[0]

    def shown(self, *, private: bool) -> "Lake":
        """The same lake for others, with private repositories or without; it is closed on its own."""
        return Lake(self._catalog, self._state, self._open, self.clock, self.limits, private=private)

    def close(self) -> None:
        """Let go of DuckDB."""
        with self._opening:
            if "_shared" in self.__dict__:
                self._shared.close()
                del self.__dict__["_shared"]

    def connect(self) -> duckdb.DuckDBPyConnection:
        """A connection to the DuckDB that all sessions share: what one has read of a file is there for the next."""
        with self._opening:
            return self._shared.cursor()

    def _look(self, seen: "_Seen | None") -> "_Seen":
        # The ledger first: a slice is committed before the ledger says so, so what it says is in the tables.
        version = str(self._state.ledger.version())
        bookmark = str(self._state.bookmarks.get(SOURCE))
        looked = time.monotonic()
        if seen is not None and seen.mark == (version, bookmark, self._catalog.pointers()):
            return replace(seen, looked=looked)
        changes = self._state.ledger.changes(seen.version if seen else None)
        slices = slices_table(changes.rows)
        if seen is not None and not changes.whole:
            slices = updated(seen.slices, slices)
        snapshot, locations = self._made(str(changes.version), bookmark, slices)
        return _Seen((str(changes.version), bookmark, locations), snapshot, looked, changes.version, slices)

    def _made(self, version: str, bookmark: str, slices: pa.Table) -> tuple[Snapshot, dict[str, str]]:
        """A snapshot with the tables as they are now, and where their metadata lies."""
        tracked = tuple(self._state.tracked.all_rows())
        visibility = None if self._private else Visibility(self._state.repos.public_ids(), self._state.repos.hidden())
        if visibility is not None:
            slices, tracked = visibility.slices(slices), visibility.tracked(tracked)
        # A table that nothing was ever committed to need not exist.
        loaded = {name: self._catalog.table(TABLES[name]) for name in sorted(self._catalog.pointers())}
        locations = {name: table.metadata_location for name, table in loaded.items()}
        # With something hidden an answer is another one, though the tables are the same.
        hidden = [mark(visibility)] if visibility is not None and visibility.hidden else []
        places = (f"{name}={place}" for name, place in sorted(locations.items()))
        snapshot = Snapshot(
            id=identity([version, bookmark, *places, *hidden]),
            taken_at=self.clock(),
            tables={name: self._planner.plan(one, loaded.get(name)) for name, one in TABLES.items()},
            slices=slices,
            runs=lambda: runs_table(self._state.runs.all_rows()),
            connect=self.connect,
            limits=self.limits,
            tracked=tracked,
            visibility=visibility,
            locations=locations,
        )
        return snapshot, locations

    @cached_property
    def _shared(self) -> duckdb.DuckDBPyConnection:
        connection = self._open()
        connection.execute("SET GLOBAL TimeZone = 'UTC'")
        # Data files never change, so what is known of one stays true.
        connection.execute("SET GLOBAL parquet_metadata_cache = true")
        if self.limits.memory_mb:
            connection.execute(f"SET memory_limit = '{self.limits.memory_mb}MB'")
        if self.limits.threads:
            connection.execute(f"SET threads = {self.limits.threads}")
        return connection
