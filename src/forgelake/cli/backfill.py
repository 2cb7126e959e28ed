"""``forgelake backfill``."""

from typing import TYPE_CHECKING, Literal, TypeAlias

from forgelake.cli.collect import From, To, lake, report
from forgelake.cli.progress import progress
from forgelake.cli.show import tell
from forgelake.model.counted import counted
from forgelake.model.errors import UsageError

if TYPE_CHECKING:
    from forgelake.pipelines.context import Context
    from forgelake.pipelines.plan import Plan

Engine: TypeAlias = Literal["local", "spark"]


def backfill(
    *, from_: From = None, to: To = None, engine: Engine = "local", master: str | None = None, workers: int = 0
) -> int:  # fmt: skip
    """Bring the archive's past into the lake, a commit for each day, on this machine or on a Spark cluster.

    Run it again to go on: committed hours are skipped. Hours that fail are tried some times, set aside and told.

    Args:
        from_: First hour, UTC, e.g. 2016-01-01; the begin of the archive, 2011-02-12, if left out.
        to: Last hour, UTC, included; the last complete one if left out, or now.
        engine: local, which starts processes, or spark, whose executors need forgelake and a way to the storage.
        master: Where Spark runs, e.g. spark://host:7077; the setting spark.master if left out.
        workers: Hours at once; 0 means one per core of this machine or of the cluster.
    """
    if workers < 0:
        message = f"--workers {workers} is no number of workers; give 1 or more, or 0 for one per core"
        raise UsageError(message)
    if master is not None and engine == "local":
        message = f"--master {master} is for --engine spark"
        raise UsageError(message)
    from forgelake.app import compose

    with lake({"spark.master": master}) as context, compose.pool(context.settings, engine) as (pool, cores):
        from forgelake.pipelines import retention, rollups
        from forgelake.pipelines.backfill import backfill as run
        from forgelake.pipelines.backfill import period

        hours = period(context, from_, to)
        with progress("backfilling") as watch:
            collected = run(context, hours, workers=workers or cores, pool=pool, watch=watch)
        retention.forget_old_bytes(context)
        rollups.build(context)
        _tell_set_aside(context, hours)
        return report(hours, collected)


def _tell_set_aside(context: "Context", hours: "Plan") -> None:
    from forgelake.model.slices import SliceStatus
    from forgelake.pipelines.slice_task import SOURCE

    rows = context.state.ledger.rows(SOURCE, hours.first.start, hours.last.end)
    failed = sorted({row.name for row in rows if row.status is SliceStatus.FAILED})
    if failed:
        tell(
            f"{counted(len(failed), 'hour')} failed {counted(context.settings.backfill.attempts, 'time')}, "
            f"so set aside, the first of them {failed[0]}; the same command tries them again"
        )
