"""How data files are written: zstd Parquet with Iceberg field ids."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

ROW_GROUP_ROWS = 122_880
"""DuckDB's own row group size, which its scans divide work by."""

ROWS_AT_ONCE = 20_000

COMPRESSION_LEVEL = 1
"""Level 3 costs a third more time and saves a tenth of a percent on sorted events."""

_REPEATING = ("type", "action", "era", "sources.list.element")
"""Columns that hold little but repetitions once rows are sorted; for others zstd alone does as well, in less time."""


def write(batches: Iterable[pa.RecordBatch], schema: pa.Schema, path: Path) -> int:
    """Write one data file; returns the number of its rows."""
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = 0
    waiting: list[pa.RecordBatch] = []
    with pq.ParquetWriter(
        path,
        schema,
        compression="zstd",
        compression_level=COMPRESSION_LEVEL,
        use_dictionary=list(_REPEATING),
        store_schema=False,
    ) as writer:
        for batch in batches:
            waiting.append(batch)
            rows += len(batch)
            if sum(map(len, waiting)) >= ROW_GROUP_ROWS:
                writer.write_table(pa.Table.from_batches(waiting, schema), row_group_size=ROW_GROUP_ROWS)
                waiting = []
        if waiting or not rows:
            writer.write_table(pa.Table.from_batches(waiting, schema), row_group_size=ROW_GROUP_ROWS)
    return rows


def without(path: Path, dropped: Sequence[int]) -> Iterator[pa.RecordBatch]:
    """The rows of a data file but for some, given by their numbers in ascending order."""
    gone = np.asarray(dropped)
    with pq.ParquetFile(path) as file:
        start = 0
        for batch in file.iter_batches(ROWS_AT_ONCE):
            low, high = np.searchsorted(gone, [start, start + len(batch)])
            kept = np.ones(len(batch), dtype=bool)
            kept[gone[low:high] - start] = False
            start += len(batch)
            yield batch.filter(pa.array(kept))
