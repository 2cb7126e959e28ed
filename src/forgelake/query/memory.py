"""What was worked out of one state of the lake, kept for the next who asks."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

Made = TypeVar("Made")
_KEPT = 128
"""One page asks many questions about few periods; an export asks them of every page."""


class Memory:
    """Threads share it: what several of them ask for at once is made once."""

    def __init__(self, most: int = _KEPT) -> None:
        self._most = most
        self._kept: OrderedDict[Hashable, Any] = OrderedDict()
        # Making one thing may ask for another.
        self._lock = threading.RLock()

    def known(self, key: Hashable, make: Callable[[], Made]) -> Made:
        """What was made under a key before, or is now; of too many what was not asked for longest goes."""
        with self._lock:
            if key not in self._kept:
                self._kept[key] = make()
            self._kept.move_to_end(key)
            made: Made = self._kept[key]
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
            return made
