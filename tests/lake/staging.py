"""Slices staged as a worker stages them, and a place to commit them to."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb

from forgelake.engines.duckdb import connect
from forgelake.lake.catalog import TABLES, Catalog
from forgelake.lake.commit import Batch, Committer
from forgelake.model.hours import Hour
from forgelake.model.slices import Receipt, SliceKey
from forgelake.normalise.slice import Normalised, normalise
from forgelake.sources.synthetic.archive import Json
from forgelake.storage.objects import Storage
from tests.pipelines.archive import packed, text

Row = tuple[str, ...]


def plain_connection() -> duckdb.DuckDBPyConnection:
    """Merging needs no extension but that for time zones."""
    return connect(extensions=("icu",))


@dataclass
class Place:
    """A storage folder with a catalog database beside it."""

    folder: Path

    @property
    def storage(self) -> Storage:
        """Where files lie."""
        return Storage.open(str(self.folder / "lake"))

    def catalog(self) -> Catalog:
        """A catalog of its own, as another process would open it."""
        return Catalog(f"sqlite:///{self.folder}/catalog.db", self.storage)

    def committer(self, connection: Callable[[], duckdb.DuckDBPyConnection] = plain_connection) -> Committer:
        """A committer with a catalog of its own."""
        scratch = self.folder / "scratch"
        return Committer(self.catalog(), self.storage, scratch, connection)

    def stage(self, hour: Hour, events: list[Json], *, origin: str = "a.example", bad: bytes = b"") -> Normalised:
        """Normalise events as an hour of an origin, and upload the files."""
        (self.folder / "scratch").mkdir(parents=True, exist_ok=True)
        local = self.folder / "scratch" / "hour.json.gz"
        local.write_bytes(packed(bad + text(events)))
        key = SliceKey("gharchive", hour.name, origin)
        now = datetime.now(UTC)
        receipt = Receipt(key, hour.start, hour.end, f"landing/{hour.name}", "url", None, "0", 1, now)
        staged = normalise(receipt, local, self.folder / "scratch")
        for file in staged.files:
            file.upload(self.storage)
        return staged

    def rows(self, table: str = "events") -> list[Row]:
        """All rows, sorted."""
        found = self.catalog().table(TABLES[table]).scan().to_arrow().to_pylist()
        return sorted(tuple(map(str, row.values())) for row in found)

    def sources(self) -> list[list[str]]:
        """The sources of every event, sorted."""
        found = self.catalog().table(TABLES["events"]).scan(selected_fields=("sources",)).to_arrow()
        return sorted(found["sources"].to_pylist())

    def files(self, table: str = "events") -> set[str]:
        """Names of the data files that lie there, whether a table refers to them or not."""
        return {path.name for path in (self.folder / "lake" / "tables" / table / "data").rglob("*.parquet")}

    def referenced(self, table: str = "events") -> set[str]:
        """Names of the data files that the table consists of."""
        files = self.catalog().table(TABLES[table]).scan().plan_files()
        return {Path(task.file.file_path).name for task in files}


def batch(*staged: Normalised, former: dict[str, frozenset[date]] | None = None) -> Batch:
    """A batch of slices; ``former`` says where rows of theirs lie already."""
    known = {str(one.receipt.key): frozenset[date]() for one in staged}
    return Batch([file for one in staged for file in one.files], known | (former or {}))


def replacing(*staged: Normalised) -> Batch:
    """A batch of slices that were committed before, under the same days."""
    days = {str(one.receipt.key): frozenset({*one.counts.days, one.receipt.start.date()}) for one in staged}
    return batch(*staged, former=days)
