"""How a table of the lake is declared: columns with type, unit, meaning and eras.

The declaration is the single source for the Iceberg schema, the Arrow schema, `forgelake tables` and
the reference page, so that none of them can disagree.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

import pyarrow as pa
from pyiceberg.partitioning import PartitionField, PartitionSpec
from pyiceberg.schema import Schema
from pyiceberg.transforms import DayTransform, MonthTransform
from pyiceberg.types import (
    BinaryType,
    BooleanType,
    DateType,
    IcebergType,
    ListType,
    LongType,
    NestedField,
    StringType,
    TimestamptzType,
)


class Kind(StrEnum):
    """A column's type, by its SQL name."""

    TEXT = "VARCHAR"
    INTEGER = "BIGINT"
    FLAG = "BOOLEAN"
    INSTANT = "TIMESTAMPTZ"
    DATE = "DATE"
    BYTES = "BLOB"
    TEXTS = "VARCHAR[]"


class Era(StrEnum):
    """The forms in which GitHub's public events have been published."""

    API_2011 = "api-2011"
    """Events API form, 2011-02-12 to 2012-03."""
    TIMELINE_2012 = "timeline-2012"
    """Timeline form, 2012-03 to 2014-12-31: actors by name only, no event ids."""
    API_2015 = "api-2015"
    """Events API form with full payloads, 2015-01-01 to 2025-10-06."""
    TRIMMED_2025 = "trimmed-2025"
    """Since 2025-10-07: pushes without sizes and commits, pull requests without their facts."""


ALL_ERAS = tuple(Era)


class Span(StrEnum):
    """What a data file's rows are of: a UTC day or a calendar month (UTC)."""

    DAY = "day"
    MONTH = "month"

    def start(self, day: date) -> date:
        """The first day of the span that a day is in."""
        return day if self is Span.DAY else day.replace(day=1)

    def after(self, start: date) -> date:
        """The first day after the span that begins on a day."""
        return start + timedelta(days=1) if self is Span.DAY else self.start(start.replace(day=28) + timedelta(days=4))

    def of_partition(self, number: int) -> date:
        """The first day of a partition, by Iceberg's number for it: days or months since 1970."""
        years, month = divmod(number, 12)
        return date(1970, 1, 1) + timedelta(days=number) if self is Span.DAY else date(1970 + years, month + 1, 1)


ARROW: dict[Kind, pa.DataType] = {
    Kind.TEXT: pa.string(),
    Kind.INTEGER: pa.int64(),
    Kind.FLAG: pa.bool_(),
    Kind.INSTANT: pa.timestamp("us", tz="UTC"),
    Kind.DATE: pa.date32(),
    Kind.BYTES: pa.binary(),
    Kind.TEXTS: pa.list_(pa.field("element", pa.string(), nullable=False)),
}

_ICEBERG: dict[Kind, IcebergType] = {
    Kind.TEXT: StringType(),
    Kind.INTEGER: LongType(),
    Kind.FLAG: BooleanType(),
    Kind.INSTANT: TimestamptzType(),
    Kind.DATE: DateType(),
    Kind.BYTES: BinaryType(),
}


@dataclass(frozen=True, slots=True)
class Column:
    """One documented column.

    Attributes:
        name: as used in SQL.
        kind: its type.
        meaning: one sentence; says the unit where the value has one.
        eras: the eras in which any row can carry a value (NULL elsewhere).
        required: whether every row has a value.
        element_id: for lists, the Iceberg field id of their elements: catalogs number those after all columns.
    """

    name: str
    kind: Kind
    meaning: str
    eras: tuple[Era, ...] = ALL_ERAS
    required: bool = False
    element_id: int | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """A table of the lake. Field ids are positions, so columns are only ever appended.

    Attributes:
        name: as used in SQL.
        meaning: what one row is.
        columns: in order.
        day_column: the instant by whose UTC day (or month) the table is partitioned, or the date.
        slices: the kind of daily slices whose rows it holds, e.g. ``snapshot``; empty for those of archive hours.
        sort: the columns by which a rewritten file is ordered.
        late: whether rows that tell of a day may be written on any later day.
        span: what a partition holds.
    """

    name: str
    meaning: str
    columns: tuple[Column, ...]
    day_column: str
    slices: str = ""
    sort: tuple[str, ...] = ("source",)
    late: bool = False
    span: Span = Span.DAY

    @property
    def path(self) -> str:
        """Where the table lies in the storage."""
        return f"tables/{self.name}"

    @property
    def columns_sql(self) -> str:
        """All columns for a SELECT; quoted, because DuckDB keeps some names to itself, ``at`` for one."""
        return ", ".join(f'"{column.name}"' for column in self.columns)

    @property
    def order_sql(self) -> str:
        """The columns for an ORDER BY."""
        return ", ".join(f'"{name}"' for name in self.sort)

    def data_path(self, day: date, name: str) -> str:
        """Where a data file of one span lies in the storage; ``day`` is its first."""
        partition = f"{day:%Y-%m}" if self.span is Span.MONTH else str(day)
        return f"{self.path}/data/{self.day_column}_{self.span}={partition}/{name}"

    def arrow_schema(self) -> pa.Schema:
        """The Arrow schema with Iceberg field ids, as data files are written."""
        return pa.schema([_arrow_field(column, number) for number, column in enumerate(self.columns, start=1)])

    def iceberg_schema(self) -> Schema:
        """The Iceberg schema."""
        return Schema(*(_iceberg_field(column, number) for number, column in enumerate(self.columns, start=1)))

    def partition_spec(self) -> PartitionSpec:
        """Partitioning by the UTC day, or month, of ``day_column``."""
        source_id = [column.name for column in self.columns].index(self.day_column) + 1
        transform = DayTransform() if self.span is Span.DAY else MonthTransform()
        return PartitionSpec(
            PartitionField(source_id, 1000, transform, f"{self.day_column}_{self.span}"),
        )


def _arrow_field(column: Column, number: int) -> pa.Field:
    kind = ARROW[column.kind]
    if column.element_id is not None:
        element = pa.field("element", pa.string(), nullable=False, metadata=_field_id(column.element_id))
        kind = pa.list_(element)
    return pa.field(column.name, kind, nullable=not column.required, metadata=_field_id(number))


def _field_id(number: int) -> dict[bytes, bytes]:
    return {b"PARQUET:field_id": str(number).encode()}


def _iceberg_field(column: Column, number: int) -> NestedField:
    if column.element_id is not None:
        kind: IcebergType = ListType(column.element_id, StringType(), element_required=True)
    else:
        kind = _ICEBERG[column.kind]
    return NestedField(number, column.name, kind, required=column.required, doc=column.meaning)
