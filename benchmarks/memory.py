"""Peak memory of a worker process that normalises a large hour, and one twice as large."""

import gzip
import json
import re
import subprocess
import sys
from pathlib import Path

from benchmarks.options import Options
from benchmarks.report import Table
from benchmarks.sample import ROOT, archive, scratch

LARGE_HOUR_BYTES = 72_000_000
"""The largest hours of 2020 and later have about as many bytes of gzip."""

WANTED_MB = 400
_FIRST_DIGIT = re.compile(rb'^\{"id":"\d', re.MULTILINE)


def run(options: Options) -> list[Table]:
    """Peak resident memory for each size.

    Raises:
        NotFoundError: there are no archive hours.
    """
    files = archive(options.hours)
    large = LARGE_HOUR_BYTES if not options.hours else 2 * sum(file.stat().st_size for file in files)
    with scratch() as folder:
        hour = folder / "2016-01-01-1.json.gz"
        rows = [_row("a large hour", hour, _grown(hour, files, large))]
        rows.append(_row("twice as large", hour, _grown(hour, files, 2 * large)))
        hour.write_bytes(b"".join(file.read_bytes() for file in files) * 2)
        rows.append(_row("every event twice", hour, hour.stat().st_size))
    columns = ("hour", "gzip MB", "JSON MB", "events", "after imports MB", "peak MB")
    notes = (
        f"Wanted: a peak below {WANTED_MB} MB that does not grow with the hour.",
        "Made of the sample hours as gzip members; ids differ in all of them but for the last row.",
    )
    return [Table("memory: peak of one worker process", columns, rows, notes)]


def _grown(hour: Path, files: list[Path], size: int) -> int:
    """Write members until there are that many bytes; copies of an event get an id of their own."""
    written = copy = 0
    with hour.open("wb") as target:
        while written < size:
            for file in files:
                member = file.read_bytes()
                if copy:
                    text = _FIRST_DIGIT.sub(rb'{"id":"%d' % (copy + 3), gzip.decompress(member))
                    member = gzip.compress(text, 6)
                written += target.write(member)
                if written >= size:
                    break
            copy += 1
    return written


def _row(name: str, hour: Path, size: int) -> tuple[str, ...]:
    command = [sys.executable, "-m", "benchmarks.one_slice", str(hour)]
    printed = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT).stdout
    seen = json.loads(printed)
    return (
        name, f"{size / 1e6:.1f}", f"{seen['json_bytes'] / 1e6:.0f}", f"{seen['events']:,}",
        f"{seen['after_imports'] / 1e6:.0f}", f"{seen['peak'] / 1e6:.0f}",
    )  # fmt: skip
