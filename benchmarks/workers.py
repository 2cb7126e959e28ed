"""Wall time of `forgelake collect gharchive` with one worker and with two: do two cores bring twice as much?"""

import re
from pathlib import Path
from shutil import rmtree
from statistics import median

from isal import igzip

from benchmarks import lake
from benchmarks.options import Options
from benchmarks.report import Table
from benchmarks.sample import archive, scratch
from forgelake.model.hours import Hour

HOURS, ROUNDS, NUMBERS = 192, 2, (1, 2)
WANTED = 1.7
FIRST = Hour.parse("2016-02-01T00")
_CREATED = re.compile(rb'"created_at":"2016-01-01T\d\d:')


def run(options: Options) -> list[Table]:
    """Wall seconds and hours per second for each number of workers.

    Raises:
        NotFoundError: there are no archive hours.
    """
    count = options.hours or HOURS
    walls: dict[tuple[int, int], list[float]] = {(number, hours): [] for number in NUMBERS for hours in (number, count)}
    with scratch() as folder:
        hours = moved_hours(folder / "hours", archive(), FIRST, count)
        for _ in range(options.rounds or ROUNDS):
            for (number, size), seconds in walls.items():
                home = folder / "home"
                seconds.append(lake.collect(home, hours, FIRST, FIRST.shifted(size - 1), number))
                rmtree(home)
    return [_table(walls, count)]


def moved_hours(folder: Path, files: list[Path], first: Hour, count: int) -> Path:
    """Write hours in a row, each a sample hour whose events have been moved to it."""
    folder.mkdir()
    for number in range(count):
        hour = first.shifted(number)
        text = igzip.decompress(files[number % len(files)].read_bytes())
        moved = _CREATED.sub(f'"created_at":"{hour}:'.encode(), text)
        (folder / f"{hour.name}.json.gz").write_bytes(igzip.compress(moved, 2))
    return folder


def _table(walls: dict[tuple[int, int], list[float]], count: int) -> Table:
    # An hour for each worker carries the start: interpreters, imports, a new database, a new catalog.
    after_start = {
        number: [
            (count - number) / (all_ - first)
            for all_, first in zip(walls[number, count], walls[number, number], strict=True)
        ]
        for number in NUMBERS
    }
    rows = [
        (
            str(number), f"{median(walls[number, number]):.2f}", f"{median(walls[number, count]):.1f}",
            f"{median(after_start[number]):.2f}", f"{median(walls[1, count]) / median(walls[number, count]):.2f}",
            f"{median(after_start[number]) / median(after_start[1]):.2f}",
        )
        for number in NUMBERS
    ]  # fmt: skip
    rounds = len(walls[1, count])
    columns = (
        "workers",
        "an hour each s",
        f"{count} hours s",
        "hours/s after start",
        "times, with start",
        "times, rate",
    )
    notes = (
        f"Wall time, middle of {rounds} rounds in turn. Wanted: the rate of two workers is {WANTED} times that of one.",
        "Landing, normalising, staging and committing, from a local folder into a new lake in memory.",
    )
    return Table("workers: collecting on two cores", columns, rows, notes)
