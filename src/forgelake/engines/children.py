"""Processes that this one starts: they end with it, also where it is killed and can end nothing any more.

They are spawned, never forked: Arrow, DuckDB, S3 clients, servers and V8 run threads that a fork would lose.
Ctrl-C goes to every process of a terminal; they leave it to this one, which ends them in good order.
"""

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import resource_tracker
from multiprocessing.process import BaseProcess
from typing import ParamSpec, TypeVar

Given = ParamSpec("Given")
Made = TypeVar("Made")


class Pool(ProcessPoolExecutor):
    """Processes that are started when they are first needed."""

    def __init__(self, number: int, begin: Callable[[], None]) -> None:
        """Args:
        number: how many at most.
        begin: called in each before anything else; has to call ``end_with_parent``.
        """
        super().__init__(number, multiprocessing.get_context("spawn"), initializer=begin)

    def submit(self, fn: Callable[Given, Made], /, *args: Given.args, **kwargs: Given.kwargs) -> Future[Made]:
        """Have a process call it."""
        with leaving_interrupts():
            return super().submit(fn, *args, **kwargs)


@contextmanager
def leaving_interrupts() -> Iterator[None]:
    """A process that is started in here leaves Ctrl-C to this one from its first instant, while it imports, too."""
    # It comes with the first process, and unblocks the signal for the thread that starts it.
    resource_tracker.ensure_running()
    former = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, former)


def end_with_parent(goodbye: Callable[[], None] = lambda: None) -> None:
    """Called in a new process, before anything else: a thread ends it once the one that started it is gone.

    Args:
        goodbye: called in that thread before the process ends; takes as long as work under way may take to end.
    """
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_exit_after, args=(parent, goodbye), daemon=True).start()


def _exit_after(parent: BaseProcess, goodbye: Callable[[], None]) -> None:
    parent.join()
    goodbye()
    os._exit(1)
