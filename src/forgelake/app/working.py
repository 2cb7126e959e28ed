"""Workers as processes: one that works until told to stop, and one beside a server, started anew if it dies."""

import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.process import BaseProcess
from typing import Final

import structlog

from forgelake.app.compose import opened
from forgelake.app.jobs import JOBS
from forgelake.app.logs import configure
from forgelake.engines.children import end_with_parent, leaving_interrupts
from forgelake.jobs.execution import Execution
from forgelake.jobs.worker import GOODBYE_SECONDS, Worker
from forgelake.pipelines.clock import RealClock
from forgelake.settings.root import Settings

BEGIN_AGAIN_SECONDS: Final = 5.0
"""How long to wait before a worker that died is started anew."""

_log = structlog.get_logger()


def work(chosen: Settings, *, until_idle: bool = False) -> None:
    """Run jobs as they become due, until a signal says to stop, or until nothing is due.

    A run that does not end in time ends with the process; it is noted, and done again later.
    """
    clock = RealClock()
    with clock.ended_by_signals(), opened(chosen) as context:
        if Worker(Execution(context, JOBS, clock)).run(until_idle=until_idle):
            return
        sys.stderr.flush()
        os._exit(0)


@contextmanager
def beside(chosen: Settings) -> Iterator[None]:
    """A worker in a process of its own while the block runs."""
    over = threading.Event()
    watch = threading.Thread(target=_watch, args=(chosen, over), name="worker-watch", daemon=True)
    watch.start()
    try:
        yield
    finally:
        over.set()
        watch.join(GOODBYE_SECONDS + BEGIN_AGAIN_SECONDS)


def _watch(chosen: Settings, over: threading.Event) -> None:
    """Keep a worker alive until it is over."""
    while not over.is_set():
        process = _started(chosen)
        while process.is_alive() and not over.wait(0.2):
            pass
        if over.is_set():
            process.terminate()
            process.join(GOODBYE_SECONDS + 1)
            process.kill()
            process.join()
            return
        if not over.wait(BEGIN_AGAIN_SECONDS):
            _log.error("the worker ended by itself; it is started anew", code=process.exitcode)


def _started(chosen: Settings) -> BaseProcess:
    process = multiprocessing.get_context("spawn").Process(
        target=_worker, args=(chosen, sys.stderr.isatty()), name="forgelake-worker"
    )
    with leaving_interrupts():
        process.start()
    return process


def _worker(chosen: Settings, on_terminal: bool) -> None:
    configure(chosen.log, on_terminal=on_terminal)
    end_with_parent(_goodbye)
    work(chosen)


def _goodbye() -> None:
    """Where the server is killed, the worker ends too, in good order."""
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(GOODBYE_SECONDS + 1)
