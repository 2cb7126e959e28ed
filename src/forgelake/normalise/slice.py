"""Normalising one slice: a gzip file in, sorted Parquet files per UTC day and a file of rejects out."""

import uuid
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial
from operator import itemgetter
from pathlib import Path
from typing import Any

import pyarrow as pa

from forgelake.engines.duckdb import connect
from forgelake.lake.columns import Table
from forgelake.lake.events import EVENTS
from forgelake.lake.merge import Merger
from forgelake.lake.parquet import without, write
from forgelake.lake.rejects import KEPT_BYTES, REJECTS
from forgelake.lake.staged import StagedFile
from forgelake.model.slices import Counts, Receipt
from forgelake.normalise.allocator import give_back_memory, keep_memory, without_collecting
from forgelake.normalise.blocks import Block, LineNumbers, blocks
from forgelake.normalise.careful import CarefulReader, Rejected
from forgelake.normalise.decode import REFUSALS, decode
from forgelake.normalise.inflate import Damage, inflate
from forgelake.normalise.rows import Part, gather
from forgelake.normalise.wire import Event

PART_BYTES = 16 << 20
COPIES_MB = 128
"""Memory for leaving out copies of events, in megabytes; more than that is spilled to disk."""
EVENTS_AT_ONCE = 12_000
"""Events whose columns are built together: enough to spread the cost of a column, few enough to hold."""
TEXT_AT_ONCE = 64 << 20
"""Bytes of text held for that at most: a block of few large events, or of blank lines only, counts, too."""
_REJECTS_AT_ONCE = 5_000
_REJECT_BYTES_AT_ONCE = 16 << 20


@dataclass(slots=True)
class Normalised:
    """What a slice yielded: counts, and the files to be committed."""

    receipt: Receipt
    counts: Counts
    files: list[StagedFile] = field(default_factory=list)


def normalise(
    receipt: Receipt,
    gzip_file: Path,
    folder: Path,
    *,
    part_bytes: int = PART_BYTES,
) -> Normalised:
    """Turn a slice's bytes into data files in a folder.

    Args:
        receipt: where the bytes came from and where they lie.
        gzip_file: a local copy of them.
        folder: where the Parquet files go; names are unique to this attempt.
        part_bytes: how many bytes of rows to hold before writing a file.
    """
    # Damage is told when the file is read for its events, not when its lines are counted.
    again = partial(_read, gzip_file, lambda _damage: None)
    work = _Work(receipt, folder, part_bytes, LineNumbers(again))
    keep_memory()
    with without_collecting():
        for block in _read(gzip_file, work.damaged):
            work.take(block)
        return work.finish()


def _read(gzip_file: Path, on_damage: Callable[[Damage], None]) -> Iterator[Block]:
    return blocks(inflate(gzip_file, on_damage))


