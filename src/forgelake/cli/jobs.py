"""``forgelake worker``, ``run`` and ``jobs``: what runs by itself, and what a person has to say about it."""

import sys
from typing import Annotated

from cyclopts import App, Parameter

from forgelake.cli.collect import DONE, DONE_WITH_GAPS, lake
from forgelake.cli.show import Format, is_for_a_person, show_notes, show_rows, tell
from forgelake.model.errors import UsageError

FAILED = 1
COLUMNS = [
    "job",
    "state",
    "next_at",
    "schedule",
    "after",
    "last_status",
    "started_at",
    "succeeded_at",
    "failures",
    "paused_at",
    "told",
]
HISTORY = ["started_at", "job", "cause", "status", "seconds", "slices_done", "events", "id", "error"]

app = App(name="jobs", help="See, pause and resume what runs by itself.")


def worker(*, until_idle: Annotated[bool, Parameter(negative="")] = False) -> None:
    """Run jobs as they become due, without the web API, until stopped.

    Several workers may share a state, on several machines; each job runs once.

    Args:
        until_idle: End as soon as nothing is due, e.g. where something else starts forgelake on a schedule.
    """
    from forgelake.app.compose import settings
    from forgelake.app.logs import configure
    from forgelake.app.working import work

    chosen = settings()
    configure(chosen.log, on_terminal=sys.stderr.isatty())
    work(chosen, until_idle=until_idle)


def run(*job: str) -> int:
    """Run a job now, in the foreground.

    Args:
        job: Its name, e.g. collect_repos; see: forgelake jobs list.
    """
    from forgelake.app.jobs import JOBS
    from forgelake.jobs.foreground import run_now
    from forgelake.jobs.job import named
    from forgelake.pipelines.clock import RealClock

    if not job:
        message = f"which job? The jobs are {', '.join(JOBS)}"
        raise UsageError(message)
    chosen = named(JOBS, " ".join(job))
    clock = RealClock()
    with lake() as context, clock.ended_by_signals():
        ended = run_now(context, JOBS, chosen, clock)
    tell(f"{chosen.name}: {ended.status}{f': {ended.error}' if ended.error else ''}")
    if ended.status == "done":
        return DONE
    return DONE_WITH_GAPS if ended.status == "done_with_gaps" else FAILED


@app.command(name="list")
def list_(*, format: Format | None = None) -> None:  # noqa: A002 - the option's public name
    """Show how each job stands, when it runs next, and what to do about faults.

    Args:
        format: table, csv, json, parquet or arrow.
    """
    from forgelake.app.jobs import JOBS
    from forgelake.jobs.status import live_workers, statuses

    with lake() as context:
        rows = [
            {
                "job": one.name,
                "state": one.words if is_for_a_person(format) else str(one.state),
                "next_at": one.next_at,
                "schedule": one.schedule,
                "after": " ".join(one.after),
                "last_status": one.last_status and str(one.last_status),
                "started_at": one.started_at,
                "succeeded_at": one.succeeded_at,
                "failures": one.failures,
                "paused_at": one.paused_at,
                "told": one.reason or one.error or "",
            }
            for one in statuses(context, JOBS)
        ]
        if not live_workers(context):
            tell("no worker is running; start one by: forgelake up, or: forgelake worker")
    listed = [dict[str, object](row) for row in rows]
    if is_for_a_person(format):
        show_rows(listed, COLUMNS[:-2], format)
        show_notes([(str(row["job"]), str(row["told"])) for row in rows if row["told"]])
    else:
        show_rows(listed, COLUMNS, format)


@app.command
def pause(job: str, /) -> None:
    """Keep a job from running by itself; a run that is at it goes on.

    Args:
        job: Its name.
    """
    from forgelake.app.jobs import JOBS
    from forgelake.jobs import orders

    with lake() as context:
        paused = orders.pause(context, JOBS, job)
    tell(f"{paused.name} is paused; it goes on by: forgelake jobs resume {paused.name}")


@app.command
def resume(job: str, /) -> None:
    """Let a job run by itself again.

    Args:
        job: Its name.
    """
    from forgelake.app.jobs import JOBS
    from forgelake.jobs import orders

    with lake() as context:
        resumed = orders.resume(context, JOBS, job)
    tell(f"{resumed.name} runs by itself again")


@app.command
def history(job: str | None = None, /, *, limit: int = 20, format: Format | None = None) -> None:  # noqa: A002
    """Show the latest runs of a job, or of all, and why each was begun.

    Args:
        job: Its name; all if left out.
        limit: How many.
        format: table, csv, json, parquet or arrow.
    """
    from forgelake.app.jobs import JOBS
    from forgelake.jobs.job import named

    if limit < 1:
        message = f"--limit {limit} is no number of runs; give 1 or more"
        raise UsageError(message)
    title = named(JOBS, job).title if job else None
    with lake() as context:
        from forgelake.pipelines import describe

        show_rows(describe.runs(context, limit, title), HISTORY, format)
