"""From landed polls to few files: of each poll the events that the poll before did not have, all in one file a day.

A timeline shows an event in poll after poll. Only the first poll that has it brings it; otherwise one event would name
hundreds of slices as its sources, and every commit would write the day anew.
"""

import json
import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import date
from pathlib import Path

import duckdb

from forgelake.lake.catalog import TABLES
from forgelake.lake.merge import Merger
from forgelake.lake.parquet import write
from forgelake.lake.staged import StagedFile
from forgelake.normalise.scan import scan
from forgelake.sources.github.pages import Mark, mark


def without_known(text: bytes, known: Collection[Mark]) -> tuple[bytes, int]:
    """A poll's text with blanks in place of events that are known, so that the rest keeps its place; and how many."""
    kept, blanked = bytearray(text), 0
    for span in scan(text, final=True) if known else ():
        if not span.reason and mark(json.loads(text[span.start : span.end].decode(errors="replace"))) in known:
            kept[span.start : span.end] = b" " * (span.end - span.start)
            blanked += 1
    return bytes(kept), blanked


def united(files: Iterable[StagedFile], connection: duckdb.DuckDBPyConnection, folder: Path) -> list[StagedFile]:
    """The rows of many small files, each event once, in one file for each table and day."""
    groups: dict[tuple[str, date], list[StagedFile]] = defaultdict(list)
    for file in files:
        groups[file.table, file.day].append(file)
    return [_one(group, connection, folder) for group in groups.values()]


def _one(group: list[StagedFile], connection: duckdb.DuckDBPyConnection, folder: Path) -> StagedFile:
    if len(group) == 1:
        return group[0]
    table, day = TABLES[group[0].table], group[0].day
    # The committer takes files whose names differ only after the last dash for parts of one attempt.
    path = folder / f"polls-{uuid.uuid4().hex[:12]}-0.parquet"
    rows = write(
        Merger(connection, table, []).merged([], [str(file.local) for file in group]), table.arrow_schema(), path
    )
    first, last = min(file.first for file in group), max(file.last for file in group)
    return StagedFile(table.name, path, table.data_path(day, path.name), day, rows, path.stat().st_size, first, last)
