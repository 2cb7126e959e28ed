"""A lake with a day of hours in it, some of them with names that nobody would choose, and a server over it."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.pipelines.archive import hours, publish, some
from tests.pipelines.lakes import Lake
from tests.web.serving import Serving

HOSTILE = (
    "'; DROP TABLE events; --/x",
    '"quoted"/"name"',
    "<script>alert(1)</script>/<b>",
    "näme/ünïcode-\N{SNOWMAN}",
    "percent%25/under_score",
    "back\\slash/new\nline",
    "a/b\N{NULL}c".replace("\N{NULL}", ""),
    "../../etc/passwd",
)
"""Repositories whose names try to be something else."""


@pytest.fixture(scope="session")
def day(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """Hours 01 to 24 of 2016-01-01, and 00 of the day after; nothing writes to it."""
    folder = tmp_path_factory.mktemp("day")
    listed = hours(24)
    files: dict[Any, Any] = {hour: some(hour) for hour in listed}
    events: list[dict[str, Any]] = [dict(event) for event in some(listed[0])]
    for event, name in zip(events, HOSTILE, strict=False):
        event["repo"] = {**event["repo"], "name": name}
    files[listed[0]] = events
    lake = Lake(folder / "home", publish(folder / "hours", files))
    lake.collect(listed[0], listed[-1])
    return lake


@pytest.fixture(scope="session")
def served(day: Lake) -> Iterator[Serving]:
    """A server as it is without settings, over the day."""
    with Serving(day) as serving:
        yield serving


@pytest.fixture(scope="session")
def sql_key(served: Serving) -> str:
    """A key that may read and run SQL."""
    return served.key("sql", "read", "sql")
