"""A worker that runs for a long time holds what it held at the beginning."""

import gc
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from forgelake.jobs.job import Turn
from tests.jobs.bench import Bench

WARMING_UP, ROUNDS = 15, 50


def _reads(turn: Turn) -> str:
    with turn.context.lake.now(0).session() as session:
        session.run("SELECT count(*) FROM runs").read_all()
    return ""


def _breaks(_: Turn) -> str:
    message = "nobody foresaw this"
    raise KeyError(message)


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="counts what Linux tells of a process")
def test_hundreds_of_runs_leave_neither_objects_nor_files_nor_threads(bench: Bench) -> None:
    work: dict[str, Callable[[Turn], str] | None] = {"notes": None, "breaks": _breaks, "reads": _reads}
    for name, does in work.items():
        bench.job(name, does)

    def rounds(number: int) -> None:
        for _ in range(number):
            bench.passes(hours=2)
            for name in bench.jobs:
                bench.context.state.jobs.want(name, "asked", bench.instant)
            bench.work()

    bench.work()
    rounds(WARMING_UP)
    before = _held()
    rounds(ROUNDS)
    after = _held()
    assert len(bench.done) == WARMING_UP + ROUNDS
    (objects, files, threads), (more_objects, more_files, more_threads) = before, after
    # Those that tests before left may end meanwhile.
    assert more_threads <= threads
    # As many runs at once as never before open connections of SQLite that stay, up to five of three files each, and
    # each learns the statements anew. What leaks a run's thread, record or connection leaves several objects a run.
    assert more_files - files <= 5 * 3
    assert more_objects - objects < 2 * ROUNDS * len(bench.jobs)


def _held() -> tuple[int, int, int]:
    gc.collect()
    return len(gc.get_objects()), sum(1 for _ in Path("/proc/self/fd").iterdir()), threading.active_count()
