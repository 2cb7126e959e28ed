"""Pieces: what a day's slice consists of, and how many of them lie in one landed object.

A piece is all that its rows are made from: the answers as received, and notes on what was known before. Nothing else
is needed to make the rows again.
"""

import gzip
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple, TypeAlias

from forgelake.lake.columns import Table
from forgelake.model.period import midnight
from forgelake.model.slices import SliceKey
from forgelake.sources.github import SOURCE
from forgelake.sources.github.said import Said

Rows: TypeAlias = dict[str, list[dict[str, Any]]]
"""Rows by table, without the columns source, day and taken_at."""


class Name(NamedTuple):
    """A daily slice's name: ``snapshot/1234/2026-11-23``."""

    kind: str
    subject: str
    day: date

    @property
    def text(self) -> str:
        """As the ledger has it."""
        return f"{self.kind}/{self.subject}/{self.day}"

    def key(self, api: str) -> SliceKey:
        """The slice as the ledger knows it."""
        return SliceKey(SOURCE, self.text, api)

    @property
    def start(self) -> datetime:
        """The day's first instant (UTC)."""
        return midnight(self.day)

    @property
    def end(self) -> datetime:
        """The first instant after the day."""
        return self.start + timedelta(days=1)


def parsed(name: str) -> Name | None:
    """The parts of a slice's name; None if it is not that of a daily slice."""
    kind, _, rest = name.partition("/")
    subject, _, day = rest.rpartition("/")
    try:
        return Name(kind, subject, date.fromisoformat(day)) if subject else None
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class Piece:
    """One daily slice; ``notes`` are plain JSON values."""

    name: Name
    answers: tuple[Said, ...]
    notes: Mapping[str, Any] = field(default_factory=dict)

    @property
    def taken_at(self) -> datetime:
        """When the last of its answers was given."""
        return max(answer.at for answer in self.answers)


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of daily slices: the tables that its rows go to, and how they are made. ``rows`` touches no network.

    ``rows`` raises SkipError for answers that are not what was asked for.
    """

    name: str
    tables: tuple[Table, ...]
    rows: Callable[[Piece], Rows]


def packed(pieces: Iterable[Piece]) -> bytes:
    """Pieces as one object; an answer that several share is in it once."""
    places: dict[int, int] = {}
    answers: list[dict[str, Any]] = []
    slices: list[dict[str, Any]] = []
    for piece in pieces:
        for answer in piece.answers:
            if id(answer) not in places:
                places[id(answer)] = len(answers)
                answers.append(answer.as_json())
        numbers = [places[id(answer)] for answer in piece.answers]
        slices.append({"name": piece.name.text, "answers": numbers, "notes": dict(piece.notes)})
    return gzip.compress(json.dumps({"slices": slices, "answers": answers}).encode(), mtime=0)


def unpacked(data: bytes) -> list[Piece]:
    """The pieces of such an object.

    Raises:
        OSError, ValueError: it is none.
    """
    held = json.loads(gzip.decompress(data))
    answers = [Said.of(kept) for kept in held["answers"]]
    found: list[Piece] = []
    for one in held["slices"]:
        if (name := parsed(one["name"])) is None:
            message = f'"{one["name"]}" is no daily slice'
            raise ValueError(message)
        found.append(Piece(name, tuple(answers[number] for number in one["answers"]), one["notes"]))
    return found
