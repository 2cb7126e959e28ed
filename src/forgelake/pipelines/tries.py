"""Hours whose work ends the run that does it, by memory running out for instance: noticed, tried alone, set aside.

An hour is counted before a worker gets it and forgotten when it is settled, so what is still counted when a run begins
are the hours during which earlier runs ended.
"""

from datetime import UTC, datetime

import structlog

from forgelake.model.errors import ConfigurationError, RetryError
from forgelake.model.hours import Hour
from forgelake.model.slices import SliceKey, SliceStatus
from forgelake.pipelines.context import Context
from forgelake.pipelines.slice_task import SOURCE, SliceTask
from forgelake.state.ledger_rows import Verdict
from forgelake.storage.faults import is_full

_log = structlog.get_logger()


class Tries:
    """What is known of hours whose work did not come to its end."""

    def __init__(self, context: Context, run_id: str) -> None:
        self._context = context
        self._run_id = run_id
        self._before = context.state.unfinished.times(SOURCE)
        self._begun: set[str] = set()

    def is_suspect(self, hour: Hour) -> bool:
        """Whether a run ended while it worked on the hour."""
        return hour.name in self._before

    def begin(self, hour: Hour) -> None:
        """Count that work on an hour begins."""
        self._begun.add(hour.name)
        self._context.state.unfinished.begin(SOURCE, hour.name, self._run_id, datetime.now(UTC))

    def end(self, hour: Hour) -> None:
        """Forget an hour whose work came to its end."""
        if hour.name in self._begun:
            self._begun.discard(hour.name)
            self._context.state.unfinished.end(SOURCE, [hour.name])

    def ended_by(self, error: BaseException) -> None:
        """Forget the hours that were begun where no hour's doing ends the run: a stop, a passing fault, a full disk."""
        if isinstance(error, KeyboardInterrupt | RetryError | ConfigurationError) or is_full(error):
            self._context.state.unfinished.forgive(self._run_id)

    def set_aside(self, task: SliceTask) -> bool:
        """Whether an hour has ended too many runs; the ledger is told, and nobody asks for it by himself any more."""
        times = self._before.get(task.hour.name, 0)
        if times < self._context.settings.jobs.slice_tries:
            return False
        reason = (
            f"set aside: work on it ended {times} runs in the middle; "
            f"try it again by: forgelake collect gharchive --from {task.hour}"
        )
        origins = {origin.name for origin, _ in task.origins} | {receipt.key.origin for receipt in task.landed}
        verdicts = [
            Verdict(SliceKey(SOURCE, task.hour.name, name), task.hour.start, task.hour.end, SliceStatus.FAILED, reason)
            for name in sorted(origins)
        ]
        self._context.state.ledger.asked_many(verdicts, self._context.clock())
        self._context.state.unfinished.end(SOURCE, [task.hour.name])
        _log.error("an hour is set aside", slice=task.hour.name, reason=reason)
        return True
