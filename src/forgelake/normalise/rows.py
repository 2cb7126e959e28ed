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
from forgelake.normalise.decode import FULL, TRIMMED
from forgelake.normalise.facets import Arrays, common, created, repeated, typed
from forgelake.normalise.wire import Event

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


def tables(events: list[Event]) -> dict[str, pa.Table]:
    """Events as one narrow table per type (and form), only with the columns that they fill.

    Raises:
        pa.ArrowInvalid, ValueError, OverflowError: a value does not fit its column.
    """
    groups: dict[tuple[str, str], list[Event]] = defaultdict(list)
    for event in events:
        groups[event.type or "", event.era].append(event)
    return {f"{type_} {era}": _table(type_, era, group) for (type_, era), group in groups.items()}


def _table(type_: str, era: str, group: list[Event]) -> pa.Table:
    arrays: Arrays = {
        "type": repeated(type_, len(group)),
        "era": repeated(era, len(group)),
        "created_at": created([event.created_at for event in group]),
    }
    arrays |= common(group)
    arrays |= typed(type_, group, modern=era in (FULL, TRIMMED))
    return pa.table(arrays)


class Part:
    """Rows gathered until there are enough of them to be written.

    Attributes:
        nbytes: memory that they take.
        has_copies: whether events seem to have come more than once, in this part or together with earlier ones.
    """

    def __init__(self) -> None:
        self.nbytes = 0
        self.has_copies = False
        self._seen: dict[str, list[np.ndarray]] = defaultdict(list)
        self._groups: dict[str, list[pa.Table]] = defaultdict(list)

    def add(self, groups: dict[str, pa.Table]) -> None:
        """Take in the tables of one block."""
        for name, table in groups.items():
            # All forms of a type together, as they are sorted and compared.
            self._groups[name.rpartition(" ")[0]].append(table)
            self.nbytes += table.nbytes

    def days(self, source: str) -> Iterator[DayRows]:
        """All rows gathered, day by day, sorted by type, repository id and time; they are forgotten."""
        days: dict[int, list[pa.Table]] = defaultdict(list)
        for name in sorted(self._groups):
            group = pa.concat_tables(self._groups.pop(name), promote_options="default")
            self._note_copies(name, _keys(group))
            group = group.take(np.lexsort((_numbers(group, "created_at"), _numbers(group, "repo_id"))))
            for day, rows in _by_day(group):
                days[day].append(rows)
        self.nbytes = 0
        for day, tables_ in sorted(days.items()):
            rows = _widened(pa.concat_tables(tables_, promote_options="default"), source)
            span = pc.min_max(rows["created_at"]).as_py()
            yield DayRows(_EPOCH + timedelta(days=day), rows, span["min"].astimezone(UTC), span["max"].astimezone(UTC))

    def _note_copies(self, name: str, keys: np.ndarray) -> None:
        """Eight bytes an event are kept to know copies by, whatever part they come in."""
        if not self.has_copies:
            seen = self._seen[name]
            self.has_copies = len(np.unique(keys)) < len(keys) or any(np.isin(keys, other).any() for other in seen)
            seen.append(keys)


def _numbers(table: pa.Table, name: str) -> np.ndarray:
    return table[name].combine_chunks().cast(pa.int64()).fill_null(0).to_numpy(zero_copy_only=False)


def _keys(group: pa.Table) -> np.ndarray:
    """A number per event that differs for nearly all that differ, and never for copies of one."""
    keys = _numbers(group, "id")
    if "fingerprint" in group.column_names:
        keys = keys ^ _numbers(group, "fingerprint")
    # Ids restarted and repeat, at other times.
    return keys * 1_000_003 ^ _numbers(group, "created_at")


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
