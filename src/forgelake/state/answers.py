"""Answers that are made by a worker because they take long: who asked for what, and how far each is.

Every change of an answer says which state it goes from, so a worker that was thought dead cannot end what another has
begun anew, and an answer that was cancelled stays so.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Self

from sqlalchemy import delete, insert, select, update

from forgelake.model.errors import RetryError
from forgelake.state import schema
from forgelake.state.connection import Database

# Whoever asks looks first whether it was asked already, and how much waits.
_ANSWERS_LOCK = 7_310_014

_table = schema.answers


class AnswerState(StrEnum):
    """How an answer stands."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    """Its result is not kept any more."""


UNDER_WAY = (AnswerState.QUEUED, AnswerState.RUNNING)


@dataclass(frozen=True, slots=True)
class AnswerRow:
    """An answer; the fields are the columns of ``answers``."""

    id: str
    question: str
    metric: str
    definition: str
    parameters: dict[str, str]
    engine: str
    snapshot: str
    shown: str
    asked_by: str
    state: AnswerState
    created_at: datetime
    started_at: datetime | None = None
    ended_at: datetime | None = None
    expires_at: datetime | None = None
    tries: int = 0
    attempt: str | None = None
    share: float | None = None
    share_of: str | None = None
    error: str | None = None
    path: str | None = None

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Self:
        """From a row of the table."""
        read: dict[str, Any] = {**values, "state": AnswerState(values["state"])}
        return cls(**read)

    @property
    def under_way(self) -> bool:
        """Whether it waits or is being made."""
        return self.state in UNDER_WAY

    def is_over(self, now: datetime) -> bool:
        """Whether its time has passed."""
        return self.expires_at is not None and self.expires_at <= now

    def begun(self, attempt: str, now: datetime) -> Self:
        """As a worker begins it."""
        begun = replace(self, state=AnswerState.RUNNING, attempt=attempt, started_at=now, tries=self.tries + 1)
        return replace(begun, share=None, share_of=None)

    def left(self) -> Self:
        """As a worker leaves it undone, to be begun again."""
        return replace(self, state=AnswerState.QUEUED, attempt=None)

    def ended(self, state: AnswerState, now: datetime, until: datetime, error: str | None = None) -> Self:
        """As it ends; ``until`` is when it is forgotten."""
        return replace(self, state=state, ended_at=now, expires_at=until, error=error, attempt=None)

    def answers(self, asked: Self) -> bool:
        """Whether who asks that now can have this one: under way, or made from the same state of the lake."""
        if self.question != asked.question:
            return False
        made = self.state is AnswerState.DONE and not self.is_over(asked.created_at)
        return self.under_way or (made and (self.snapshot, self.shown) == (asked.snapshot, asked.shown))


@dataclass(frozen=True, slots=True)
class Bounds:
    """How many answers may be under way: in all, and of one who asks."""

    queue: int
    per_client: int


class FullError(RetryError):
    """No further answer is taken; ``own`` says whether that is for what the one who asks has already."""

    def __init__(self, message: str, *, own: bool = False) -> None:
        super().__init__(message)
        self.own = own


class Answers(ABC):
    """The table ``answers``."""

    @abstractmethod
    def ask(self, asked: AnswerRow, bounds: Bounds) -> AnswerRow:
        """Keep a question, or find the same one that was put before; returns the answer that will be made.

        Raises:
            FullError: there are too many.
        """

    @abstractmethod
    def change(self, id_: str, to: Callable[[AnswerRow], AnswerRow | None]) -> AnswerRow | None:
        """Change an answer from what it is to what ``to`` says, None for not at all; returns what it became."""

    @abstractmethod
    def get(self, id_: str) -> AnswerRow | None:
        """One answer."""

    @abstractmethod
    def all_rows(self) -> list[AnswerRow]:
        """All answers, in the order in which they were asked for."""

    @abstractmethod
    def is_empty(self) -> bool:
        """Whether there is none."""

    @abstractmethod
    def remove(self, id_: str) -> None:
        """Forget an answer."""


class SqlAnswers(Answers):
    """The table in SQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def ask(self, asked: AnswerRow, bounds: Bounds) -> AnswerRow:
        with self._database.write(_ANSWERS_LOCK) as connection:
            known = found([AnswerRow.of(row._asdict()) for row in connection.execute(select(_table))], asked, bounds)
            if known is None:
                connection.execute(insert(_table).values(asdict(asked)))
        return known or asked

    def change(self, id_: str, to: Callable[[AnswerRow], AnswerRow | None]) -> AnswerRow | None:
        with self._database.write() as connection:
            row = connection.execute(select(_table).where(_table.c.id == id_).with_for_update()).one_or_none()
            new = None if row is None else to(AnswerRow.of(row._asdict()))
            if new is not None:
                connection.execute(update(_table).where(_table.c.id == id_).values(asdict(new)))
        return new

    def get(self, id_: str) -> AnswerRow | None:
        with self._database.read() as connection:
            row = connection.execute(select(_table).where(_table.c.id == id_)).one_or_none()
        return None if row is None else AnswerRow.of(row._asdict())

    def all_rows(self) -> list[AnswerRow]:
        with self._database.read() as connection:
            rows = connection.execute(select(_table).order_by(_table.c.created_at, _table.c.id))
            return [AnswerRow.of(row._asdict()) for row in rows]

    def is_empty(self) -> bool:
        with self._database.read() as connection:
            return connection.execute(select(_table.c.id).limit(1)).one_or_none() is None

    def remove(self, id_: str) -> None:
        with self._database.write() as connection:
            connection.execute(delete(_table).where(_table.c.id == id_))


def found(rows: Iterable[AnswerRow], asked: AnswerRow, bounds: Bounds) -> AnswerRow | None:
    """The answer that a question can have of those that there are; None if it has to be made.

    Raises:
        FullError: it has to be made, and there are too many.
    """
    rows = list(rows)
    for row in rows:
        if row.answers(asked):
            return row
    waiting = [row for row in rows if row.under_way]
    if sum(row.asked_by == asked.asked_by for row in waiting) >= bounds.per_client:
        message = (
            f"{bounds.per_client} answers that you asked for are under way (answers.per_client); wait, or cancel one"
        )
        raise FullError(message, own=True)
    if len(waiting) >= bounds.queue:
        message = f"{bounds.queue} answers are under way already (answers.queue); try again later"
        raise FullError(message)
    return None
