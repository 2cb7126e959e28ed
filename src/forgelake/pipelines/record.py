"""A run in the run history, from its start to however it ends."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

import structlog

from forgelake.model.errors import ForgelakeError
from forgelake.pipelines.context import Context
from forgelake.state.heartbeat import Heartbeat
from forgelake.state.owners import Owner
from forgelake.state.runs import RunCounters, RunStatus
from forgelake.storage.faults import is_full
from forgelake.traces.facts import Span
from forgelake.traces.spans import span

LEASE_TTL_SECONDS = 60.0
MAKE_ROOM = "a disk is full; make room, and the next run goes on"


@dataclass(slots=True)
class Record:
    """What is noted of a run: who executes it, how to tell how much it did, and whether it left gaps."""

    owner: Owner
    counters: Callable[[], RunCounters] = RunCounters
    complete: bool = True


_outer: ContextVar[Record | None] = ContextVar("outer", default=None)


@contextmanager
def recorded(
    context: Context,
    job: str,
    arguments: Mapping[str, object],
    *,
    owner: Owner | None = None,
    cause: str | None = None,
) -> Iterator[Record]:
    """Keep the run's leases alive while the block runs; note how it ended.

    Within a block that is recorded already, it is that run that goes on: a worker records what it runs, and what it
    runs need not know.

    Args:
        owner: who executes it; a new run of this process if left out.
        cause: why a worker began it.
    """
    if (outer := _outer.get()) is not None:
        context.state.runs.describe(outer.owner.run_id, arguments)
        yield outer
        return
    record = Record(owner or Owner.current())
    token = _outer.set(record)
    try:
        facts = {"forgelake.run_id": record.owner.run_id, "forgelake.job": job}
        with (
            structlog.contextvars.bound_contextvars(run_id=record.owner.run_id, job=job),
            span(f"run {job}", facts) as told,
        ):
            context.state.runs.mark_interrupted(datetime.now(UTC))
            context.state.runs.start(job, arguments, record.owner, datetime.now(UTC), cause)
            yield from _noted(context, record, told)
    finally:
        _outer.reset(token)


def _noted(context: Context, record: Record, told: Span) -> Iterator[Record]:
    error: str | None = None
    try:
        with Heartbeat(context.state.leases, record.owner, LEASE_TTL_SECONDS):
            yield record
        status = RunStatus.DONE if record.complete else RunStatus.DONE_WITH_GAPS
    except BaseException as fault:
        status = RunStatus.FAILED if isinstance(fault, Exception) else RunStatus.INTERRUPTED
        error = str(fault) if isinstance(fault, ForgelakeError) else in_words(fault, str(fault))
        raise
    finally:
        context.state.leases.release_all(record.owner)
        counters = record.counters()
        context.state.runs.finish(record.owner.run_id, status, counters, error, datetime.now(UTC))
        told.note({"forgelake.status": status, **{f"forgelake.{name}": n for name, n in asdict(counters).items()}})


def in_words(fault: BaseException, said: str, otherwise: str = "") -> str:
    """A fault that nobody foresaw: its kind, what it said, and what to do; ``otherwise`` where that is not known."""
    todo = MAKE_ROOM if is_full(fault) else otherwise
    return "; ".join(filter(None, (f"{type(fault).__name__}: {said}", todo)))
