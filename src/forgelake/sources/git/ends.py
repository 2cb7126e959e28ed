"""A history read from both of its ends at the same time, until the two readers meet: git itself takes one core."""

from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from enum import Enum
from threading import Event, Lock, Semaphore
from typing import TypeVar

Item = TypeVar("Item")


class End(Enum):
    """Where a reader begins."""

    NEWEST = "newest"
    OLDEST = "oldest"


def read(
    items: Callable[[End], Generator[Item, None, None]],
    take: Callable[[Item, End], bool],
    spare: Semaphore | None = None,
) -> None:
    """Give each item to ``take``, one at a time, and from both ends where a core is to spare when this begins.

    Args:
        items: begins to read from an end; whoever stops closes it.
        take: answers whether to go on. Where it has had an item already, the readers have met, and it is to say no.

    Raises:
        Exception: what reading or taking raises; the other reader stops then.
    """
    lock, over = Lock(), Event()

    def reader(end: End) -> None:
        try:
            with closing(items(end)) as found:
                for item in found:
                    with lock:
                        if over.is_set() or not take(item, end):
                            break
        finally:
            over.set()

    if spare is None or not spare.acquire(blocking=False):
        reader(End.NEWEST)
        return
    try:
        with ThreadPoolExecutor(1) as pool:
            other = pool.submit(reader, End.OLDEST)
            reader(End.NEWEST)
            other.result()
    finally:
        spare.release()
