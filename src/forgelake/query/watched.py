"""A question while DuckDB is at it, seen from another thread: how far it is, and an end to it."""

import contextlib
import threading
from dataclasses import replace
from typing import Final

import duckdb

from forgelake.query.engine import Progress
from forgelake.query.snapshot import Snapshot

COUNTS: Final = "what the query reads, by DuckDB's own count"
_TELLING: Final = ("enable_progress_bar = true", "enable_progress_bar_print = false", "progress_bar_time = 1")


class Watched:
    """A snapshot whose connections are known.

    Attributes:
        snapshot: the same one; what is asked of it is watched.
    """

    def __init__(self, snapshot: Snapshot) -> None:
        self._connect = snapshot.connect
        self._lock = threading.Lock()
        self._connections: list[duckdb.DuckDBPyConnection] = []
        self.snapshot = replace(snapshot, connect=self._noted)

    def interrupt(self) -> None:
        """See ``forgelake.query.engine.Going``."""
        for connection in self._known():
            with contextlib.suppress(duckdb.Error):
                connection.interrupt()

    def progress(self) -> Progress | None:
        """The same; DuckDB does not say it of every query."""
        for connection in reversed(self._known()):
            with contextlib.suppress(duckdb.Error):
                percent = connection.query_progress()
                if percent >= 0:
                    return Progress(percent / 100, COUNTS)
        return None

    def _noted(self) -> duckdb.DuckDBPyConnection:
        connection = self._connect()
        for setting in _TELLING:
            connection.execute(f"SET {setting}")
        with self._lock:
            self._connections.append(connection)
        return connection

    def _known(self) -> list[duckdb.DuckDBPyConnection]:
        with self._lock:
            return list(self._connections)
