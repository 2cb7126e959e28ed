"""What the C library, Arrow and Python do with memory that is free.

Left alone, glibc hands the top of the heap back to the system after every batch of events and takes it again for the
next one; faulting those pages in is a twentieth of the whole work. Elsewhere than on Linux nothing is done.
"""

import ctypes
import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

import pyarrow as pa

_M_TOP_PAD = -2
"""From glibc's malloc.h."""

KEPT_BYTES = 64 << 20


@cache
def keep_memory() -> None:
    """Let this process keep up to ``KEPT_BYTES`` of free heap."""
    if mallopt := _of_libc("mallopt"):
        mallopt(_M_TOP_PAD, KEPT_BYTES)


def give_back_memory() -> None:
    """Hand everything that is free back to the system, before something else needs much."""
    pa.default_memory_pool().release_unused()
    if malloc_trim := _of_libc("malloc_trim"):
        malloc_trim(0)


@contextmanager
def without_collecting() -> Iterator[None]:
    """Rows and commits hold lists by the hundred thousand and never a cycle: looking for cycles among them is lost
    time."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


def _of_libc(name: str) -> "ctypes._NamedFuncPointer | None":
    """Not every C library has these."""
    return getattr(ctypes.CDLL(None), name, None) if sys.platform == "linux" else None
