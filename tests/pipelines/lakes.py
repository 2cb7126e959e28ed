"""A lake of its own for one test, used through the same doors as the commands."""

import gzip
import os
import shutil
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from tempfile import NamedTemporaryFile, TemporaryDirectory
from typing import Any

import pyarrow.parquet as pq

from forgelake.app.compose import opened
from forgelake.lake.catalog import TABLES
from forgelake.model.coverage import Coverage
from forgelake.model.hours import FIRST_HOUR, Hour
from forgelake.pipelines import plan
from forgelake.pipelines.collect import Collected, collect
from forgelake.pipelines.context import Context
from forgelake.pipelines.rebuild import landed_period, rebuild
from forgelake.query.coverage import hourly, summary
from forgelake.settings.loading import load
from forgelake.state.database import State
from forgelake.state.ledger_rows import LedgerRow

NOW = "2016-02-01T00:00:00Z"
QUICK = {
    "FORGELAKE_NOW": NOW,
    "FORGELAKE_GHARCHIVE_WORKERS": "1",
    "FORGELAKE_HTTP_BACKOFF_SECONDS": "0.01",
    "FORGELAKE_HTTP_BACKOFF_MAX_SECONDS": "0.02",
    "FORGELAKE_HTTP_TIMEOUT_SECONDS": "10",
    "FORGELAKE_LOG_LEVEL": "error",
}
"""One worker stays in the process; waits are as short as they can be."""

Row = tuple[Any, ...]


@cache
def _fresh_state() -> bytes:
    """A state that knows nothing; to make its tables anew for every lake takes a tenth of a second each time."""
    with TemporaryDirectory() as folder:
        State.open(f"sqlite:///{folder}/state.db").close()
        return (Path(folder) / "state.db").read_bytes()


def _give_state(file: Path) -> None:
    """Put a fresh state where there is none, even if a command makes one at this instant."""
    if file.exists():
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=file.parent) as made:
        made.write(_fresh_state())
        made.flush()
        with suppress(FileExistsError):
            os.link(made.name, file)


@dataclass
class Lake:
    """A home folder and the variables that a person would set for it."""

    home: Path
    urls: str
    variables: dict[str, str] = field(default_factory=dict)

    @property
    def environ(self) -> dict[str, str]:
        """What the settings are read from."""
        own = {"FORGELAKE_HOME": str(self.home), "FORGELAKE_GHARCHIVE_URLS": self.urls}
        return {**QUICK, **own, **self.variables}

    def beside(self, name: str, urls: str | None = None, **variables: str) -> "Lake":
        """Another, empty lake with the same variables."""
        return Lake(self.home.parent / name, urls or self.urls, {**self.variables, **variables})

    @contextmanager
    def open(self, **variables: str) -> Iterator[Context]:
        """The lake opened; variables given here count for this time only."""
        environ = {**self.environ, **variables}
        if "FORGELAKE_STATE_URL" not in environ:
            _give_state(self.home / "state.db")
        with opened(load(environ, self.home.parent)) as context:
            yield context

    def collect(self, first: Hour, last: Hour | None = None, *, again: bool = False, **variables: str) -> Collected:
        """Like ``forgelake collect gharchive --from … --to …``."""
        with self.open(**variables) as context:
            return collect(context, plan.period(first, last or first, context.clock(), again=again))

    def go_on(self, now: str | None = None, **variables: str) -> Collected:
        """Like ``forgelake collect gharchive``."""
        if now:
            variables["FORGELAKE_NOW"] = now
        with self.open(**variables) as context:
            return collect(context, plan.continuing(context))

    def rebuild(self) -> Collected:
        """Like ``forgelake rebuild``."""
        with self.open() as context:
            return rebuild(context, *landed_period(context))[1]

    def query(self, sql: str) -> list[Row]:
        """The rows of an answer."""
        with self.open() as context, context.lake.now().session() as opened_session:
            answer = opened_session.run(sql).read_all()
            return list(zip(*(column.to_pylist() for column in answer.columns), strict=True))

    def rows(self, name: str = "events") -> list[dict[str, Any]]:
        """Every row of a table, read without the lake's own SQL; sorted."""
        with self.open() as context:
            found = context.catalog.table(TABLES[name]).scan().to_arrow().to_pylist()
        return sorted(found, key=lambda row: repr(tuple(row.values())))

    def table(self, name: str = "events") -> list[Row]:
        """The same as tuples: two tables are equal if these are."""
        return [tuple(str(value) for value in row.values()) for row in self.rows(name)]

    def sources(self) -> Counter[tuple[str, ...]]:
        """How many events are held by which slices, each as ``name@origin``."""
        listed = (row["sources"] for row in self.rows())
        return Counter(tuple(source.removeprefix("gharchive:") for source in sources) for sources in listed)

    def ledger(self) -> list[LedgerRow]:
        """All rows of the ledger."""
        with self.open() as context:
            return list(context.state.ledger.all_rows())

    def statuses(self) -> dict[str, list[str]]:
        """The statuses of each slice, by its name, one for each origin in the order of their names."""
        found: dict[str, list[str]] = {}
        for row in self.ledger():
            found.setdefault(row.name, []).append(str(row.status))
        return found

    def coverage(self, first: Hour, last: Hour) -> Coverage:
        """The coverage of a period."""
        with self.open() as context:
            rows = context.state.ledger.rows("gharchive", first.start, last.end)
            return summary(hourly(rows, first, last))

    def bookmark(self) -> Hour | None:
        """Where collecting goes on."""
        with self.open() as context:
            position = context.state.bookmarks.get("gharchive")
            return Hour.containing(position) if position else None

    def snapshots(self) -> Mapping[str, str]:
        """Each table's current metadata file."""
        with self.open() as context:
            return context.catalog.metadata_locations()

    def objects(self, prefix: str) -> list[str]:
        """Paths of the storage's objects below a folder."""
        with self.open() as context:
            return sorted(info.path for info in context.storage.list(prefix))


BEFORE_ALL = str(FIRST_HOUR)
"""For ``FORGELAKE_GHARCHIVE_UNITE_FROM``: every origin's copy of every hour."""


@contextmanager
def put_back(lake: Lake) -> Iterator[Lake]:
    """A lake that may be changed, and is afterwards as it was: its tables know their place by its address."""
    before = lake.home.with_name("before")
    shutil.copytree(lake.home, before)
    try:
        yield lake
    finally:
        shutil.rmtree(lake.home)
        before.rename(lake.home)


def text_of(path: Path) -> bytes:
    """A file's bytes, and what is in it where it is compressed."""
    data = path.read_bytes()
    if data[:2] == b"\x1f\x8b":
        return data + gzip.decompress(data)
    if path.suffix == ".parquet":
        return data + repr(pq.read_table(path).to_pylist()).encode()
    try:
        return data + zlib.decompress(data)
    except zlib.error:
        return data
