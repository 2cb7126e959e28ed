"""A job's day: what is due, what has come, what is missing. Pieces land many at a time, and before anything forgets.

Order of landing: the object, then what is known of the repositories, then the ledger, then the version marks. A crash
in between is gone over again by the next run, with the journal's answers instead of new requests, and ends the same.
"""

import hashlib
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, Final, TypeVar

import structlog

from forgelake.lake.landing import object_path
from forgelake.model.errors import RetryError, SkipError
from forgelake.model.slices import Receipt, SliceKey, SliceStatus
from forgelake.pipelines.context import Context
from forgelake.pipelines.daily.asking import Asker
from forgelake.sources.github import SOURCE
from forgelake.sources.github.pieces import Name, Piece, packed, parsed
from forgelake.sources.github.said import Said
from forgelake.sources.github.timelines import slug
from forgelake.state.ledger_rows import Verdict
from forgelake.state.repos import RepoRow
from forgelake.state.validators import Validator

AT_ONCE: Final = 100
"""Pieces in one landed object at most."""

_HAVE_BYTES: Final = (SliceStatus.LANDED, SliceStatus.RECEIVED, SliceStatus.EMPTY)
_T = TypeVar("_T")

_log = structlog.get_logger()


@dataclass(slots=True)
class Day:
    """What a collector works with.

    Attributes:
        ask: asks GitHub.
        job: the job's name, e.g. ``collect repos``.
        date: the UTC day that is collected.
        faults: what could not be had, by what a person calls it.
        told: further lines for the person.
        landed: pieces that landed in this run.
    """

    context: Context
    ask: Asker
    job: str
    date: date
    faults: dict[str, str] = field(default_factory=dict)
    told: list[str] = field(default_factory=list)
    landed: int = 0
    _pieces: list[Piece] = field(default_factory=list)
    _repos: dict[int, RepoRow] = field(default_factory=dict)
    _verdicts: list[Verdict] = field(default_factory=list)

    @property
    def api(self) -> str:
        """The API's name in the ledger."""
        return self.ask.api.name

    def track(self, kind: str, titles: Mapping[str, str], *, whole: bool = True) -> None:
        """From today on, these subjects are expected every day, and no others of the kind if they are the whole."""
        self.context.state.tracked.set(kind, titles, Name(kind, "", self.date).start, whole=whole)

    def done(self, kind: str) -> set[str]:
        """The subjects that have landed today."""
        midnight = Name(kind, "", self.date)
        rows = self.context.state.ledger.rows(SOURCE, midnight.start, midnight.end)
        names = [parsed(row.name) for row in rows if row.status in _HAVE_BYTES and row.origin == self.api]
        return {name.subject for name in names if name is not None and name.kind == kind and name.day == self.date}

    def each(
        self,
        items: Iterable[tuple[str, _T]],
        kind: str,
        fetch: Callable[[_T], Piece | None],
        again: Collection[str] = (),
    ) -> None:
        """Fetch the piece of every subject that has not landed yet; what fails is noted, and the others go on.

        Args:
            items: subjects, each with what ``fetch`` is given.
            fetch: raises SkipError for what cannot be had, and RetryError for what may be had later.
            again: subjects of which only a part has landed today.
        """
        done = self.done(kind) - set(again)
        for subject, item in items:
            if subject in done:
                continue
            self.ask.raise_if_stopped()
            try:
                piece = fetch(item)
            except (RetryError, SkipError) as error:
                status = SliceStatus.MISSING if isinstance(error, SkipError) else SliceStatus.FAILED
                self.missed(kind, subject, status, str(error))
                continue
            if piece is not None:
                self.add(piece)

    def piece(self, kind: str, subject: str, answers: Iterable[Said], notes: Mapping[str, Any] | None = None) -> Piece:
        """A piece of today."""
        return Piece(Name(kind, subject, self.date), tuple(answers), dict(notes or {}))

    def add(self, *pieces: Piece, repos: Iterable[RepoRow] = ()) -> None:
        """Take pieces; pieces given together land together, with what is known of their repositories."""
        self._pieces += pieces
        self._repos |= {row.repo_id: row for row in repos}
        if len(self._pieces) >= AT_ONCE:
            self.flush()

    def missed(self, kind: str, subject: str, status: SliceStatus, reason: str, title: str = "") -> None:
        """Note that a subject could not be had today, and why."""
        name = Name(kind, subject, self.date)
        self._verdicts.append(Verdict(name.key(self.api), name.start, name.end, status, reason))
        self.faults[title or f"{kind} of {subject}"] = reason
        _log.warning("not collected", slice=name.text, reason=reason)

    def flush(self) -> None:
        """Land what was taken, and tell the state."""
        state, now = self.context.state, datetime.now(UTC)
        whole = self._land(self._pieces) if self._pieces else None
        state.repos.put_many(self._repos.values())
        if whole is not None:
            state.ledger.landed_many((receipt_of(whole, piece) for piece in self._pieces), now)
            answers = (said for piece in self._pieces for said in piece.answers)
            marks = {(said.mark, said.url): Validator(said.etag, None, whole.path) for said in answers if said.etag}
            state.validators.put_many(marks, now)
        state.ledger.asked_many(self._verdicts, now)
        self.ask.note_costs(self.job, self.date.isoformat())
        self.landed += len(self._pieces)
        self._pieces, self._repos, self._verdicts = list[Piece](), dict[int, RepoRow](), list[Verdict]()

    def _land(self, pieces: list[Piece]) -> Receipt:
        data = packed(pieces)
        sha256 = hashlib.sha256(data).hexdigest()
        first = pieces[0].name
        # One object holds many slices; it is named for what it is.
        key = SliceKey(SOURCE, f"daily-{first.kind}-{len(pieces)}", self.api)
        path = object_path(key, first.start, sha256, origin_slug=slug(self.api))
        taken_at = max(piece.taken_at for piece in pieces)
        receipt = Receipt(key, first.start, first.end, path, self.api, None, sha256, len(data), taken_at)
        self.context.landing.land_bytes(receipt, data)
        return receipt


def receipt_of(whole: Receipt, piece: Piece) -> Receipt:
    """The receipt of one piece of a landed object."""
    name = piece.name
    return Receipt(
        name.key(whole.key.origin), name.start, name.end, whole.path, whole.url, None, whole.sha256, whole.size,
        piece.taken_at,
    )  # fmt: skip
