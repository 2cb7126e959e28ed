"""The data files of some days, in a table or on their way into it."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from pyiceberg.conversions import from_bytes
from pyiceberg.expressions import And, GreaterThanOrEqual, LessThan
from pyiceberg.manifest import DataFile
from pyiceberg.table import Table as IcebergTable
from pyiceberg.types import TimestamptzType

from forgelake.lake.columns import Table
from forgelake.storage.faults import told_as_ours
from forgelake.storage.place import Place

_DAY_MICROS = 86_400_000_000


@dataclass(frozen=True, slots=True)
class Piece:
    """A file of one day, in the table or staged, with the span of its day column in microseconds."""

    uri: str
    first: int
    last: int
    data_file: DataFile | None = None

    def meets(self, other: "Piece") -> bool:
        """Whether both may hold the same event; files of one attempt at a slice never do."""
        apart = self.uri.rpartition("-")[0] != other.uri.rpartition("-")[0]
        return apart and self.first <= other.last and other.first <= self.last


def existing(place: Place, table: IcebergTable, declared: Table, days: Iterable[date]) -> dict[date, list[Piece]]:
    """The data files of some days.

    Raises:
        RetryError: the storage, which is at that place, cannot be reached.
    """
    wanted = set(days)
    first, last = min(wanted), max(wanted) + timedelta(days=1)
    column = declared.day_column
    field = table.schema().find_field(column)
    midnight = "T00:00:00+00:00" if isinstance(field.field_type, TimestamptzType) else ""
    window = And(
        GreaterThanOrEqual(term=column, value=f"{first}{midnight}"), LessThan(term=column, value=f"{last}{midnight}")
    )
    found: dict[date, list[Piece]] = defaultdict(list)
    with told_as_ours(place, declared.path, "reading the files of"):
        tasks = list(table.scan(row_filter=window).plan_files())
    for task in tasks:
        low, high = (
            from_bytes(field.field_type, bounds[field.field_id]) * (1 if midnight else _DAY_MICROS)
            for bounds in (task.file.lower_bounds, task.file.upper_bounds)
        )
        day = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=low)).date()
        found[day].append(Piece(task.file.file_path.removeprefix("file://"), low, high, task.file))
    return found


def micros(instant: datetime) -> int:
    """Microseconds since 1970."""
    return (instant - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
