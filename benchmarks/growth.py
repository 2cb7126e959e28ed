"""How cost grows with the lake, from one hour to a thousand."""

import gzip
import json
import os
import resource
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from statistics import median

from benchmarks import lake
from benchmarks.options import Options
from benchmarks.report import Table, versions
from benchmarks.sample import scratch
from forgelake.app.compose import opened, settings
from forgelake.lake.rollups import ROLLUPS
from forgelake.metrics.answer import answer_from
from forgelake.metrics.binding import Bound, bind
from forgelake.metrics.catalogue import Catalogue
from forgelake.metrics.rolling import rolled_up
from forgelake.model.hours import Hour, hours_between
from forgelake.pipelines import rollups
from forgelake.pipelines.compact import compact
from forgelake.pipelines.context import Context
from forgelake.query.files import TableFiles
from forgelake.query.snapshot import Snapshot
from forgelake.sources.synthetic.archive import EVENTS_PER_HOUR, events

FIRST = Hour.parse("2016-01-01T00")
SIZES = (1, 10, 100, 1000)
ROUNDS = 7
WANTED_MS = 100
DAY = {"from": "2016-01-01", "to": "2016-01-02", "interval": "h"}
YEAR = {"from": "2016-01-01", "to": "2017-01-01", "interval": "m"}
NOW = "2017-01-02T00:00:00Z"


def run(options: Options) -> list[Table]:
    """Cost of collecting, and milliseconds, files and bytes of questions, by the number of hours in the lake."""
    rounds = options.rounds or ROUNDS
    rows: list[tuple[str, ...]] = []
    asked: list[tuple[str, ...]] = []
    with scratch() as folder:
        _write(folder / "hours", SIZES[-1] if not options.hours else options.hours)
        for size in (size for size in SIZES if not options.hours or size <= options.hours):
            home = folder / f"home-{size}"
            seconds, cpu = _collected(home, folder / "hours", size)
            os.environ.update({**lake.variables(home, folder / "hours"), "FORGELAKE_NOW": NOW})
            with opened(settings()) as context:
                kept = compact(context, None, None, timedelta(0)).days
                rollups.build(context)
                rows.append(_collecting(context, size, seconds, cpu, sum(day.files_before for day in kept)))
                asked += _asking(context, size, rounds)
    notes = (
        f"Synthetic hours of up to {EVENTS_PER_HOUR:,} events, one worker; CPU is of the command and its worker, start "
        "and rollups included. Wanted: a straight line.",
        "Files: data files of events when collected, and after compaction; rolled up: spans of all rollups.",
    )
    wanted = (
        f"Middle of {rounds} in one process after a first that opened files. Coverage is counted anew, as after every "
        "change of the lake, or is known, as the next question about the same period has it.",
        f"Wanted: a day that costs the same in every lake, and a year below {WANTED_MS} ms.",
        "Files and bytes: the data files that the question is answered from, whole; what DuckDB reads of them is less.",
        versions("duckdb", "pyiceberg"),
    )
    columns = ("hours", "collecting s", "CPU s", "CPU ms an hour", "files", "compacted", "MB", "rolled up")
    questions = ("question", "hours", "coverage anew ms", "known ms", "files", "kB")
    return [
        Table("growth: collecting", columns, rows, notes),
        Table("growth: asking", questions, asked, wanted),
    ]


def _write(folder: Path, hours: int) -> None:
    """Synthetic hours without gaps and torn lines."""
    folder.mkdir(parents=True)
    for hour in hours_between(FIRST, FIRST.shifted(hours - 1)):
        text = "".join(json.dumps(event, separators=(",", ":")) + "\n" for event in events(hour))
        (folder / f"{hour.name}.json.gz").write_bytes(gzip.compress(text.encode(), mtime=0))


def _collected(home: Path, hours: Path, size: int) -> tuple[float, float]:
    """Wall and CPU seconds of the command that collects so many hours."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = lake.collect(home, hours, FIRST, FIRST.shifted(size - 1), workers=1)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return seconds, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _collecting(context: Context, size: int, seconds: float, cpu: float, before: int) -> tuple[str, ...]:
    tables = context.lake.now(0).tables
    files = tables["events"].files
    rolled = sum(len(tables[rollup.table.name].files) for rollup in ROLLUPS)
    megabytes = sum(file.bytes for file in files) / 1e6
    shown = (f"{seconds:.1f}", f"{cpu:.1f}", f"{cpu / size * 1000:.0f}", str(before or len(files)), str(len(files)))
    return (f"{size:,}", *shown, f"{megabytes:.1f}", str(rolled))


def _asking(context: Context, size: int, rounds: int) -> list[tuple[str, ...]]:
    snapshot = context.lake.now(0)
    emptied = {one.table.name: TableFiles(one.table, ()) for one in ROLLUPS}
    plain = replace(snapshot, tables={**snapshot.tables, **emptied})
    questions = (("a day by hour, from events", plain, DAY), ("a day by hour", snapshot, DAY),
                 ("a year by month, from events", plain, YEAR), ("a year by month", snapshot, YEAR),
                 ("a year by day", snapshot, {**YEAR, "interval": "d"}))  # fmt: skip
    return [_row(context, name, size, (state, given), rounds) for name, state, given in questions]


def _row(
    context: Context, name: str, size: int, asked: tuple[Snapshot, Mapping[str, str]], rounds: int
) -> tuple[str, ...]:
    snapshot, given = asked
    bound = bind(Catalogue.load().get("events"), given, context.clock())
    anew = _middle(lambda: answer_from(replace(snapshot), bound, context.clock()), rounds)
    known = _middle(lambda: answer_from(snapshot, bound, context.clock()), rounds)
    paths = _paths(snapshot, bound)
    files = (file for table in snapshot.tables.values() for file in table.files)
    kilobytes = sum(file.bytes for file in files if file.path in paths) / 1e3
    return (name, f"{size:,}", f"{anew:.0f}", f"{known:.0f}", str(len(paths)), f"{kilobytes:.0f}")


def _middle(ask: Callable[[], object], rounds: int) -> float:
    """Milliseconds, of some rounds after a first."""
    times: list[float] = []
    for _ in range(rounds + 1):
        started = time.perf_counter()
        ask()
        times.append((time.perf_counter() - started) * 1000)
    return median(times[1:])


def _paths(snapshot: Snapshot, bound: Bound) -> set[str]:
    """The data files that a question is answered from."""
    if (found := rolled_up(snapshot, bound)) is None:
        return {file.path for file in snapshot.tables["events"].within(bound.reach)}
    cover = found[1]
    return {*cover.events, *(path for paths in cover.rollups.values() for path in paths)}
