"""What is told to who waits for an answer that a worker makes."""

from datetime import datetime
from typing import Final

from forgelake.jobs.status import live_workers
from forgelake.pipelines.context import Context
from forgelake.state.answers import AnswerRow, AnswerState

NO_WORKER: Final = "no worker lives at this moment; it is made when one does, see: forgelake worker"
_SOONEST, _LATEST, _PARTS = 2, 30, 10


def note(context: Context, row: AnswerRow) -> str:
    """Why an answer waits; empty if it does not."""
    if row.state is not AnswerState.QUEUED:
        return ""
    if not live_workers(context):
        return NO_WORKER
    listed = [one for one in context.state.answers.all_rows() if one.under_way]
    before = sum((one.created_at, one.id) < (row.created_at, row.id) for one in listed)
    return f"{before} of {len(listed)} are before it" if before else "it is the next one"


def look_again(row: AnswerRow, now: datetime) -> int:
    """Seconds after which it makes sense to ask how it stands: the longer it takes, the more."""
    return max(_SOONEST, min(_LATEST, int((now - row.created_at).total_seconds()) // _PARTS))
