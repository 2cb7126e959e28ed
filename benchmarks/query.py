"""How long a question to the lake takes, within a process and as a command."""

import os
import time
from pathlib import Path
from statistics import median

from benchmarks import lake
from benchmarks.options import Options
from benchmarks.report import Table, versions
from benchmarks.sample import HOURS, archive, scratch
from forgelake.app.compose import opened, settings
from forgelake.query.session import Session

ROUNDS = 20
WANTED_MS = 150
QUERIES = {
    "top ten repositories": "SELECT repo_name, count(*) AS events FROM events GROUP BY ALL ORDER BY 2 DESC LIMIT 10",
    "events by type": "SELECT type, count(*) AS events FROM events GROUP BY ALL ORDER BY 2 DESC",
    "merges by hour": "SELECT date_trunc('hour', created_at) AS hour, count(*) AS merges FROM events "
    "WHERE type = 'PullRequestEvent' AND action = 'closed' AND merged GROUP BY ALL ORDER BY 1",
}


def run(options: Options) -> list[Table]:
    """Milliseconds of each query.

    Raises:
        NotFoundError: there are no archive hours.
    """
    hours, rounds = archive(options.hours), options.rounds or ROUNDS
    with scratch() as folder:
        home = folder / "home"
        lake.collect(home, hours[0].parent, HOURS[0], HOURS[len(hours) - 1], workers=2)
        os.environ.update(lake.variables(home, hours[0].parent))
        with opened(settings()) as context, context.lake.now().session() as asked:
            rows = [_row(name, asked, home, hours[0].parent, rounds) for name in QUERIES]
    columns = ("query", "first ms", "median ms", "least ms", "as a command ms")
    notes = (
        f"{len(hours)} hours in the lake, {rounds} repetitions after the first; "
        f"wanted: a median below {WANTED_MS} ms for the first query.",
        "As a command: `forgelake sql` in a new process, start-up included, middle of three.",
        versions("duckdb"),
    )
    return [Table("query: SQL over the lake", columns, rows, notes)]


def _row(name: str, asked: Session, home: Path, hours: Path, rounds: int) -> tuple[str, ...]:
    sql = QUERIES[name]
    first, *others = [_milliseconds(sql, asked) for _ in range(rounds + 1)]
    command = median(1000 * lake.forgelake(home, hours, "sql", sql) for _ in range(3))
    return name, f"{first:.0f}", f"{median(others):.0f}", f"{min(others):.0f}", f"{command:.0f}"


def _milliseconds(sql: str, asked: Session) -> float:
    started = time.perf_counter()
    asked.run(sql).read_all()
    return 1000 * (time.perf_counter() - started)
