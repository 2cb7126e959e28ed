"""From gzip hours to typed Parquet on one thread: forgelake and what else one would use.

All run in this one process, in turn, and the result of each is compared with ours before its time counts.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from shutil import rmtree

import pyarrow as pa

from benchmarks import answers
from benchmarks.contenders import Contender, chdb_sql, duckdb_sql, ours, pandas_frames, polars_frames
from benchmarks.options import Options
from benchmarks.race import Entrant, race
from benchmarks.report import Table, versions
from benchmarks.sample import archive, scratch
from forgelake.normalise.inflate import inflate

ROUNDS = 7
RATIOS = ("times ours, median", "times ours, least")
OURS = "forgelake"


@dataclass(frozen=True, slots=True)
class Way:
    """A contender, and how it is held against ours."""

    name: str
    how: str
    contender: Contender
    facts: Mapping[str, str] = field(default_factory=lambda: answers.FACTS)


WAYS = (
    Way(OURS, "", ours.run),
    Way("DuckDB", "its own gzip", duckdb_sql.run),
    Way("DuckDB", "isal to memory", duckdb_sql.run_inflated),
    Way("chDB", "its own gzip", chdb_sql.run),
    Way("chDB", "isal to memory", chdb_sql.run_inflated),
    Way("Polars", "streaming, its own gzip", polars_frames.run_lazy),
    Way("Polars", "eager, isal", polars_frames.run),
    Way("pandas", "its own gzip, no payload", pandas_frames.run, answers.FACTS_WITHOUT_PAYLOAD),
    Way("pandas", "isal, no payload", pandas_frames.run_inflated, answers.FACTS_WITHOUT_PAYLOAD),
)


def run(options: Options) -> list[Table]:
    """CPU seconds of every way, and their ratio to ours.

    Raises:
        NotFoundError: there are no archive hours.
        DifferentError: a contender's result is not ours.
    """
    files = archive(options.hours)
    pa.set_cpu_count(1)
    pa.set_io_thread_count(1)
    with scratch() as folder:
        json_bytes = sum(len(piece) for file in files for piece in inflate(file, _refuse))
        sizes = _checked(files, folder)
        entrants = [Entrant(_label(way), partial(_once, way, files, folder)) for way in WAYS]
        race(entrants, options.rounds or ROUNDS)
    return [_table(entrants, sizes, json_bytes, files), _best(entrants)]


def _label(way: Way) -> str:
    return f"{way.name} ({way.how})" if way.how else way.name


def _refuse(damage: object) -> None:
    message = f"the sample is damaged: {damage}"
    raise ValueError(message)


def _once(way: Way, files: list[Path], folder: Path) -> Path:
    target = folder / str(WAYS.index(way))
    rmtree(target, ignore_errors=True)
    target.mkdir()
    way.contender(files, target)
    return target


def _checked(files: list[Path], folder: Path) -> list[int]:
    """A round that warms up and is looked at; returns the Parquet bytes of each way."""
    sizes, our_facts, our_kinds = list[int](), dict[str, object](), dict[str, str]()
    for way in WAYS:
        target = _once(way, files, folder)
        sizes.append(sum(path.stat().st_size for path in target.rglob("*.parquet")))
        found = answers.facts(target, way.facts)
        if way.name == OURS:
            our_facts, our_kinds = found, answers.kinds(target)
        answers.compare(_label(way), found, our_facts)
        if way.facts is answers.FACTS:
            answers.compare(_label(way), answers.kinds(target), our_kinds)
    return sizes


def _table(entrants: list[Entrant], sizes: list[int], json_bytes: int, files: list[Path]) -> Table:
    gzip_bytes = sum(file.stat().st_size for file in files)
    mine = entrants[0]
    rows = [
        (
            entrant.name, f"{entrant.median:.2f}", f"{entrant.least:.2f}", f"{json_bytes / 1e6 / entrant.median:.0f}",
            f"{size / 1e6:.2f}", f"{entrant.ratio_to(mine):.2f}", f"{entrant.least / mine.least:.2f}",
        )
        for entrant, size in zip(entrants, sizes, strict=True)
    ]  # fmt: skip
    columns = (
        "tool",
        "CPU s, median",
        "CPU s, least",
        "MB JSON/s",
        "Parquet MB",
        "times ours, median",
        "times ours, least",
    )
    notes = (
        f"{len(files)} hours, {gzip_bytes / 1e6:.1f} MB of gzip, {json_bytes / 1e6:.1f} MB of JSON; "
        f"{len(mine.seconds)} rounds in turn; above 1 means slower than forgelake.",
        f"Equal to ours: {len(answers.FACTS)} groups of counts and sums, the types of {len(answers.COLUMNS)} columns "
        "(pandas: rows and ids only, it has no payload).",
        f"forgelake's Parquet is {sizes[0] / gzip_bytes:.1%} of the gzip bytes (wanted: below a third).",
        versions("chdb", "duckdb", "pandas", "polars", "pyarrow"),
    )
    return Table("normalise: one thread, from gzip to typed Parquet", columns, rows, notes)


def _best(entrants: list[Entrant]) -> Table:
    mine = entrants[0]
    best: dict[str, Entrant] = {}
    for way, entrant in zip(WAYS, entrants, strict=True):
        best[way.name] = min(best.get(way.name, entrant), entrant, key=lambda one: one.median)
    rows = [
        (entrant.name, f"{entrant.ratio_to(mine):.2f}", f"{entrant.least / mine.least:.2f}")
        for entrant in sorted(best.values(), key=lambda one: one.median)
    ]
    return Table("normalise: each tool at its best", ("tool", *RATIOS), rows)
