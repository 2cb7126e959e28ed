"""The files that pages load: one style sheet, one script, and Vega for whoever reaches for a chart.

An address holds a mark of the file's content, so a browser keeps it for ever.
"""

import hashlib
from collections.abc import Callable
from functools import cache
from importlib.resources import files
from typing import Final

from forgelake.metrics.look import dark_rules

STYLE: Final = "forgelake.css"
SCRIPT: Final = "forgelake.js"
ICON: Final = "icon.svg"
VEGA: Final = "vega.js"
MEDIA_TYPES: Final = {
    STYLE: "text/css; charset=utf-8",
    SCRIPT: "text/javascript; charset=utf-8",
    ICON: "image/svg+xml",
    VEGA: "text/javascript; charset=utf-8",
}
NAMES: Final = tuple(MEDIA_TYPES)


class Assets:
    """The files by name, each read once; Vega's is made when it is first asked for."""

    def __init__(self, vega: Callable[[], bytes], vega_version: str) -> None:
        """Args: how to make Vega's bundle, which takes seconds; what changes when the bundle does."""
        self._vega_version = vega_version
        self._made = cache(vega)

    def body(self, name: str) -> bytes:
        """A file's bytes; ``name`` is one of ``NAMES``."""
        return self._made() if name == VEGA else _own(name)

    def mark(self, name: str) -> str:
        """What changes when the file does; of Vega's its version, for making it takes seconds."""
        return _digest(self._vega_version.encode()) if name == VEGA else _digest(_own(name))


@cache
def _own(name: str) -> bytes:
    body = files("forgelake.pages").joinpath("static", name).read_bytes()
    if name == STYLE:
        # Drawings on a page have the colours of a light one; the sheet changes them on a dark one.
        body += f"@media (prefers-color-scheme: dark) {{{dark_rules()}}}\n".encode()
    return body


@cache
def _digest(content: bytes) -> str:
    return hashlib.blake2b(content, digest_size=6).hexdigest()
