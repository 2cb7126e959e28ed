"""Normalising bytes in a folder, and reading back what came of it."""

import gzip
from codecs import BOM_UTF8
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from forgelake.lake.events import EVENTS
from forgelake.lake.rejects import KEPT_BYTES, REJECTS
from forgelake.lake.staged import StagedFile
from forgelake.model.slices import Counts, Receipt, SliceKey
from forgelake.normalise.slice import PART_BYTES, normalise

START = datetime(2016, 1, 1, 1, tzinfo=UTC)
SOURCE = "gharchive:2016-01-01-1@archive.example"
_BLANK = b" \t\r\n,[]"


@dataclass(frozen=True)
class Slice:
    """What came of a slice."""

    counts: Counts
    files: list[StagedFile]

    @property
    def event_files(self) -> list[StagedFile]:
        return [file for file in self.files if file.table == EVENTS.name]

    def table(self) -> pa.Table:
        """All rows, in the order of the files."""
        tables = [pq.read_table(file.local) for file in self.event_files]
        return pa.concat_tables(tables) if tables else EVENTS.arrow_schema().empty_table()

    def rows(self) -> list[dict[str, Any]]:
        return self.table().to_pylist()

    def ids(self) -> list[int | None]:
        """The ids in ascending order."""
        return sorted(self.table()["id"].to_pylist(), key=lambda id_: (id_ is not None, id_))

    def rejects(self) -> list[dict[str, Any]]:
        """The rejects by position."""
        files = [file for file in self.files if file.table == REJECTS.name]
        rows = [row for file in files for row in pq.read_table(file.local).to_pylist()]
        return sorted(rows, key=lambda row: row["position"])

    def lost(self) -> list[dict[str, Any]]:
        """The rejects of which no event came."""
        return [reject for reject in self.rejects() if reject["scope"] == "object"]


def normalised_file(path: Path, folder: Path, part_bytes: int = PART_BYTES) -> Slice:
    """A gzip file, normalised as the hour 2016-01-01-1."""
    key = SliceKey("gharchive", "2016-01-01-1", "archive.example")
    end = START + timedelta(hours=1)
    receipt = Receipt(key, START, end, "landing/one.json.gz", "https://archive.example", None, "00", 1, START)
    found = normalise(receipt, path, folder, part_bytes=part_bytes)
    return Slice(found.counts, found.files)


def normalised_gzip(data: bytes, folder: Path, part_bytes: int = PART_BYTES) -> Slice:
    """Bytes of a gzip file."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "slice.json.gz"
    path.write_bytes(data)
    return normalised_file(path, folder, part_bytes)


def members(*texts: bytes, level: int = 1) -> bytes:
    """Texts as the members of one gzip file."""
    return b"".join(gzip.compress(text, level, mtime=0) for text in texts)


def normalised(text: bytes, folder: Path, part_bytes: int = PART_BYTES) -> Slice:
    """Text, compressed first."""
    return normalised_gzip(gzip.compress(text, 1), folder, part_bytes)


def assert_accounted(text: bytes, slice_: Slice, kept: list[bytes]) -> None:
    """Every stretch of the text is one of the events kept, blank, or a reject with its place and bytes.

    ``kept`` are the events' own bytes in the order of the text; counts must agree with them.
    """
    lost = slice_.lost()
    covered = bytearray(text)
    if text.startswith(BOM_UTF8):
        covered[: len(BOM_UTF8)] = b" " * len(BOM_UTF8)
    for start, end in _places(text, kept):
        covered[start:end] = b" " * (end - start)
    for reject in lost:
        start, end = reject["position"], reject["position"] + reject["length"]
        assert text[start:end][:KEPT_BYTES] == reject["bytes"]
        assert reject["line"] == 1 + text.count(b"\n", 0, start)
        assert reject["reason"]
        assert covered[start:end].strip(_BLANK), "a reject that nothing was lost in"
        covered[start:end] = b" " * (end - start)
    assert covered.translate(None, _BLANK) == b"", "unread and not rejected"
    counts = slice_.counts
    assert counts.events + counts.duplicates == len(kept)
    assert counts.events == len(slice_.table())
    assert counts.rejected == len(lost)
    assert counts.repaired == len(slice_.rejects()) - len(lost)
    assert counts.json_bytes == len(text)


def _places(text: bytes, kept: list[bytes]) -> Iterator[tuple[int, int]]:
    position = 0
    for event in kept:
        position = text.index(event, position)
        yield position, position + len(event)
        position += len(event)
