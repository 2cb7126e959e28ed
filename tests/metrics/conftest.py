"""Definitions for the tests of metrics, and small lakes to ask."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from forgelake.metrics.answer import Answer, answer_from
from forgelake.metrics.binding import bind
from forgelake.metrics.case_lake import case_lake
from forgelake.metrics.definition import Metric
from forgelake.metrics.reading import read
from forgelake.model.hours import Hour, hours_between

NOW = datetime(2026, 6, 2, 12, 30, tzinfo=UTC)
TEMPLATE = files("forgelake.metrics").joinpath("template.yaml").read_text(encoding="utf-8")
Write: TypeAlias = Callable[..., Path]
Rows: TypeAlias = list[dict[str, Any]]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes the template's metric with some texts replaced."""

    def written(*changes: tuple[str, str], name: str = "things") -> Path:
        text = TEMPLATE.replace("NAME", name)
        for old, new in changes:
            assert old in text, old
            text = text.replace(old, new, 1)
        path = tmp_path / f"{name}.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    return written


@pytest.fixture
def events(write: Write) -> Metric:
    """The template's metric: events by bucket, filled."""
    return read(write())


def at(when: str, **columns: object) -> dict[str, Any]:
    """An event."""
    created = datetime.fromisoformat(when).replace(tzinfo=UTC)
    return {"type": "PushEvent", "created_at": created, "repo_name": "a/b", "actor_login": "someone", **columns}


def hours(first: str, last: str | None = None) -> list[Hour]:
    """Hours from first to last, both included."""
    return list(hours_between(Hour.parse(first), Hour.parse(last or first)))


def ask(metric: Metric, rows: Rows, received: list[Hour], **given: str) -> Answer:
    """The answer from a lake of these rows and hours; ``from`` is written ``from_``."""
    question: Mapping[str, str] = {name.rstrip("_"): value for name, value in given.items()}
    with case_lake(rows, received) as snapshot:
        return answer_from(snapshot, bind(metric, question, NOW), NOW)


def counts(answer: Answer) -> list[tuple[str, int | None]]:
    """Buckets and their events."""
    return [(f"{row['bucket']:%Y-%m-%dT%H}", row["events"]) for row in answer.table.to_pylist()]
