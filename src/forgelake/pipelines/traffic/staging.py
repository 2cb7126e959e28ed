"""From rows of an imported archive to data files, one for each table and day."""

import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow as pa

from forgelake.lake.catalog import TABLES
from forgelake.lake.parquet import write
from forgelake.lake.staged import StagedFile
from forgelake.normalise.traffic import Row


def staged(rows: Mapping[str, Iterable[Row]], folder: Path) -> Iterator[StagedFile]:
    """Write the rows of some tables, by table, into a folder."""
    attempt = uuid.uuid4().hex[:12]
    for name, listed in rows.items():
        table = TABLES[name]
        by_day: dict[date, list[Row]] = defaultdict(list)
        for row in listed:
            by_day[_day(row[table.day_column])].append(row)
        for number, (day, group) in enumerate(sorted(by_day.items())):
            content = pa.Table.from_pylist(group, schema=table.arrow_schema())
            path = folder / f"{name}-{attempt}-{number}.parquet"
            write(content.to_batches(), content.schema, path)
            # For a table that is partitioned by a date, midnight stands for the day.
            midnight = datetime.combine(day, datetime.min.time(), UTC)
            size = path.stat().st_size
            yield StagedFile(name, path, table.data_path(day, path.name), day, len(group), size, midnight, midnight)


def _day(value: date | datetime) -> date:
    return value.date() if isinstance(value, datetime) else value
