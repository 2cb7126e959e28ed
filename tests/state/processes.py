"""What the other processes of the tests do.

They are forked from a clean process that has the slow imports behind it, never from the tests' own, whose connections
they would inherit.
"""

import multiprocessing
import os
from datetime import UTC, datetime
from multiprocessing.process import BaseProcess
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier
from typing import Any

from forgelake.state.database import State
from forgelake.state.owners import Owner
from tests.servers.aws import ENVIRONMENT

CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["pytest", "psycopg", "forgelake.state.database"])
START_WITHIN_SECONDS = 60.0


def start(target: Any, *arguments: object) -> BaseProcess:
    """Start a process; it ends with the tests whatever happens."""
    process = CONTEXT.Process(target=_begin, args=(target, *arguments), daemon=True)
    process.start()
    return process


def _begin(target: Any, *arguments: object) -> None:
    # The clean process began before any test had set these.
    os.environ.update(ENVIRONMENT)
    target(*arguments)


def claim_all(url: str, names: list[str], barrier: Barrier, answers: "Queue[set[str]]") -> None:
    """Claim names one at a time, from the moment at which all processes are ready."""
    with State.open(url) as state:
        owner = Owner.current()
        barrier.wait(START_WITHIN_SECONDS)
        claimed: set[str] = set()
        for name in names:
            claimed |= state.leases.acquire([name], owner, 60, datetime.now(UTC))
        answers.put(claimed)
        # Its leases must not look like those of a dead process while the other still claims.
        barrier.wait(START_WITHIN_SECONDS)


def claim_and_die(url: str, names: list[str], run_id: str) -> None:
    """Claim names for an hour, begin a run, and go away without a word."""
    state = State.open(url)
    owner = Owner.current(run_id)
    now = datetime.now(UTC)
    state.leases.acquire(names, owner, 3600, now)
    state.runs.start("collect gharchive", {}, owner, now)
    os._exit(0)


def open_fresh(url: str, source: str, barrier: Barrier) -> None:
    """Open a database that nobody has opened before, at the same instant as another process."""
    barrier.wait(START_WITHIN_SECONDS)
    with State.open(url) as state:
        state.bookmarks.set(source, datetime(2016, 1, 1, tzinfo=UTC), "run", datetime.now(UTC))


def count_up(url: str, name: str, times: int) -> None:
    """Read, then write, a bookmark under a lock, as often as asked."""
    with State.open(url) as state:
        owner = Owner.current()
        for _ in range(times):
            with state.leases.lock(name, owner, ttl_seconds=30, wait_seconds=60):
                seen = state.bookmarks.get(name) or datetime.fromtimestamp(0, UTC)
                one_more = datetime.fromtimestamp(seen.timestamp() + 1, UTC)
                state.bookmarks.set(name, one_more, owner.run_id, datetime.now(UTC))
