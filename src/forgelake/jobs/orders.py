"""What a person may order: run now, pause, resume. Whoever is at the job notices within a second."""

from forgelake.jobs.job import Job, Known, named
from forgelake.jobs.schedule import first_time
from forgelake.model.errors import UsageError
from forgelake.pipelines.context import Context
from forgelake.state.jobs import ASKED


def run_soon(context: Context, jobs: Known, name: str) -> Job:
    """Have a worker run a job as soon as one is free, even if it is paused.

    Raises:
        UsageError: there is no such job, or it has nothing to do.
    """
    job = _known(context, jobs, name)
    if reason := job.off(context):
        message = f"{job.name} has nothing to do: {reason}"
        raise UsageError(message)
    context.state.jobs.want(job.name, ASKED, context.clock())
    return job


def pause(context: Context, jobs: Known, name: str) -> Job:
    """Keep a job from running by itself; a run that is at it goes on.

    Raises:
        UsageError: there is no such job.
    """
    job = _known(context, jobs, name)
    context.state.jobs.pause(job.name, context.clock())
    return job


def resume(context: Context, jobs: Known, name: str) -> Job:
    """Let a job run by itself again.

    Raises:
        UsageError: there is no such job.
    """
    job = _known(context, jobs, name)
    context.state.jobs.resume(job.name)
    return job


def _known(context: Context, jobs: Known, name: str) -> Job:
    job = named(jobs, name)
    chosen = context.settings.jobs.of(job.name)
    context.state.jobs.add(job.name, chosen.schedule, first_time(chosen, context.clock()))
    return job
