"""Charts as SVG: a Vega-Lite specification drawn by vl-convert, offline, light and dark in one file.

vl-convert holds the interpreter for as long as it draws (0.7 s the first time, 40 ms later), so a server has a process
of its own draw and goes on answering meanwhile.
"""

import json
import multiprocessing
import threading
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import lru_cache
from typing import Any, Final

from forgelake.model.errors import RetryError, StopError

DRAWING_SECONDS: Final = 30.0
_KEPT: Final = 32

COLOURS: Final = {
    "#4795E0": "#25A0FD",
    "#385301": "#6B8536",
    "#929704": "#D3DA0E",
    "#C15A7E": "#FC8FB2",
    "#81295F": "#DD329F",
}
"""Colours of series on a light and on a dark page: told apart with any colour vision, 3:1 or better on both."""

INK: Final = {"#FFFFFF": "#0D1117", "#1F2328": "#E6EDF3", "#59636E": "#9198A1", "#D1D9E0": "#3D444D"}
"""Page, text, labels and lines on a light and on a dark page."""

_PAGE, _TEXT, _LABEL, _LINE = INK
_CONFIG: Final[dict[str, Any]] = {
    "background": _PAGE,
    "font": "system-ui, -apple-system, 'Segoe UI', sans-serif",
    "mark": {"color": next(iter(COLOURS))},
    "range": {"category": list(COLOURS)},
    "title": {"color": _TEXT, "subtitleColor": _LABEL, "anchor": "start"},
    "axis": {"labelColor": _LABEL, "titleColor": _LABEL, "gridColor": _LINE, "domainColor": _LINE, "tickColor": _LINE},
    "legend": {"labelColor": _LABEL, "titleColor": _LABEL},
    "text": {"color": _TEXT},
    "view": {"stroke": None},
}


def as_svg(specification: Mapping[str, Any]) -> bytes:
    """Draw in this process.

    Raises:
        StopError: the specification cannot be drawn.
    """
    # Deferred: it takes 80 MB and half a second, and few ask for a drawing.
    import vl_convert

    try:
        # No address is allowed, so whatever a specification names is not loaded.
        drawn = vl_convert.vegalite_to_svg(dict(specification), config=_CONFIG, allowed_base_urls=[])
    except ValueError as error:
        message = f"the chart cannot be drawn: {str(error)[:300]}; see: forgelake metrics check"
        raise StopError(message) from error
    return _with_dark(drawn).encode()


class Drawer:
    """Draws in a process of its own, which is started when it is first needed. Threads share it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pool: ProcessPoolExecutor | None = None
        self._known = lru_cache(_KEPT)(self._draw)

    def draw(self, specification: Mapping[str, Any]) -> bytes:
        """Draw, or give the drawing that the same specification got before.

        Raises:
            StopError: it cannot be drawn.
            RetryError: it took too long, or the process ended.
        """
        return self._known(json.dumps(specification, sort_keys=True))

    def close(self) -> None:
        """End the process."""
        with self._lock:
            pool, self._pool = self._pool, None
        if pool is not None:
            pool.shutdown(wait=False, cancel_futures=True)

    def _draw(self, specification: str) -> bytes:
        with self._lock:
            if self._pool is None:
                # Not forked: a child of a process that has drawn before would hang for ever.
                self._pool = ProcessPoolExecutor(1, multiprocessing.get_context("spawn"))
            pool = self._pool
        try:
            return pool.submit(as_svg, json.loads(specification)).result(DRAWING_SECONDS)
        except (BrokenProcessPool, TimeoutError) as error:
            self.close()
            message = "the chart was not drawn; ask again, or for the numbers"
            raise RetryError(message) from error


def _with_dark(drawn: str) -> str:
    """The drawing with a style for dark pages: a rule is stronger than the attribute that it looks for."""
    rules = "".join(
        f'[{attribute}="{light}" i]{{{attribute}:{dark}}}'
        for light, dark in (COLOURS | INK).items()
        for attribute in ("fill", "stroke")
    )
    head, separator, rest = drawn.partition(">")
    return f"{head}{separator}<style>@media (prefers-color-scheme:dark){{{rules}}}</style>{rest}"
