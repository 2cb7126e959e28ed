"""``python -m benchmarks [name …]``: run the named measurements, or all."""

import argparse
import importlib
import os
import subprocess
import sys

from benchmarks.options import BENCHMARKS, Options
from benchmarks.report import Table, machine, show
from benchmarks.sample import NotFoundError

# Polars, NumPy and Arrow read these when they are imported, so they are set before anything else is.
ONE_THREAD = ("POLARS_MAX_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMEXPR_MAX_THREADS")


def main() -> int:
    """Run what was asked for; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="name", help=f"{', '.join(BENCHMARKS)}; all if left out")
    parser.add_argument("--markdown", action="store_true", help="print Markdown tables")
    parser.add_argument("--rounds", type=int, default=0, help="rounds of normalise, of workers, of memory")
    parser.add_argument("--hours", type=int, default=0, help="archive hours to use, fewer for a quick look")
    parser.add_argument(
        "--size", type=int, default=0, help="commits of fetching, runs of steady, fewer for a quick look"
    )
    given = parser.parse_args()
    unknown = sorted(set(given.names) - set(BENCHMARKS))
    if unknown:
        parser.error(f"there is no benchmark {', '.join(unknown)}; there are: {', '.join(BENCHMARKS)}")
    names = given.names or list(BENCHMARKS)
    options = Options(given.rounds, given.hours, given.size)
    if len(names) == 1:
        return _run(names[0], options, markdown=given.markdown)
    # A process for each: what one has loaded and set must not weigh on the next.
    flags = ["--markdown"] * given.markdown + ["--rounds", str(given.rounds), "--hours", str(given.hours)]
    flags += ["--size", str(given.size)]
    commands = [[sys.executable, "-m", "benchmarks", name, *flags] for name in names]
    return max(subprocess.run(command, check=False).returncode for command in commands)


def _run(name: str, options: Options, *, markdown: bool) -> int:
    if name == "normalise":
        os.environ.update(dict.fromkeys(ONE_THREAD, "1"))
    load_before = machine()
    try:
        tables: list[Table] = importlib.import_module(f"benchmarks.{name}").run(options)
    except NotFoundError as error:
        print(f"{name}: skipped: {error}")
        return 0
    for table in tables:
        show(table, markdown=markdown)
    print(f"{load_before}; after: {machine()}\n" if not markdown else f"Before: {load_before}. After: {machine()}.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
