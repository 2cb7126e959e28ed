"""From events to sorted, distinct rows under their UTC days, bounded in memory.

Rows are gathered by type in Arrow, which is many times smaller than the objects they came from. When a
part is full it is sorted and handed on; a slice of any size is a sequence of parts.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from forgelake.lake.events import EVENTS
from forgelake.normalise.facets import common, repeated, typed
from forgelake.normalise.wire import FULL, TRIMMED, Event

SCHEMA = EVENTS.arrow_schema()
_DAY_US = 86_400_000_000
_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class DayRows:
    """Sorted rows of one UTC day, with the earliest and latest ``created_at``."""

    day: date
    rows: pa.Table
    first: datetime
    last: datetime


@dataclass(frozen=True, slots=True)
class Gathered:
    """Some events as columns.

    Attributes:
        common: the columns that every event has, a row per event.
        typed: per event type, the rows in ``common`` and the columns that only events of that type fill.
    """

    common: pa.Table
    typed: list[tuple[str, np.ndarray, pa.Table]]


def gather(events: list[Event]) -> Gathered:
    """Events as columns. The fewer events at once, the likelier they are still in the processor's cache.

    Raises:
        pa.ArrowInvalid, pa.ArrowTypeError, ValueError, OverflowError: a value does not fit its column.
    """
    parts: list[tuple[str, np.ndarray, pa.Table]] = []
    for (type_, era), rows in _groups(events):
        arrays = typed(type_, [events[row] for row in rows.tolist()], modern=era in (FULL, TRIMMED))
        arrays |= {"type": repeated(type_, len(rows)), "era": repeated(era, len(rows))}
        parts.append((type_, rows, pa.table(arrays)))
    return Gathered(pa.table(common(events)), parts)


def _groups(events: list[Event]) -> Iterator[tuple[tuple[str, str], np.ndarray]]:
    """The rows of each type and era."""
    kinds = [(event.type or "", event.era) for event in events]
    numbers = {kind: number for number, kind in enumerate(sorted(set(kinds)))}
    of_rows = np.fromiter(map(numbers.__getitem__, kinds), np.int16, len(kinds))
    for kind, number in numbers.items():
        yield kind, np.flatnonzero(of_rows == number)


class Part:
    """Rows gathered until there are enough of them to be written.

    Attributes:
        nbytes: memory that they take.
        has_copies: whether events seem to have come more than once, in this part or together with earlier ones.
    """

    def __init__(self) -> None:
        self.nbytes = 0
        self.has_copies = False
        self._seen: list[np.ndarray] = []
        self._rows = 0
        self._common: list[pa.Table] = []
        self._typed: dict[str, list[tuple[np.ndarray, pa.Table]]] = defaultdict(list)

    def add(self, gathered: Gathered) -> None:
        """Take in the columns of some events."""
        for type_, rows, table in gathered.typed:
            self._typed[type_].append((rows + self._rows, table))
            self.nbytes += table.get_total_buffer_size()
        self._common.append(gathered.common)
        self._rows += len(gathered.common)
        self.nbytes += gathered.common.get_total_buffer_size()

    def days(self, source: str) -> Iterator[DayRows]:
        """All rows gathered, day by day, sorted by type, repository id and time; they are forgotten."""
        if not self._rows:
            return
        table = _widened(self._sorted(), source)
        for day, rows in _by_day(table):
            span = pc.min_max(rows["created_at"]).as_py()
            yield DayRows(_EPOCH + timedelta(days=day), rows, span["min"].astimezone(UTC), span["max"].astimezone(UTC))

    def _sorted(self) -> pa.Table:
        everything = pa.concat_tables(self._common, promote_options="default").combine_chunks()
        self._note_copies(_keys(everything))
        created, repos = _numbers(everything, "created_at"), _numbers(everything, "repo_id")
        orders: list[np.ndarray] = []
        tables: list[pa.Table] = []
        for type_ in sorted(self._typed):
            parts = self._typed[type_]
            rows = np.concatenate([rows for rows, _ in parts])
            order = np.lexsort((created[rows], repos[rows]))
            orders.append(rows[order])
            tables.append(pa.concat_tables([table for _, table in parts], promote_options="default").take(order))
        self._common.clear()
        self._typed.clear()
        self._rows = self.nbytes = 0
        narrow = pa.concat_tables(tables, promote_options="default")
        everything = everything.take(np.concatenate(orders))
        for name in narrow.column_names:
            everything = everything.append_column(name, narrow[name])
        return everything

    def _note_copies(self, keys: np.ndarray) -> None:
        """Eight bytes an event are kept to know copies by, whatever part they come in."""
        if not self.has_copies:
            self.has_copies = len(np.unique(keys)) < len(keys) or any(np.isin(keys, seen).any() for seen in self._seen)
            self._seen.append(keys)


def _numbers(table: pa.Table, name: str) -> np.ndarray:
    return table[name].combine_chunks().cast(pa.int64()).fill_null(0).to_numpy(zero_copy_only=False)


def _keys(table: pa.Table) -> np.ndarray:
    """A number per event that differs for nearly all that differ, and never for copies of one."""
    keys = _numbers(table, "id")
    if "fingerprint" in table.column_names:
        keys = keys ^ _numbers(table, "fingerprint")
    # Ids restarted and repeat, at other times.
    return keys * 1_000_003 ^ _numbers(table, "created_at")


def _by_day(group: pa.Table) -> Iterator[tuple[int, pa.Table]]:
    days = _numbers(group, "created_at") // _DAY_US
    if days.min() == days.max():
        yield int(days[0]), group
        return
    for day in np.unique(days):
        yield int(day), group.filter(pa.array(days == day))


def _widened(rows: pa.Table, source: str) -> pa.Table:
    """Rows with all columns of the table, NULL where the group has none."""
    count = len(rows)
    offsets = pa.array(np.arange(count + 1, dtype=np.int32))
    sources = pa.ListArray.from_arrays(offsets, repeated(source, count), type=SCHEMA.field("sources").type)
    names = set(rows.column_names)
    # Arrays are never changed, so columns of one type can share their NULLs.
    nulls = {kind: pa.nulls(count, kind) for kind in {field.type for field in SCHEMA}}
    columns = [
        sources if field.name == "sources" else rows[field.name] if field.name in names else nulls[field.type]
        for field in SCHEMA
    ]
    return pa.Table.from_arrays(columns, schema=SCHEMA)