class _Work:
    def __init__(self, receipt: Receipt, folder: Path, part_bytes: int, line_numbers: LineNumbers) -> None:
        self._receipt = receipt
        self._source = str(receipt.key)
        self._folder = folder
        self._part_bytes = part_bytes
        self._line_numbers = line_numbers
        self._attempt = uuid.uuid4().hex[:12]
        self._part = Part()
        self._careful = CarefulReader(self._rejected)
        self._rejects: list[dict[str, Any]] = []
        self._files: list[StagedFile] = []
        self._fast: list[Block] = []
        self._events: list[Event] = []
        self._staged = self._lost = self._mended = self._json_bytes = self._built = self._reject_bytes = 0

    def take(self, block: Block) -> None:
        self._json_bytes = block.position + len(block.text)
        try:
            events = None if self._careful.carries else decode(block)
        except REFUSALS:
            events = None
        if events is None:
            # Whatever the careful path has to carry over must meet the very next block.
            self._build()
            self._add(self._careful.read(block))
        else:
            self._fast.append(block)
            self._events += events
        if len(self._events) >= EVENTS_AT_ONCE or self._json_bytes - self._built >= TEXT_AT_ONCE:
            self._build()

    def _add(self, events: list[Event]) -> None:
        # Archives hold public events only; a timeline shows private ones to those who may see the repository.
        events = [event for event in events if event.public is not False]
        if events:
            self._part.add(gather(events))

    def _build(self) -> None:
        """Make rows of the events decoded so far."""
        blocks_, events = self._fast, self._events
        self._fast, self._events = list[Block](), list[Event]()
        self._built = self._json_bytes
        try:
            self._add(events)
        except REFUSALS:
            # A value that only shows when columns are built, such as a time that is none.
            for block in blocks_:
                self._add(self._careful.read(block))
        if self._part.nbytes >= self._part_bytes:
            self._write_part()

    def damaged(self, damage: Damage) -> None:
        """Keep note of a stretch of the file that yields nothing."""
        self._keep("object", damage.reason, damage.after, damage.length, damage.sample)

    def finish(self) -> Normalised:
        self._build()
        self._write_part()
        self._write_rejects()
        duplicates = self._drop_copies() if self._part.has_copies else 0
        events = [file for file in self._files if file.table == EVENTS.name]
        counts = Counts(
            events=sum(file.rows for file in events),
            duplicates=duplicates,
            rejected=self._lost,
            repaired=self._mended,
            json_bytes=self._json_bytes,
            first_event=min((file.first for file in events), default=None),
            last_event=max((file.last for file in events), default=None),
            days=tuple(sorted({file.day for file in events})),
        )
        return Normalised(self._receipt, counts, self._files)

    def _rejected(self, rejected: Rejected) -> None:
        data = rejected.data
        self._keep(rejected.scope, rejected.reason, rejected.position, len(data), data)

    def _keep(self, scope: str, reason: str, position: int, length: int, data: bytes) -> None:
        if scope == "object":
            self._lost += 1
        else:
            self._mended += 1
        self._rejects.append(
            {
                "source": self._source,
                "slice_start": self._receipt.start,
                "path": self._receipt.path,
                "scope": scope,
                "reason": reason,
                "position": position,
                "length": length,
                "bytes": data[:KEPT_BYTES],
            }
        )
        self._reject_bytes += len(data[:KEPT_BYTES])
        if len(self._rejects) >= _REJECTS_AT_ONCE or self._reject_bytes >= _REJECT_BYTES_AT_ONCE:
            self._write_rejects()

    def _write_part(self) -> None:
        for day in self._part.days(self._source):
            self._stage(EVENTS, day.rows.to_batches(), day.day, (day.first, day.last))

    def _write_rejects(self) -> None:
        if self._rejects:
            self._rejects.sort(key=itemgetter("position"))
            for reject in self._rejects:
                reject["line"] = self._line_numbers.at(reject["position"])
            rows = pa.Table.from_pylist(self._rejects, schema=REJECTS.arrow_schema())
            start = self._receipt.start
            self._stage(REJECTS, rows.to_batches(), start.date(), (start, start))
            self._rejects.clear()
            self._reject_bytes = 0

    def _drop_copies(self) -> int:
        """Write files anew without the copies of events that stand elsewhere; returns how many copies there were."""
        written = {str(file.local): file for file in self._files if file.table == EVENTS.name}
        give_back_memory()
        connection = connect(memory_mb=COPIES_MB, threads=1, spill=self._folder / "spill", extensions=("icu",))
        try:
            copies = Merger(connection, EVENTS, []).copies(list(written))
        finally:
            connection.close()
        for name, rows in copies.items():
            file = written[name]
            self._files.remove(file)
            if len(rows) < file.rows:
                self._stage(EVENTS, without(file.local, rows), file.day, (file.first, file.last))
            file.local.unlink()
        return sum(map(len, copies.values()))

    def _stage(self, table: Table, rows: Iterable[pa.RecordBatch], day: date, span: tuple[datetime, datetime]) -> None:
        name = f"{self._receipt.key.name}-{self._attempt}-{self._staged}.parquet"
        self._staged += 1
        path = self._folder / name
        count = write(rows, table.arrow_schema(), path)
        size = path.stat().st_size
        self._files.append(StagedFile(table.name, path, table.data_path(day, name), day, count, size, *span))
