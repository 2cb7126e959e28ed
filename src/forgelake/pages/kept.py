"""Cards that were made before, kept on this machine's disk, so that one asked for again is answered at once.

They can be made again at any time, so they lie below the lake's home and not in its storage: a bucket would cost each
reader a request to it, and several servers would overwrite what each of them reads.
"""

import hashlib
import json
import os
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Final

import structlog

from forgelake.model.errors import ForgelakeError, UsageError

MOST: Final = 20_000
"""Cards that are kept; of more, those that were not made for longest go."""

_THREADS: Final = 2
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Kept:
    """A card, and what it was made from."""

    mark: str
    body: bytes


Make = Callable[[], bytes]
Newest = Callable[[], tuple[str, Make]]


class KeptCards:
    """Threads share it; several processes may, for each file is put in its place whole."""

    def __init__(self, folder: Path, most: int = MOST) -> None:
        self._folder = folder
        self._most = most
        self._pool = ThreadPoolExecutor(_THREADS, "cards")
        self._making: dict[str, Future[Kept]] = {}
        self._lock = threading.Lock()
        self._count: int | None = None

    def card(self, key: str, newest: Newest) -> bytes:
        """The card that was kept under a key; one that nothing is kept of is made now.

        One that was made from something older is answered as it is, and made anew for the next one who asks.

        Args:
            key: what is asked for; any text.
            newest: what the card is made from now, as a mark that changes with it, and how to make it.

        Raises:
            ForgelakeError: it cannot be made, and nothing is kept.
        """
        kept = self._read(key)
        try:
            mark, make = newest()
        except UsageError:
            raise
        except ForgelakeError as error:
            if kept is None:
                raise
            _log.warning("the lake cannot be read; a card is answered as it was", error=str(error))
            return kept.body
        if kept is not None and kept.mark == mark:
            return kept.body
        made = self._made(key, mark, make)
        return made.result().body if kept is None else kept.body

    def close(self) -> None:
        """Begin nothing new; what is being made is made to its end."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _made(self, key: str, mark: str, make: Make) -> "Future[Kept]":
        """The card in the making, once however many ask for it."""
        with self._lock:
            if key not in self._making:
                self._making[key] = self._pool.submit(self._make, key, mark, make)
            return self._making[key]

    def _make(self, key: str, mark: str, make: Make) -> Kept:
        try:
            kept = Kept(mark, make())
            self._write(key, kept)
            return kept
        except Exception as error:
            # Nobody may be waiting for it, so nobody else would tell.
            _log.warning("a card could not be made", error=str(error))
            raise
        finally:
            with self._lock:
                del self._making[key]

    def _place(self, key: str) -> Path:
        name = hashlib.blake2b(key.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
        return self._folder / name[:2] / name

    def _read(self, key: str) -> Kept | None:
        try:
            head, _, body = self._place(key).read_bytes().partition(b"\n")
            return Kept(str(json.loads(head)["mark"]), body)
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def _write(self, key: str, kept: Kept) -> None:
        place = self._place(key)
        is_new = not place.exists()
        place.parent.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile(dir=place.parent, prefix=".", delete=False) as part:
            part.write(json.dumps({"mark": kept.mark}).encode() + b"\n" + kept.body)
        Path(part.name).replace(place)
        if is_new:
            self._prune()

    def _prune(self) -> None:
        with self._lock:
            self._count = len(self._files()) if self._count is None else self._count + 1
            if self._count <= self._most:
                return
            oldest = sorted(self._files(), key=lambda entry: entry.stat().st_mtime)
            for entry in oldest[: len(oldest) - self._most * 9 // 10]:
                Path(entry.path).unlink(missing_ok=True)
            self._count = None

    def _files(self) -> list["os.DirEntry[str]"]:
        return [entry for folder in os.scandir(self._folder) if folder.is_dir() for entry in os.scandir(folder.path)]
