"""Putting a question whose answer takes long, and knowing how that answer stands."""

import hashlib
import uuid
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from forgelake.metrics.binding import Bound
from forgelake.metrics.extent import bytes_of
from forgelake.model.errors import UsageError
from forgelake.model.hours import horizon
from forgelake.pipelines.context import Context
from forgelake.query.private import Visibility, mark
from forgelake.query.snapshot import Snapshot
from forgelake.state.answers import AnswerRow, AnswerState, Bounds

JOB = "make_answers"
QUESTION = "a question"
"""Why the job is wanted."""

HIDDEN_SINCE = "what may be shown of repositories has changed since it was made; ask again"
DUCKDB = "duckdb"


@dataclass(frozen=True, slots=True)
class Question:
    """A metric's question to one state of the lake, and how many bytes of data files it is about."""

    snapshot: Snapshot
    bound: Bound
    bytes: int


def question(context: Context, snapshot: Snapshot, bound: Bound) -> Question:
    """A question with its extent."""
    return Question(snapshot, bound, bytes_of(snapshot, bound, _inline(context)))


def is_long(context: Context, asked: Question) -> bool:
    """Whether a question is about more than is answered at once."""
    return asked.bytes > _inline(context)


def ask(context: Context, asked: Question, by: str) -> AnswerRow:
    """Have a worker answer a question; one that was asked already is not asked twice.

    Args:
        by: who asks, for limits.

    Raises:
        UsageError: it is about more than anybody may ask.
        FullError: too many answers wait already.
    """
    chosen = context.settings.answers
    if 0 < chosen.most_gb < (gigabytes := asked.bytes / (1 << 30)):
        message = (
            f"the question is about {gigabytes:,.3g} GB of data files, and {chosen.most_gb:g} GB are the most "
            "(answers.most_gb); make the period shorter"
        )
        raise UsageError(message)
    bounds = Bounds(chosen.queue, chosen.per_client)
    row = context.state.answers.ask(_row(context, asked, by), bounds)
    if row.state is AnswerState.QUEUED:
        context.state.jobs.add(JOB, context.settings.jobs.make_answers.schedule, None)
        context.state.jobs.want(JOB, QUESTION, context.clock())
    return row


def find(context: Context, id_: str) -> AnswerRow | None:
    """An answer as it stands now: one whose result may not be had any more is expired."""
    row = context.state.answers.get(id_)
    if row is None or row.state is not AnswerState.DONE:
        return row
    if row.is_over(context.clock()):
        return replace(row, state=AnswerState.EXPIRED)
    if row.shown != shown_now(context):
        return replace(row, state=AnswerState.EXPIRED, error=HIDDEN_SINCE)
    return row


def cancel(context: Context, id_: str) -> AnswerRow | None:
    """End an answer that is under way, or give up the result of one that is not; returns how it stands then."""
    now, until = context.clock(), kept_until(context)

    def ended(row: AnswerRow) -> AnswerRow:
        if row.under_way:
            return row.ended(AnswerState.CANCELLED, now, until)
        return replace(row, state=AnswerState.EXPIRED, expires_at=now)

    return context.state.answers.change(id_, ended)


def kept_until(context: Context) -> datetime:
    """When an answer that ends now is forgotten."""
    return context.clock() + timedelta(hours=context.settings.answers.keep_hours)


def shown_now(context: Context) -> str:
    """A digest of what the API may show at this moment."""
    serves_private = context.settings.api.serves_private
    return mark(None if serves_private else Visibility(hidden=context.state.repos.hidden()))


def digest_of(*parts: object) -> str:
    """A digest of values whose ``repr`` says all."""
    return hashlib.blake2b(repr(parts).encode(), digest_size=16).hexdigest()


def _inline(context: Context) -> int:
    return context.settings.answers.inline_mb << 20


def _row(context: Context, asked: Question, by: str) -> AnswerRow:
    bound, now = asked.bound, context.clock()
    engine = context.settings.engine if is_long(context, asked) else DUCKDB
    given = bound.texts
    return AnswerRow(
        id=uuid.uuid4().hex,
        question=digest_of(bound.metric.digest, sorted(given.items()), horizon(bound.end, now), engine),
        metric=bound.metric.name,
        definition=bound.metric.digest,
        parameters=given,
        engine=engine,
        snapshot=asked.snapshot.id,
        shown=shown_now(context),
        asked_by=digest_of(by),
        state=AnswerState.QUEUED,
        created_at=now,
    )
