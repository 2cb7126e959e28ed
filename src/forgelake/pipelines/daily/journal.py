"""The answers of a day, written down as they come: a run that breaks off does not ask for them again.

A local file of one process at a time; it only saves requests, so losing it loses nothing.
"""

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import Self

from forgelake.sources.github.said import Said


class Journal:
    """The answers that a job got on one day; use it as a context manager."""

    def __init__(self, path: Path, day: date) -> None:
        self._path = path
        self._day = day.isoformat()
        self._places: dict[str, tuple[int, int]] = {}

    def __enter__(self) -> Self:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        whole = 0
        if self._path.exists():
            for place, line in _whole_lines(self._path):
                kept = json.loads(line)
                if kept["day"] != self._day:
                    # Of another day: nothing in it counts any more.
                    whole = 0
                    break
                self._places[kept["said"]["url"]] = (place, len(line))
                whole = place + len(line)
        self._file = self._path.open("r+b" if self._path.exists() else "w+b")
        self._file.truncate(whole)
        if not whole:
            self._places.clear()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def get(self, url: str) -> Said | None:
        """The answer that came to a request, if one did."""
        if url not in self._places:
            return None
        place, length = self._places[url]
        self._file.seek(place)
        return Said.of(json.loads(self._file.read(length))["said"])

    def put(self, url: str, said: Said) -> None:
        """Write an answer down."""
        line = json.dumps({"day": self._day, "said": {**said.as_json(), "url": url}}).encode() + b"\n"
        place = self._file.seek(0, 2)
        self._file.write(line)
        self._file.flush()
        self._places[url] = (place, len(line))


def _whole_lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """Lines with their places; a crash may have torn the last one."""
    place = 0
    with path.open("rb") as file:
        for line in file:
            if line.endswith(b"\n"):
                yield place, line
            place += len(line)
