"""Workers as processes whose clock is a file that a test writes.

They are forked from a process that has the slow imports behind it and no threads, never from the tests' own.
"""

import multiprocessing
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from multiprocessing.process import BaseProcess
from pathlib import Path

from forgelake.app.compose import opened
from forgelake.app.jobs import JOBS
from forgelake.app.logs import configure
from forgelake.jobs.execution import Execution
from forgelake.jobs.worker import Worker
from forgelake.pipelines.clock import RealClock
from forgelake.settings.loading import load

CONTEXT = multiprocessing.get_context("forkserver")
PRELOADED = [
    "pytest", "psycopg", "tests.jobs.processes", "forgelake.pipelines.collect", "forgelake.pipelines.retention",
    "forgelake.pipelines.repos.snapshot", "forgelake.pipelines.polls.run", "alembic.command",
]  # fmt: skip


def started(environ: Mapping[str, str], cwd: Path, clock: Path) -> BaseProcess:
    """A worker that looks often; it ends with the tests whatever happens."""
    CONTEXT.set_forkserver_preload(PRELOADED)
    process = CONTEXT.Process(target=_work, args=(dict(environ), cwd, clock), daemon=True)
    process.start()
    return process


def set_clock(clock: Path, instant: datetime) -> None:
    """Let it be that instant for every worker."""
    fresh = clock.with_suffix(".fresh")
    fresh.write_text(instant.isoformat(), encoding="ascii")
    fresh.replace(clock)


def _work(environ: dict[str, str], cwd: Path, clock: Path) -> None:
    chosen = load(environ, cwd)
    configure(chosen.log, on_terminal=False)
    stop = RealClock()
    with stop.ended_by_signals(), opened(chosen) as context:
        moved = replace(context, clock=lambda: datetime.fromisoformat(clock.read_text(encoding="ascii")))
        Worker(Execution(moved, JOBS, stop), look_every=0.2).run()
