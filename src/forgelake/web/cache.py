"""Answers kept in memory: the least recently used go first when their bytes exceed a bound.

An answer is found by its strong ETag, which changes with the data. A second, smaller memory knows which answer a
request got, as long as the lake is the same, so that a repeated request need not even be parsed.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Final

_OVERHEAD_BYTES: Final = 1024
_MOST_REQUESTS: Final = 20_000


@dataclass(frozen=True, slots=True)
class Stored:
    """An answer as it is sent.

    Attributes:
        etag: in quotes, as in the header.
        media_type: with its charset where it has one.
        body: the bytes, encoded as ``encoding`` says.
        encoding: the content encoding, empty for none.
        closed: whether its period is over and fully received, so that it may be kept for a day.
    """

    etag: str
    media_type: str
    body: bytes
    encoding: str
    closed: bool

    @property
    def size(self) -> int:
        """Bytes that keeping it takes."""
        return len(self.body) + _OVERHEAD_BYTES


class Cache:
    """Threads share it."""

    def __init__(self, most_bytes: int) -> None:
        self._most = most_bytes
        self._bytes = 0
        self._answers: OrderedDict[str, Stored] = OrderedDict()
        self._requests: OrderedDict[Hashable, str] = OrderedDict()
        self._making: dict[str, Future[Stored]] = {}
        self._lock = threading.Lock()

    @property
    def size(self) -> int:
        """Bytes that are kept now."""
        return self._bytes

    def known(self, request: Hashable) -> Stored | None:
        """The answer that this very request got before, if it is still kept."""
        with self._lock:
            etag = self._requests.get(request, "")
            stored = self._answers.get(etag)
            if stored is not None:
                self._answers.move_to_end(etag)
            return stored

    def peek(self, etag: str) -> Stored | None:
        """The answer with that ETag, if it is kept."""
        with self._lock:
            return self._answers.get(etag)

    def remember(self, request: Hashable, stored: Stored) -> None:
        """Note which answer a request got."""
        with self._lock:
            self._requests[request] = stored.etag
            while len(self._requests) > _MOST_REQUESTS:
                self._requests.popitem(last=False)

    def get(self, etag: str, make: Callable[[], Stored]) -> Stored:
        """The answer with that ETag, made at most once however many threads ask for it at the same time."""
        with self._lock:
            if (stored := self._answers.get(etag)) is not None:
                self._answers.move_to_end(etag)
                return stored
            making = self._making.get(etag)
            mine = making is None
            if making is None:
                making = self._making[etag] = Future()
        return self._made(etag, making, make) if mine else making.result()

    def _made(self, etag: str, making: "Future[Stored]", make: Callable[[], Stored]) -> Stored:
        try:
            stored = make()
        except BaseException as error:
            with self._lock:
                del self._making[etag]
            making.set_exception(error)
            raise
        with self._lock:
            del self._making[etag]
            self._keep(stored)
        making.set_result(stored)
        return stored

    def _keep(self, stored: Stored) -> None:
        if stored.size > self._most:
            return
        self._answers[stored.etag] = stored
        self._bytes += stored.size
        while self._bytes > self._most:
            _, gone = self._answers.popitem(last=False)
            self._bytes -= gone.size
