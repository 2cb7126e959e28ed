"""What one worker holds after a hundred, a thousand, ten thousand runs: memory, objects, files, threads."""

import gc
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks import lake
from benchmarks.load import free_port, resident_mb, until_it_answers
from benchmarks.options import Options
from benchmarks.report import Table, versions
from benchmarks.sample import scratch
from forgelake.app.compose import opened
from forgelake.app.jobs import JOBS
from forgelake.app.logs import configure
from forgelake.jobs.execution import Execution
from forgelake.jobs.job import Job, Known, Turn
from forgelake.jobs.schedule import cause
from forgelake.jobs.worker import Worker
from forgelake.model.hours import Hour
from forgelake.pipelines.context import Context
from forgelake.settings.loading import load
from forgelake.sources.synthetic.archive import write_archive

RUNS = 10_000
MARKS = (0.01, 0.1, 0.5, 1.0)
FIRST = Hour.parse("2026-01-01T00")
STEP = timedelta(minutes=10)
RUNS_AN_HOUR = 14
EVENTS_AN_HOUR = 30
LOOK_EVERY = 0.02
_OWN = Path("/proc/self")
SETTINGS = """
[jobs.check_alerts]
schedule = "50 * * * *"
after = []
[jobs.compact]
schedule = "*/10 * * * *"
[jobs.export_traffic]
schedule = "*/10 * * * *"
to = "{folder}/exported"
[alerts.quiet]
kind = "threshold"
metric = "events"
parameters = { interval = "h" }
below = 1
[alerts.whole]
kind = "coverage"
metric = "events"
below = 0.5
"""


@dataclass
class Time:
    """The instant that it is for the worker; it passes when nothing is due, and ends after so many runs."""

    instant: datetime
    marks: list[int]
    seen: list[tuple[str, ...]] = field(default_factory=list)
    runs: int = 0
    began: float = field(default_factory=time.process_time)
    _counting: threading.Lock = field(default_factory=threading.Lock)
    context: Context | None = None

    def now(self) -> datetime:
        """The real instant, UTC."""
        return datetime.now(UTC)

    def sleep(self, seconds: float) -> None:
        """Wait, look at this process where a mark has been reached, and let time pass where nothing is due."""
        time.sleep(seconds)
        if self.context is None:
            return
        rows = self.context.state.jobs.all_rows().values()
        if any(row.run_id is not None or cause(row, self.instant) for row in rows):
            return
        if self.runs >= self.marks[0]:
            self.marks.pop(0)
            self.seen.append(self._look())
        self.instant += STEP

    def stopped(self) -> bool:
        """Whether there have been runs enough."""
        return not self.marks

    def counted(self, jobs: Known) -> dict[str, Job]:
        """The same jobs, each run of which is counted."""
        return {name: replace(job, work=self._counted(job)) for name, job in jobs.items()}

    def _counted(self, job: Job) -> Callable[[Turn], str]:
        def work(turn: Turn) -> str:
            with self._counting:
                self.runs += 1
            return job.work(turn)

        return work

    def _look(self) -> tuple[str, ...]:
        gc.collect()
        links = [_link(one) for one in _OWN.joinpath("fd").iterdir()]
        connections = sum(link.startswith("socket:") or link.endswith(".db") for link in links)
        threads = sum(1 for _ in _OWN.joinpath("task").iterdir())
        hours = (self.instant - FIRST.start) // timedelta(hours=1)
        return (
            f"{self.runs:,}", f"{hours:,}", f"{resident_mb(os.getpid()):.0f}", f"{len(gc.get_objects()) / 1000:.1f}",
            str(len(links)), str(connections), str(threads), f"{time.process_time() - self.began:.0f}",
        )  # fmt: skip


def run(options: Options) -> list[Table]:
    """What this process holds, by the number of runs that it has done: of small jobs, then of jobs as they are."""
    runs = options.size or RUNS
    with scratch() as folder, _archive(folder / "hours", runs // RUNS_AN_HOUR + 48) as url:
        (folder / "forgelake.toml").write_text(SETTINGS.replace("{folder}", str(folder)), encoding="utf-8")
        small = _worked(_variables(folder / "small", url), folder, min(RUNS, 10 * runs), SMALL)
        real = _worked(_variables(folder / "home", url), folder, runs, JOBS)
    columns = ("runs", "hours", "resident MB", "thousand objects", "files", "connections", "threads", "CPU s")
    wanted = "Threads: with those of DuckDB, Arrow and obstore. Wanted: from the second line on, nothing grows."
    notes = (
        f"One worker, no pause between runs. Each hour brings one of up to {EVENTS_AN_HOUR} events over HTTP, alerts "
        "are looked at, and traffic is exported and days are compacted six times. Every 17th hour is missing and asked "
        "for again.",
        wanted,
        versions("duckdb", "pyarrow", "pyiceberg", "sqlalchemy"),
    )
    light = ("Six runs an hour that ask an empty lake, six that do nothing, one that fails.", wanted)
    return [
        Table("steady: a worker after so many small runs", columns, small, light),
        Table("steady: a worker after so many runs", columns, real, notes),
    ]


def _worked(environ: Mapping[str, str], folder: Path, runs: int, jobs: Known) -> list[tuple[str, ...]]:
    passing = Time(FIRST.start + STEP, [int(mark * runs) for mark in MARKS])
    chosen = load(environ, folder)
    configure(chosen.log, on_terminal=False)
    with opened(chosen) as context:
        passing.context = replace(context, clock=lambda: passing.instant)
        execution = Execution(passing.context, passing.counted(jobs), passing)
        Worker(execution, look_every=LOOK_EVERY).run()
    return passing.seen


def _asks(turn: Turn) -> str:
    with turn.context.lake.now(0).session(tables=["events"]) as session:
        session.run("SELECT count(*) FROM events").read_all()
    return ""


def _breaks(_: Turn) -> str:
    message = "nobody foresaw this"
    raise KeyError(message)


SMALL = {
    "compact": replace(JOBS["compact"], work=_asks),
    "export_traffic": replace(JOBS["export_traffic"], work=lambda _: ""),
    "check_alerts": replace(JOBS["check_alerts"], work=_breaks),
}


def _variables(home: Path, url: str) -> dict[str, str]:
    own = lake.variables(home, home)
    return {**own, "FORGELAKE_GHARCHIVE_URLS": url, "FORGELAKE_GHARCHIVE_WORKERS": "1", "FORGELAKE_NOW": ""}


@contextmanager
def _archive(folder: Path, hours: int) -> Iterator[str]:
    """Small hours, over HTTP from another process."""
    write_archive(folder, FIRST, FIRST.shifted(hours), EVENTS_AN_HOUR)
    port = free_port()
    command = [sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1", "--directory", str(folder)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        until_it_answers(process, port, folder)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()


def _link(file: Path) -> str:
    try:
        return str(file.readlink())
    except OSError:
        return ""
