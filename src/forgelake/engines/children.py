"""Processes that this one starts: they end with it, also where it is killed and can end nothing any more."""

import multiprocessing
import os
import threading
from collections.abc import Callable
from multiprocessing.process import BaseProcess


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
