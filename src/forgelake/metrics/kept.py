"""An answer that is kept: its own Parquet form, and back from that to all that it was."""

import io
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import pyarrow.parquet as pq

from forgelake.metrics.answer import Answer, Bucket, conformed
from forgelake.metrics.binding import Bound
from forgelake.metrics.formats import METADATA_KEY
from forgelake.model.coverage import Coverage, Gap


def read_back(content: bytes, bound: Bound, asked_at: datetime, snapshot_id: str) -> Answer:
    """What ``forgelake.metrics.formats.as_parquet`` was given.

    Args:
        content: what it made.
        bound, asked_at, snapshot_id: of the answer; the rest stands in the file.

    Raises:
        StopError: the rows are those of another metric.
    """
    table = pq.read_table(io.BytesIO(content))
    told: dict[str, Any] = json.loads(table.schema.metadata[METADATA_KEY])
    return Answer(
        bound=bound,
        table=conformed(bound.metric, table.replace_schema_metadata(None)),
        columns=bound.metric.columns,
        as_of=None if told["as_of"] is None else datetime.fromisoformat(told["as_of"]),
        asked_at=asked_at,
        coverage=_coverage(told["coverage"]),
        buckets=tuple(_bucket(one) for one in told["coverage"].get("buckets", ())),
        snapshot_id=snapshot_id,
        notes=tuple(told["notes"]),
    )


def _coverage(told: Mapping[str, Any]) -> Coverage:
    return Coverage(
        expected=told["expected"],
        received=told["received"],
        unit=told["unit"],
        gaps=tuple(Gap(*_period(one), one["reason"]) for one in told["gaps"]),
        sources=tuple(told["sources"]),
        rejected=told["rejected"],
    )


def _bucket(told: Mapping[str, Any]) -> Bucket:
    return Bucket(*_period(told), told["expected"], told["received"])


def _period(told: Mapping[str, str]) -> tuple[datetime, datetime]:
    return datetime.fromisoformat(told["from"]), datetime.fromisoformat(told["to"])
