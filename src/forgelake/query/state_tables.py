"""Ledger and runs as Arrow tables, with the columns that the state itself describes."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from itertools import starmap
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from forgelake.model.slices import SliceStatus
from forgelake.query.coverage import HeldCopy
from forgelake.state.columns import DescribedColumn
from forgelake.state.ledger_rows import LedgerRow
from forgelake.state.runs import RunRow
from forgelake.state.schema import RUNS_COLUMNS, SLICES_COLUMNS

_INSTANT = pa.timestamp("us", tz="UTC")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_STATUSES = {str(status): status for status in SliceStatus}
_DAYS = pa.list_(pa.date32())
_KINDS = {"BIGINT": pa.int64(), "INTEGER": pa.int64(), "TIMESTAMPTZ": _INSTANT, "DATE[]": _DAYS}


def slices_table(rows: Sequence[Sequence[Any]]) -> pa.Table:
    """Rows of the ledger, from ``Ledger.changes``."""
    return _table(SLICES_COLUMNS, rows)


def updated(slices: pa.Table, changed: pa.Table) -> pa.Table:
    """The ledger with rows that have changed, or are new, in place of the former ones; in no order."""
    kept = slices.filter(pc.invert(pc.is_in(_keys(slices), _keys(changed))))
    return pa.concat_tables([kept, changed]).combine_chunks()


def _keys(slices: pa.Table) -> pa.ChunkedArray:
    return pc.binary_join_element_wise(slices["source"], slices["name"], slices["origin"], "\n")


def runs_table(rows: Iterable[RunRow]) -> pa.Table:
    """All runs."""
    names = [column.name for column in RUNS_COLUMNS]
    return _table(RUNS_COLUMNS, [[getattr(row, name) for name in names] for row in rows])


def ledger_rows(slices: pa.Table) -> list[LedgerRow]:
    """Rows of ``slices_table`` as the ledger gives them."""
    return [_ledger_row(row) for row in slices.to_pylist()]


def held_copies(slices: pa.Table) -> list[HeldCopy]:
    """Rows of ``slices_table`` as far as coverage needs them: a year has nine thousand, so no more is made of them."""
    names = [field.name for field in fields(HeldCopy)]
    columns = [_values(slices[name]) for name in names]
    columns[names.index("status")] = [_STATUSES[status] for status in columns[names.index("status")]]
    return list(starmap(HeldCopy, zip(*columns, strict=True)))


def _values(column: pa.ChunkedArray) -> list[Any]:
    if column.type == _INSTANT:
        # Arrow's own way looks up the time zone for every value.
        micros = column.cast(pa.int64()).to_pylist()
        return [None if value is None else _EPOCH + timedelta(microseconds=value) for value in micros]
    return column.to_pylist()


def _ledger_row(row: dict[str, Any]) -> LedgerRow:
    row.update(status=SliceStatus(row["status"]), days=tuple(row["days"]))
    return LedgerRow(**row)


def _table(columns: Sequence[DescribedColumn], rows: Sequence[Sequence[Any]]) -> pa.Table:
    kinds = [_KINDS.get(column.type, pa.string()) for column in columns]
    values = zip(*rows, strict=True) if rows else ((),) * len(columns)
    arrays = starmap(_array, zip(values, kinds, strict=True))
    return pa.Table.from_arrays(list(arrays), names=[column.name for column in columns])


def _array(values: Sequence[Any], kind: pa.DataType) -> pa.Array:
    """Values as Python has them, or as SQLite keeps them: instants as text without their zone, lists as JSON."""
    first = next((value for value in values if value is not None), None)
    if kind == _DAYS:
        return _days(values)
    if kind == _INSTANT and isinstance(first, str):
        return pa.array(values, pa.string()).cast(pa.timestamp("us")).cast(kind)
    if kind == pa.string() and not isinstance(first, str):
        values = [None if value is None else str(value) for value in values]
    return pa.array(values, kind)


def _days(values: Sequence[Any]) -> pa.Array:
    """Most slices of a day have the same days, so each different list is read once."""
    keys = [value if isinstance(value, str) else tuple(map(str, value)) for value in values]
    places = {key: place for place, key in enumerate(dict.fromkeys(keys))}
    lists = [json.loads(key) if isinstance(key, str) else list(key) for key in places]
    distinct = pa.array(lists, pa.list_(pa.string())).cast(_DAYS)
    return distinct.take(pa.array([places[key] for key in keys], pa.int64()))
