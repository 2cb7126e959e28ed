"""A run in the run history, from its start to however it ends."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from forgelake.model.errors import ForgelakeError
from forgelake.pipelines.context import Context
from forgelake.state.heartbeat import Heartbeat
from forgelake.state.owners import Owner
from forgelake.state.runs import RunCounters, RunStatus

LEASE_TTL_SECONDS = 60.0


@dataclass(slots=True)
class Record:
    """What is noted of a run: who executes it, how to tell how much it did, and whether it left gaps."""

    owner: Owner
    counters: Callable[[], RunCounters] = RunCounters
    complete: bool = True


@contextmanager
def recorded(context: Context, job: str, arguments: Mapping[str, object]) -> Iterator[Record]:
    """Keep the run's leases alive while the block runs; note how it ended."""
    runs, record = context.state.runs, Record(Owner.current())
    runs.mark_interrupted(datetime.now(UTC))
    runs.start(job, arguments, record.owner, datetime.now(UTC))
    error: str | None = None
    try:
        with Heartbeat(context.state.leases, record.owner, LEASE_TTL_SECONDS):
            yield record
        status = RunStatus.DONE if record.complete else RunStatus.DONE_WITH_GAPS
    except BaseException as fault:
        status = RunStatus.FAILED if isinstance(fault, Exception) else RunStatus.INTERRUPTED
        error = str(fault) if isinstance(fault, ForgelakeError) else f"{type(fault).__name__}: {fault}"
        raise
    finally:
        context.state.leases.release_all(record.owner)
        runs.finish(record.owner.run_id, status, record.counters(), error, datetime.now(UTC))
