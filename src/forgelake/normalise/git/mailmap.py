"""A repository's ``.mailmap``: which addresses it says are one person's (https://git-scm.com/docs/gitmailmap)."""

import re
from collections import defaultdict
from collections.abc import Container
from typing import Final

MOST: Final = 20
"""Further addresses of one person that a file is believed to know; a file with more says something else."""

_ADDRESS: Final = re.compile(r"<([^<>]*)>")
_BOTH: Final = 2
"""Addresses of a line that says of two that they are one person's: the proper one, then that of commits."""


def further(text: str, own: Container[str]) -> tuple[str, ...]:
    """Addresses of whom some are known, in folded case and in order; none where these are too many.

    Lines that give an address nothing but a name tell nothing.
    """
    groups: dict[str, set[str]] = defaultdict(set)
    for line in text.splitlines():
        found = [one.strip().casefold() for one in _ADDRESS.findall(line)] if not line.startswith("#") else []
        if len(found) == _BOTH and all(found):
            groups[found[0]].update(found)
    theirs = {one for group in groups.values() if any(other in own for other in group) for one in group}
    others = sorted(one for one in theirs if one not in own)
    return tuple(others) if len(others) <= MOST else ()
