"""A job run by hand, now: the same run as a worker's, in the process that asks for it."""

from datetime import UTC, datetime

from forgelake.jobs.execution import Execution
from forgelake.jobs.job import Job, Known
from forgelake.jobs.orders import run_soon
from forgelake.jobs.worker import LEASE_TTL_SECONDS
from forgelake.model.errors import RetryError
from forgelake.pipelines.clock import Clock
from forgelake.pipelines.context import Context
from forgelake.state.heartbeat import Heartbeat
from forgelake.state.jobs import ASKED, Ended, lease
from forgelake.state.owners import Owner


def run_now(context: Context, jobs: Known, job: Job, clock: Clock) -> Ended:
    """Run a job to its end.

    Raises:
        UsageError: it has nothing to do.
        RetryError: a worker is at it.
    """
    run_soon(context, jobs, job.name)
    owner, execution = Owner.current(), Execution(context, jobs, clock)
    leases = context.state.leases
    if not leases.acquire([lease(job.name)], owner, LEASE_TTL_SECONDS, datetime.now(UTC)):
        held = leases.holders([lease(job.name)]).get(lease(job.name))
        message = f"{job.name} is being run by {held.owner if held else 'another process'}; it runs again after that"
        raise RetryError(message)
    try:
        with Heartbeat(leases, owner, LEASE_TTL_SECONDS):
            row = context.state.jobs.all_rows()[job.name]
            if row.run_id is not None:
                execution.take_over(row)
                row = context.state.jobs.all_rows()[job.name]
            return execution.run(job, row, ASKED)
    finally:
        leases.release_all(owner)
