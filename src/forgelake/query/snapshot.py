"""The lake as it was at one moment: every question put to a snapshot is answered from the same files and ledger."""

import hashlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from forgelake.lake.events import EVENTS
from forgelake.model.hours import Hour
from forgelake.model.period import Period
from forgelake.query.bots import BOTS_TABLE, bots_table
from forgelake.query.coverage import MOST_OFF, HourCoverage, between
from forgelake.query.days import STILL_TOLD, DayCoverage, about, daily, told
from forgelake.query.files import TableFiles
from forgelake.query.held import Held
from forgelake.query.memory import Memory
from forgelake.query.private import Visibility
from forgelake.query.rollups import Cover
from forgelake.query.session import Limits, Session, running
from forgelake.query.state_tables import held_copies, ledger_rows
from forgelake.query.views import create_held, create_view
from forgelake.sources.gharchive import SOURCE
from forgelake.state.ledger_rows import LedgerRow
from forgelake.state.tracked import TrackedRow, meant


@dataclass(frozen=True)
class Snapshot:
    """Tables and ledger of one moment. Files are immutable, so it stays readable while the lake goes on.

    Attributes:
        id: the same for the same state of the lake, in any process; a strong mark for caches.
        taken_at: when it was first seen.
        tables: the files of every Iceberg table, by the table's name.
        slices: the ledger.
        runs: reads all runs when asked.
        visibility: what may be shown of repositories; None for everything.
        held: tables in memory that stand for files; see ``query.narrow``.
        locations: the metadata file of every table that anything was committed to, by the table's name.
        tracked: what is collected every day, and since when.
        connect: a new connection to the DuckDB that the lake's queries share.
        memory: what was worked out of the ledger and the files of this state.
    """

    id: str
    taken_at: datetime
    tables: Mapping[str, TableFiles]
    slices: pa.Table
    runs: Callable[[], pa.Table]
    connect: Callable[[], duckdb.DuckDBPyConnection]
    limits: Limits
    tracked: tuple[TrackedRow, ...] = ()
    visibility: Visibility | None = None
    locations: Mapping[str, str] = field(default_factory=dict)
    held: Held | None = None
    memory: Memory = field(default_factory=Memory, repr=False, compare=False)

    @property
    def table_names(self) -> tuple[str, ...]:
        """Everything that SQL can read."""
        return (*self.tables, "slices", "runs", BOTS_TABLE)

    @contextmanager
    def session(
        self,
        period: Period | None = None,
        *,
        tables: Iterable[str] | None = None,
        eras: Iterable[str] | None = None,
        cover: Cover | None = None,
        timeout_seconds: float | None = None,
    ) -> Iterator[Session]:
        """SQL over this state; sessions of several threads may run at the same time.

        Args:
            period: only the files of the days that it reaches into are there to be read.
            tables: only these tables; all if left out.
            eras: only events of these eras.
            cover: events as rollups hold them, instead of one by one.
            timeout_seconds: for one query, 0 for no end; the lake's own if left out.
        """
        timeout = self.limits.timeout_seconds if timeout_seconds is None else timeout_seconds
        # A view over all of the period's events only to be replaced would cost more than the answer.
        wanted = set(self.table_names if tables is None else tables) - ({EVENTS.name} if cover else set())
        lent = self.held.lent() if self.held and eras is None and self.holds(*wanted) else None
        with (
            lent or closing(self.connect()) as connection,
            running(Session(connection, self.table_names, timeout)) as opened,
        ):
            if lent is None:
                self.prepare(connection, period, tables=wanted, eras=eras)
            if cover is not None:
                connection.execute(f"CREATE OR REPLACE TEMP VIEW events AS {cover.sql(eras)}")
            yield opened

    def holds(self, *names: str) -> bool:
        """Whether some tables are in memory."""
        return self.held is not None and self.held.tables.keys() >= set(names)

    def prepare(
        self,
        connection: duckdb.DuckDBPyConnection,
        period: Period | None = None,
        *,
        tables: Iterable[str] | None = None,
        eras: Iterable[str] | None = None,
    ) -> None:
        """Make the tables on a connection of the caller's own, as temporary views."""
        wanted = set(self.table_names if tables is None else tables)
        held = self.held.tables if self.held else {}
        for name in wanted & held.keys():
            create_held(connection, name, held[name], eras)
        wanted -= held.keys()
        for name, planned in self.tables.items():
            if name in wanted:
                paths = [file.path for file in planned.within(period)]
                create_view(connection, planned.table, paths, eras, self.visibility)
        made = {"slices": lambda: self.slices, "runs": self.runs, BOTS_TABLE: bots_table}
        for name, make in made.items():
            if name in wanted:
                connection.register(name, make())

    def ledger(self, source: str, period: Period) -> list[LedgerRow]:
        """What ``Ledger.rows`` said at that moment: slices that begin within the period, by start and origin."""
        return ledger_rows(self._begun(source, period))

    def called(self, source: str, begin: str) -> pa.Table:
        """What the ledger said of the slices of a source whose names begin so."""
        of_source = pc.equal(self.slices["source"], source)
        return self.slices.filter(pc.and_(of_source, pc.starts_with(self.slices["name"], begin)))

    def hours(self, period: Period, now: datetime) -> Sequence[HourCoverage]:
        """The archive hours of a period, each with what became of it."""

        def found() -> tuple[HourCoverage, ...]:
            held = held_copies(self._begun(SOURCE, Period(period.start - MOST_OFF, period.end)))
            return tuple(between(held, period, now))

        return self.memory.known(("hours", period, Hour.containing(now)), found)

    def _begun(self, source: str, period: Period) -> pa.Table:
        start = self.slices["start"]
        within = pc.and_(pc.greater_equal(start, period.start), pc.less(start, period.end))
        found = self.slices.filter(pc.and_(pc.equal(self.slices["source"], source), within))
        return found.sort_by([(name, "ascending") for name in ("start", "origin", "name")])

    def repo_ids(self, names: Iterable[str]) -> list[int]:
        """The repositories that some names stand for, whenever they were called so; unknown names stand for none."""
        return sorted(int(subject) for subject in meant(self.tracked, names) if subject.isdecimal())

    def days(
        self, tables: Iterable[str], period: Period, now: datetime, names: Collection[str] = ()
    ) -> list[DayCoverage]:
        """The days of a period that some tables of one kind of daily slices ought to have, and what became of each.

        Args:
            names: only the days of these subjects, by any of their names; of all if none is named.
        """
        declared = [self.tables[name].table for name in tables if name in self.tables]
        kind = next((table.slices for table in declared if table.slices), "")
        late = min((STILL_TOLD.get(table.name, timedelta()) for table in declared if table.slices), default=timedelta())
        slices = self.memory.known(("told", kind, period, late), lambda: told(self.slices, kind, period, late))
        return daily(about(self.tracked, kind, names), slices, period, now, late)


def identity(parts: Iterable[str]) -> str:
    """A snapshot's id from what makes it what it is."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]
