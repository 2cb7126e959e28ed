"""Charts drawn: a Vega-Lite specification becomes SVG or PNG by vl-convert, offline.

vl-convert holds the interpreter for as long as it draws (a second the first time, 40 ms later), so a server has
processes of its own draw and goes on answering meanwhile.
"""

import hashlib
import json
import re
import signal
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import CancelledError, Executor, Future, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import Any, Final

from forgelake.engines.children import Pool, end_with_parent
from forgelake.metrics.compiled import compiled
from forgelake.metrics.fonts import prefer_own
from forgelake.metrics.look import dark_rules
from forgelake.model.errors import RetryError, StopError

DRAWING_SECONDS: Final = 30.0
WAITING_SECONDS: Final = 120.0
_KEPT: Final = 600
_IDS: Final = re.compile(r'((?:id="|url\(#))')
_TAGS: Final = re.compile(r"<\w[^>]*>")
_UNSEEN: Final = re.compile(r' (?:class|role|aria-roledescription|pointer-events)="[^"]*"')
_DIGITS: Final = re.compile(r"(\.\d\d)\d+")
_PNG_SCALE: Final = 2.0
_NOWHERE: Final = list[str]()
"""The addresses that data may come from, whatever a specification names."""


def as_svg(specification: Mapping[str, Any]) -> bytes:
    """A drawing that stands alone, light and dark in one file. It is made in this process.

    Raises:
        StopError: the specification cannot be drawn.
    """
    head, separator, rest = _drawn(specification).partition(">")
    return f"{head}{separator}<style>@media (prefers-color-scheme:dark){{{dark_rules()}}}</style>{rest}".encode()


def as_inline(specification: Mapping[str, Any]) -> bytes:
    """A drawing for a page that has the dark rules itself, further drawings beside it, and words for those who hear it.

    Raises:
        StopError: the specification cannot be drawn.
    """
    text = _drawn(specification)
    own = hashlib.blake2b(text.encode(), digest_size=4).hexdigest()
    hidden = _TAGS.sub(_lean, text).replace("<svg ", '<svg aria-hidden="true" ', 1)
    return _IDS.sub(rf"\g<1>d{own}", hidden).encode()


def as_png(specification: Mapping[str, Any]) -> bytes:
    """A light drawing in pixels, two for each of the specification's.

    Raises:
        StopError: the specification cannot be drawn.
    """
    # Deferred: it takes 80 MB and half a second, and few ask for a drawing.
    import vl_convert

    return _told(lambda: vl_convert.vega_to_png(compiled(specification), scale=_PNG_SCALE, allowed_base_urls=_NOWHERE))


def browser_bundle() -> bytes:
    """The JavaScript module that draws a specification in a browser: Vega, Vega-Lite and Vega-Embed, as vl-convert
    has them; it leaves ``vegaEmbed`` on the window."""
    import vl_convert

    bundle: str = vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;")
    return bundle.encode()


FORMS: Final[dict[str, Callable[[Mapping[str, Any]], bytes]]] = {"svg": as_svg, "inline": as_inline, "png": as_png}
"""Every way to draw."""


class Drawer:
    """Draws in processes of its own, which are started when they are first needed. Threads share it.

    A drawing that takes more than ``seconds`` of CPU ends its process, and the drawings that wait for the same pool.
    """

    def __init__(self, processes: int = 1, seconds: float = DRAWING_SECONDS) -> None:
        self._processes = processes
        self._seconds = seconds
        self._lock = threading.Lock()
        self._pool: Executor | None = None
        self._known: OrderedDict[tuple[str, str], bytes] = OrderedDict()

    def draw(self, specification: Mapping[str, Any], form: str = "svg") -> bytes:
        """Draw, or give the drawing that the same specification got before.

        Raises:
            StopError: it cannot be drawn.
            RetryError: it took too long, or the process ended.
        """
        return self.draw_all([specification], form)[0]

    def draw_all(self, specifications: Sequence[Mapping[str, Any]], form: str = "svg") -> list[bytes]:
        """Draw several at the same time; see ``draw``."""
        keys = [(form, json.dumps(one, sort_keys=True)) for one in specifications]
        with self._lock:
            known = {key: self._known[key] for key in keys if key in self._known}
        waiting = {key: self._submit(FORMS[form], json.loads(key[1])) for key in keys if key not in known}
        drawn = known | {key: self._result(future) for key, future in waiting.items()}
        with self._lock:
            self._known.update(drawn)
            for key in keys:
                self._known.move_to_end(key)
            while len(self._known) > max(_KEPT, len(keys)):
                self._known.popitem(last=False)
        return [drawn[key] for key in keys]

    def bundle(self) -> bytes:
        """See ``browser_bundle``; it takes seconds, so keep it.

        Raises:
            RetryError: it took too long, or the process ended.
        """
        return self._result(self._submit(browser_bundle))

    def close(self) -> None:
        """End the processes."""
        with self._lock:
            pool, self._pool = self._pool, None
        if pool is not None:
            pool.shutdown(wait=False, cancel_futures=True)

    def _submit(self, make: Callable[..., bytes], *arguments: Any) -> Future[bytes]:
        with self._lock:
            self._pool = self._pool or _pool(self._processes)
            try:
                return self._pool.submit(_within, self._seconds, make, *arguments)
            except BrokenProcessPool:
                # By an earlier drawing, which was told.
                self._pool = _pool(self._processes)
                return self._pool.submit(_within, self._seconds, make, *arguments)

    def _result(self, future: Future[bytes]) -> bytes:
        try:
            return future.result(WAITING_SECONDS)
        except (BrokenProcessPool, CancelledError, TimeoutError) as error:
            future.cancel()
            message = "the chart was not drawn; ask again, or for the numbers"
            raise RetryError(message) from error


def _pool(processes: int) -> Executor:
    try:
        return Pool(processes, _begin)
    except OSError:
        # AWS Lambda has no semaphores for processes to share; there whatever hangs is ended with its request.
        return ThreadPoolExecutor(1)


def _begin() -> None:
    end_with_parent()
    prefer_own()


def _within(seconds: float, make: Callable[..., bytes], *arguments: Any) -> bytes:
    """Make it, or end this process: nothing else stops vl-convert.

    CPU is counted, not time: on a busy machine drawings wait for each other, and none of them hangs.
    """
    # A thread, as in AWS Lambda, can set no alarm.
    alarm = threading.current_thread() is threading.main_thread()
    if alarm:
        signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        return make(*arguments)
    finally:
        if alarm:
            signal.setitimer(signal.ITIMER_PROF, 0)


def _drawn(specification: Mapping[str, Any]) -> str:
    import vl_convert

    return _told(lambda: vl_convert.vega_to_svg(compiled(specification), allowed_base_urls=_NOWHERE))


def _lean(tag: re.Match[str]) -> str:
    """A tag without what nobody sees: Vega's own names of its parts, and less than a hundredth of a pixel."""
    return _DIGITS.sub(r"\1", _UNSEEN.sub("", tag[0]))


def _told(draw: Callable[[], Any]) -> Any:
    try:
        return draw()
    except ValueError as error:
        message = f"the chart cannot be drawn: {str(error)[:300]}; see: forgelake metrics check"
        raise StopError(message) from error
