"""Working off the questions that wait, one after the other: an engine takes all cores for one of them.

Only who holds the job's lease begins this, so an answer that is running just then was left by a worker that is gone,
and is begun again. What begins to run later is another worker's, to which the lease was lost, and is left alone.
"""

import uuid
from dataclasses import dataclass, replace
from datetime import timedelta

import structlog

from forgelake.metrics.answer import Answer, answer_from
from forgelake.metrics.catalogue import Catalogue
from forgelake.model.errors import ForgelakeError, RetryError, UsageError
from forgelake.pipelines.answers import result
from forgelake.pipelines.answers.asking import DUCKDB, kept_until
from forgelake.pipelines.answers.watch import Ending, Watch
from forgelake.pipelines.clock import Clock
from forgelake.pipelines.context import Context
from forgelake.query.engine import Engine
from forgelake.query.lake import Lake
from forgelake.query.private import mark
from forgelake.query.watched import Watched
from forgelake.state.answers import AnswerRow, AnswerState

NOT_OURS = "it could not be counted; whoever runs this server finds the reason with: forgelake jobs list"
_log = structlog.get_logger()


@dataclass(frozen=True)
class Maker:
    """Makes answers.

    Attributes:
        lake: as who asks the API may see it.
        engine: what runs the SQL of long questions; None for DuckDB in this process.
        clock: the wish to end.
    """

    context: Context
    lake: Lake
    catalogue: Catalogue
    engine: Engine | None
    clock: Clock

    def run(self) -> list[str]:
        """Make what waits; returns what could not be made, for whoever runs the server.

        Raises:
            RetryError: storage or state do not answer; what waits is tried again.
        """
        forget(self.context)
        for row in self.context.state.answers.all_rows():
            if row.state is AnswerState.RUNNING:
                self._change(row, row.left())
        faults: list[str] = []
        while not self.clock.stopped() and (row := self._begun()) is not None:
            if fault := self._make(row):
                faults.append(f"{row.metric}: {fault}")
        return faults

    def _begun(self) -> AnswerRow | None:
        """The first one that waits, begun; None if none does."""
        attempt, now = uuid.uuid4().hex, self.context.clock()

        def begin(row: AnswerRow) -> AnswerRow | None:
            return row.begun(attempt, now) if row.state is AnswerState.QUEUED else None

        answers = self.context.state.answers
        waiting = (row for row in answers.all_rows() if row.state is AnswerState.QUEUED)
        return next((begun for row in waiting if (begun := answers.change(row.id, begin)) is not None), None)

    def _make(self, row: AnswerRow) -> str:
        """Make an answer; returns what only whoever runs the server can mend."""
        try:
            if row.tries > self.context.settings.answers.tries:
                message = f"it was begun {row.tries - 1} times and came to no end; ask for less, or again later"
                raise UsageError(message)
            self._made(row)
        except UsageError as error:
            self._fail(row, str(error))
        except RetryError:
            self._change(row, row.left())
            raise
        except ForgelakeError as error:
            self._fail(row, NOT_OURS)
            return str(error)
        except Exception as error:  # noqa: BLE001 - one answer that breaks must not hold up the others
            _log.exception("answer failed", answer=row.id, metric=row.metric)
            self._fail(row, NOT_OURS)
            return f"{type(error).__name__}; the log has more"
        return ""

    def _made(self, row: AnswerRow) -> None:
        snapshot = self.lake.now(0)
        bound = result.bound_of(self.catalogue, row)
        engine = None if row.engine == DUCKDB else self.engine
        watched = Watched(snapshot)
        chosen = self.context.settings.answers
        answer: Answer | None = None
        with Watch(self.context.state.answers, row, engine or watched, self.clock, chosen.timeout_seconds) as watch:
            try:
                answer = answer_from(watched.snapshot, bound, row.created_at, timeout_seconds=0, engine=engine)
            except ForgelakeError:
                if watch.ending is None:
                    raise
        if answer is not None:
            engine_used = row.engine if engine else DUCKDB
            self._keep(replace(row, engine=engine_used, shown=mark(snapshot.visibility)), answer)
        elif watch.ending is Ending.LATE:
            message = f"it took longer than {chosen.timeout_seconds:g} s (answers.timeout_seconds); ask for less"
            raise UsageError(message)
        else:
            self._change(row, row.left())

    def _keep(self, row: AnswerRow, answer: Answer) -> None:
        path = result.write(self.context, row, answer)
        ended = row.ended(AnswerState.DONE, self.context.clock(), kept_until(self.context))
        done = replace(ended, path=path, snapshot=answer.snapshot_id, share=1.0)
        if not self._change(row, done):
            self.context.storage.delete(path)

    def _fail(self, row: AnswerRow, told: str) -> None:
        self._change(row, row.ended(AnswerState.FAILED, self.context.clock(), kept_until(self.context), told))

    def _change(self, row: AnswerRow, to: AnswerRow) -> bool:
        """Note what became of an attempt; False if the answer is no longer in its hands."""

        def changed(now: AnswerRow) -> AnswerRow | None:
            if now.attempt != row.attempt:
                return None
            return replace(to, share=to.share or now.share, share_of=now.share_of)

        return self.context.state.answers.change(row.id, changed) is not None


def forget(context: Context) -> None:
    """Remove the results of answers whose time is over, and a while later the answers themselves; the oldest at once
    where more are kept than may be.
    """
    chosen, now = context.settings.answers, context.clock()
    kept = [row for row in context.state.answers.all_rows() if not row.under_way]
    for number, row in enumerate(reversed(kept)):
        if number >= chosen.kept or row.is_over(now - timedelta(hours=chosen.keep_hours)):
            context.state.answers.remove(row.id)
        elif row.path is not None and row.is_over(now):
            context.storage.delete(row.path)
            context.state.answers.change(row.id, lambda one: replace(one, state=AnswerState.EXPIRED, path=None))
    result.sweep(context)
