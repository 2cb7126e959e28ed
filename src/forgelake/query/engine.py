"""What an engine besides DuckDB is to those who ask: sessions over a snapshot that answer in Arrow."""

from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

import pyarrow as pa

from forgelake.model.period import Period
from forgelake.query.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Progress:
    """How much of the work on a question is done, from 0 to 1, and what that counts, in words."""

    share: float
    counts: str


class Asked(Protocol):
    """SQL in DuckDB's dialect goes in, rows come out; ``forgelake.query.session.Session`` is one."""

    def run(self, sql: str, parameters: Mapping[str, object] | None = None) -> pa.RecordBatchReader:
        """Rows, to be read within the session's block.

        Raises:
            UsageError: the SQL is wrong, took too long, or cannot be translated.
            StopError: the lake's files cannot be read.
        """
        ...


class Going(Protocol):
    """What is at a question, seen from another thread."""

    def interrupt(self) -> None:
        """End what runs now; what has not begun is not reached, so whoever means it says it again."""
        ...

    def progress(self) -> Progress | None:
        """How far the newest question is; None where that is not known."""
        ...


class Engine(Going, Protocol):
    """Runs SQL over a snapshot somewhere else than in this process."""

    def session(
        self,
        snapshot: Snapshot,
        period: Period | None = None,
        *,
        tables: Iterable[str] | None = None,
        eras: Iterable[str] | None = None,
        timeout_seconds: float | None = None,
    ) -> AbstractContextManager[Asked]:
        """The same as ``Snapshot.session``."""
        ...
