"""One lake with the rows of all metrics' own cases, as Iceberg tables over the very files that DuckDB reads."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from forgelake.lake.catalog import TABLES, Catalog
from forgelake.metrics.binding import Bound, bind
from forgelake.metrics.case_lake import case_lake
from forgelake.metrics.cases import Case, read_cases, tests_beside
from forgelake.metrics.catalogue import LIBRARY
from forgelake.metrics.checking import metric_files
from forgelake.metrics.definition import Metric
from forgelake.metrics.reading import read
from forgelake.metrics.values import as_text
from forgelake.model.hours import Hour, hours_between
from forgelake.query.snapshot import Snapshot
from forgelake.storage.objects import Storage

NOW = datetime(2027, 1, 1, tzinfo=UTC)
MOST = timedelta(days=40)


class Question(NamedTuple):
    """A metric asked as one of its cases asks it."""

    metric: Metric
    case: Case

    @property
    def bound(self) -> Bound:
        """The question, checked."""
        return bind(self.metric, {name: as_text(value) for name, value in self.case.parameters.items()}, NOW)


def questions() -> list[Question]:
    """Every metric of the library, asked as that case of its own asks it which expects most."""
    found = ((read(path), read_cases(tests_beside(path))[1]) for path in metric_files([LIBRARY]))
    return [Question(metric, max(cases, key=lambda case: len(case.expect))) for metric, cases in found]


@contextmanager
def united(folder: Path, asked: list[Question]) -> Iterator[Snapshot]:
    """A snapshot that both engines can read: planned files for DuckDB, metadata files for Spark."""
    events = [event for question in asked for event in question.case.events]
    others: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for question in asked:
        for name, rows in question.case.rows.items():
            others[name] += rows
    hours = {hour for question in asked for hour in hours_read(question.bound)}
    with case_lake(events, hours, others) as snapshot:
        catalog = Catalog(f"sqlite:///{folder / 'catalog.db'}", Storage.open(folder.as_uri()))
        locations: dict[str, str] = {}
        for name, planned in snapshot.tables.items():
            if planned.files:
                table = catalog.table(TABLES[name])
                table.add_files([file.path for file in planned.files])
                locations[name] = catalog.table(TABLES[name]).metadata_location
        catalog.close()
        yield replace(snapshot, locations=locations)


def hours_read(bound: Bound) -> Iterator[Hour]:
    """Those that a question reads; of one that reads years, those of its period or none."""
    for start, end in (bound.reach, bound.period):
        if end - start < MOST:
            return hours_between(Hour.containing(start), Hour.containing(end - timedelta(microseconds=1)))
    return iter(())
