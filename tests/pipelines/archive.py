"""Small archive hours made of invented events, as mirrors and folders publish them."""

import gzip
import json
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from forgelake.model.hours import Hour, hours_between
from forgelake.sources.synthetic.archive import Json, events

FIRST = Hour.parse("2016-01-01T01")
PER_HOUR = 40


def hours(number: int, first: Hour = FIRST) -> list[Hour]:
    """That many hours in a row."""
    return list(hours_between(first, first.shifted(number - 1)))


def some(hour: Hour, start: int = 0, end: int = PER_HOUR) -> list[Json]:
    """A slice of the invented events of an hour, always the same ones, spread over its minutes."""
    chosen: list[Json] = json.loads(_invented(hour))[start:end]
    return chosen


@cache
def _invented(hour: Hour) -> bytes:
    """As text, so that whoever changes an event changes a copy."""
    return json.dumps(events(hour)[::10]).encode()


def text(lines: Iterable[Json]) -> bytes:
    """Events as an hour's text, one a line."""
    return "".join(json.dumps(event, separators=(",", ":")) + "\n" for event in lines).encode()


def packed(content: Iterable[Json] | bytes) -> bytes:
    """An hour's file: events, or any text, as gzip without a time stamp."""
    return gzip.compress(content if isinstance(content, bytes) else text(content), mtime=0)


def file_name(hour: Hour) -> str:
    """As publishers name it."""
    return f"{hour.name}.json.gz"


def url_path(hour: Hour) -> str:
    """Where a mirror has it."""
    return f"/{file_name(hour)}"


def publish(folder: Path, files: dict[Hour, Iterable[Json] | bytes]) -> str:
    """Write hours into a folder; returns its URL."""
    folder.mkdir(parents=True, exist_ok=True)
    for hour, content in files.items():
        (folder / file_name(hour)).write_bytes(packed(content))
    return folder.as_uri()


def published(folder: Path, number: int, first: Hour = FIRST) -> str:
    """Write a number of small hours into a folder; returns its URL."""
    return publish(folder, {hour: some(hour) for hour in hours(number, first)})
