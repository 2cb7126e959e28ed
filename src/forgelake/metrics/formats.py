"""An answer as bytes. JSON, Parquet and Arrow carry what the numbers are worth along with them; CSV has rows only."""

import io
import json
import math
from collections.abc import Callable, Iterator
from datetime import date, datetime
from typing import Any, Final

import msgspec
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from forgelake.metrics.answer import Answer
from forgelake.metrics.definition import Column, Metric
from forgelake.metrics.values import as_text

METADATA_KEY: Final = b"forgelake"
"""Schema metadata of Parquet and Arrow under which the JSON form's head is kept."""


def as_json(answer: Answer) -> bytes:
    """One object: the rows, and everything in ``head``."""
    # It writes instants and what is no number as ``plain`` does.
    return msgspec.json.encode({**head(answer), "data": answer.table.to_pylist()})


def as_csv(answer: Answer) -> bytes:
    """A header line and the rows; NULL is an empty field and an empty text is quoted."""
    sink = io.BytesIO()
    pyarrow.csv.write_csv(
        _with_texts(answer.table), sink, pyarrow.csv.WriteOptions(quoting_style="needed", quoting_header="none")
    )
    return sink.getvalue()


def as_parquet(answer: Answer) -> bytes:
    """A Parquet file."""
    sink = io.BytesIO()
    pq.write_table(_with_head(answer), sink, compression="zstd")
    return sink.getvalue()


def as_arrow(answer: Answer) -> bytes:
    """An Arrow IPC stream."""
    sink = io.BytesIO()
    table = _with_head(answer)
    with pa.ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table)
    return sink.getvalue()


FORMATS: Final[dict[str, Callable[[Answer], bytes]]] = {
    "json": as_json,
    "csv": as_csv,
    "parquet": as_parquet,
    "arrow": as_arrow,
}
"""Every format of an answer, by its name."""


def head(answer: Answer) -> dict[str, Any]:
    """What an answer says beside its rows."""
    bound, metric = answer.bound, answer.bound.metric
    return {
        "metric": metric.name,
        "title": metric.title,
        "unit": metric.unit,
        "parameters": dict(bound.parameters),
        "period": {
            "from": plain(bound.start),
            "to": plain(bound.end),
            "interval": bound.interval.value if bound.interval else None,
        },
        "columns": [column_head(metric, column) for column in answer.columns],
        "as_of": plain(answer.as_of),
        "coverage": coverage_head(answer),
        "notes": list(answer.notes),
        "caveats": list(metric.caveats),
        "definition_url": f"/api/v1/metrics/{metric.name}",
    }


def definition_json(metric: Metric) -> bytes:
    """A metric's definition as one object."""
    return json.dumps(definition_head(metric), ensure_ascii=False, indent=2).encode()


def definition_head(metric: Metric) -> dict[str, Any]:
    """A metric's definition in JSON's types, every default filled in."""
    told = metric.model_dump(mode="json")
    told["columns"] = [column_head(metric, column) for column in metric.columns]
    told["example"] = {name: as_text(value) for name, value in metric.example.items()}
    return told


def column_head(metric: Metric, column: Column) -> dict[str, Any]:
    """A column as answers and catalogues describe it."""
    value = column.role == "value"
    return {
        "name": column.name,
        "kind": column.kind,
        "role": column.role,
        "unit": (column.unit or metric.unit) if value else None,
        "additivity": column.additivity,
        "title": column.title or column.name.replace("_", " ").capitalize(),
    }


def coverage_head(answer: Answer) -> dict[str, Any]:
    """Expected and received slices, with every gap; of a series also by bucket."""
    coverage = answer.coverage
    told: dict[str, Any] = {
        "expected": coverage.expected,
        "received": coverage.received,
        "share": coverage.share,
        "unit": coverage.unit,
        "gaps": [{"from": plain(gap.start), "to": plain(gap.end), "reason": gap.reason} for gap in coverage.gaps],
        "sources": list(coverage.sources),
        "basis": "observed",
        "rejected": coverage.rejected,
    }
    if answer.bound.interval:
        told["buckets"] = [
            {"from": plain(b.start), "to": plain(b.end), "expected": b.expected, "received": b.received}
            for b in answer.buckets
        ]
    return told


def rows(answer: Answer) -> list[dict[str, Any]]:
    """The rows in JSON's types."""
    names = answer.table.column_names
    columns = [[plain(value) for value in column.to_pylist()] for column in answer.table.columns]
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


def plain(value: Any) -> Any:
    """A value in JSON's types: instants as ISO text in UTC, what is no number as null."""
    match value:
        case datetime():
            return value.strftime("%Y-%m-%dT%H:%M:%S.%fZ" if value.microsecond else "%Y-%m-%dT%H:%M:%SZ")
        case date():
            return value.isoformat()
        case float() if not math.isfinite(value):
            return None
        case _:
            return value


def _with_head(answer: Answer) -> pa.Table:
    told = msgspec.json.encode(head(answer))
    return answer.table.replace_schema_metadata({METADATA_KEY: told})


def _with_texts(table: pa.Table) -> pa.Table:
    """Instants as the other formats write them."""

    def written() -> Iterator[pa.Array]:
        for column in table.columns:
            texts = pa.types.is_timestamp(column.type)
            yield pa.array([plain(value) for value in column.to_pylist()], pa.string()) if texts else column

    return pa.table(dict(zip(table.column_names, written(), strict=True)))
