"""Pages: a site of files with a hundred repositories, and what a page that was made before costs the server."""

import resource
import subprocess
import sys
import time
from pathlib import Path
from statistics import median

import httpx2

from benchmarks import lake
from benchmarks.load import forgelake
from benchmarks.options import Options
from benchmarks.report import Table, versions
from benchmarks.sample import HOURS, archive, scratch

REPOS = 100
ROUNDS = 300
WANTED_SECONDS, WANTED_MS = 60, 15
_EXPORT = """
import resource, sys
from forgelake.cli.main import run
try:
    run()
finally:
    used = resource.getrusage(resource.RUSAGE_SELF)
    print(used.ru_utime + used.ru_stime, file=sys.stderr)
"""
PATHS = ("/", "/?period=24h", "/explore/events", "/cards/events.svg", "/badges/events.svg")


def run(options: Options) -> list[Table]:
    """Both tables.

    Raises:
        NotFoundError: there are no archive hours.
    """
    files = archive(min(options.hours, len(HOURS)))
    with scratch() as folder:
        home = folder / "home"
        lake.collect(home, files[0].parent, HOURS[0], HOURS[len(files) - 1], workers=2)
        return [_exported(home, folder, len(files)), _served(home, folder, options.rounds or ROUNDS)]


def _exported(home: Path, folder: Path, hours: int) -> Table:
    """An export, and the same one again."""
    target = folder / "site"
    rows = []
    for name in ("first", "again, nothing new"):
        seconds, own, drawing = _export(home, folder, target)
        files = [path for path in target.rglob("*") if path.is_file()]
        pages = sum(path.suffix == ".html" for path in files)
        megabytes = sum(path.stat().st_size for path in files) / 1e6
        used = f"{seconds:.1f}", f"{own:.1f}", f"{drawing:.1f}"
        rows.append((name, *used, str(pages), str(len(files)), f"{megabytes:.0f}"))
    columns = ("export", "s", "CPU s", "CPU s drawing", "pages", "files", "MB")
    notes = (
        f"forgelake export site --repos {REPOS} over {hours} archive hours into an empty folder.",
        "CPU s are of its own process; those of the processes that draw stand beside them.",
        f"Wanted: less than {WANTED_SECONDS} s on two cores.",
        versions("duckdb", "vl-convert-python", "jinja2"),
    )
    return Table(f"pages: a site of {REPOS} repositories", columns, rows, notes)


def _export(home: Path, folder: Path, target: Path) -> tuple[float, float, float]:
    """Export; gives the seconds that it took, those of CPU of its own process, and those of the ones that draw."""
    command = [sys.executable, "-c", _EXPORT, "export", "site", "--to", str(target), "--repos", str(REPOS)]
    before, started = _cpu_seconds(), time.perf_counter()
    done = subprocess.run(command, env=lake.variables(home, folder), capture_output=True, text=True, check=True)
    seconds, own = time.perf_counter() - started, float(done.stderr.split()[-1])
    return seconds, own, _cpu_seconds() - before - own


def _served(home: Path, folder: Path, rounds: int) -> Table:
    """What the server's own log says of pages and cards that were asked for before."""
    environ = {
        **lake.variables(home, folder),
        "FORGELAKE_API_ADDRESS_PER_MINUTE": "0",
        "FORGELAKE_LOG_LEVEL": "info",
        "FORGELAKE_LOG_FORMAT": "json",
    }
    rows = []
    for path in PATHS:
        with forgelake(environ, folder) as (port, _):
            with httpx2.Client(base_url=f"http://127.0.0.1:{port}", timeout=120, trust_env=False) as client:
                for _ in range(rounds):
                    client.get(path).raise_for_status()
            time.sleep(0.2)
            lines = (folder / "server.log").read_text().splitlines()
        told = [float(one.partition('"milliseconds": ')[2].partition(",")[0]) for one in lines if '"request"' in one]
        again = sorted(told[1:])
        rows.append((path, f"{told[0]:.0f}", f"{median(again):.2f}", f"{again[int(len(again) * 0.99)]:.2f}"))
    columns = ("address", "first ms", "again ms, middle", "again ms, 99 % under")
    notes = (
        f"{rounds} requests of one client for each address, to a server that just started; by the server's own log.",
        f"Wanted: less than {WANTED_MS} ms for a page that was made before. Cards are kept between servers.",
    )
    return Table("pages: at the server", columns, rows, notes)


def _cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
