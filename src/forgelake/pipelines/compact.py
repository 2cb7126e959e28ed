"""Compacting: days that are over get few sorted files, and files that nothing names any more are removed."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Final

from forgelake.lake.catalog import TABLES
from forgelake.lake.compact import Compacted, Compactor
from forgelake.lake.sweep import Swept, sweep
from forgelake.model.errors import UsageError
from forgelake.model.hours import FIRST_HOUR
from forgelake.pipelines.context import Context
from forgelake.pipelines.record import recorded

JOB: Final = "compact"
LEASE: Final = "compact"
LEASE_TTL_SECONDS: Final = 60.0


@dataclass(frozen=True, slots=True)
class Done:
    """What one run did: days in the order of their dates, and what was swept of each table."""

    days: list[Compacted] = field(default_factory=list)
    swept: list[Swept] = field(default_factory=list)


def compact(
    context: Context,
    first: date | None,
    last: date | None,
    older_than: timedelta,
    *,
    watch: Callable[[Compacted], None] = lambda _: None,
) -> Done:
    """Compact the days from first to last, both included, that ended at least ``older_than`` ago.

    Raises:
        UsageError: last is before first.
        RetryError: another run is compacting, or collectors are at the same days all the time.
    """
    latest = (context.clock() - older_than).astimezone(UTC).date() - timedelta(days=1)
    begin, end = first or FIRST_HOUR.day, min(last or latest, latest)
    if last is not None and last < begin:
        message = f"the period from {begin} to {last} is empty; --to is included, so give a later day"
        raise UsageError(message)
    file_bytes = context.settings.lake.file_mb << 20
    compactor = Compactor(context.catalog, context.storage, context.scratch, context.connect_to_merge, file_bytes)
    done, existing = Done(), context.catalog.pointers()
    with (
        recorded(context, JOB, {"from": str(begin), "to": str(end)}) as record,
        context.state.leases.lock(LEASE, record.owner, LEASE_TTL_SECONDS, 0),
    ):
        for declared in (declared for name, declared in TABLES.items() if name in existing):
            for day in compactor.days(declared, begin, end) if begin <= end else ():
                if (compacted := compactor.compact(declared, day)) is not None:
                    watch(compacted)
                    done.days.append(compacted)
            limit = datetime.now(UTC) - timedelta(hours=context.settings.lake.keep_unused_hours)
            done.swept.append(sweep(context.catalog, context.storage, declared, limit))
    return done
