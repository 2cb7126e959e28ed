"""The lake about itself: tables, files, coverage and runs as rows."""

import json
from itertools import groupby

from forgelake.lake.catalog import TABLES
from forgelake.model.errors import UsageError
from forgelake.model.hours import FIRST_HOUR, Hour
from forgelake.pipelines.context import Context
from forgelake.pipelines.coverage import HourCoverage, hourly, summary
from forgelake.pipelines.slice_task import SOURCE
from forgelake.state.schema import RUNS_COLUMNS, SLICES_COLUMNS

Rows = list[dict[str, object]]


def columns() -> Rows:
    """Every column of every table."""
    rows: Rows = [
        {
            "table": table.name,
            "column": column.name,
            "type": str(column.kind),
            "required": column.required,
            "eras": ", ".join(column.eras) if table.name == "events" else "",
            "meaning": column.meaning,
        }
        for table in TABLES.values()
        for column in table.columns
    ]
    for name, described in (("slices", SLICES_COLUMNS), ("runs", RUNS_COLUMNS)):
        for c in described:
            column = {"table": name, "column": c.name, "type": c.type}
            rows.append({**column, "required": False, "eras": "", "meaning": c.description})
    return rows


def files(context: Context) -> Rows:
    """What each Iceberg table consists of, and where its current metadata lies."""
    rows: Rows = []
    for name, declared in TABLES.items():
        table = context.catalog.table(declared)
        snapshot = table.current_snapshot()
        totals = snapshot.summary if snapshot else None
        counts = {
            column: int((totals.get(key) if totals else None) or 0)
            for column, key in (("rows", "total-records"), ("files", "total-data-files"), ("bytes", "total-files-size"))
        }
        rows.append({"table": name, **counts, "metadata": table.metadata_location})
    return rows


def coverage(context: Context, from_: str | None, to: str | None, by: str) -> Rows:
    """Coverage of archive hours per day or hour.

    Raises:
        UsageError: the period is none.
    """
    hours = _hours(context, from_, to)
    if by == "hour":
        return [_hour_row(hour) for hour in hours]
    return [_day_row(str(day), list(group)) for day, group in groupby(hours, key=lambda hour: hour.hour.day)]


def _hours(context: Context, from_: str | None, to: str | None) -> list[HourCoverage]:
    ledger = context.state.ledger
    if from_ is not None or to is not None:
        first = Hour.parse(from_) if from_ else FIRST_HOUR
        last = (Hour.parse(to) if to else Hour.containing(context.clock())).shifted(-1)
        if last < first:
            message = f"the period from {from_} to {to} is empty; --to is excluded, so it must be later than --from"
            raise UsageError(message)
        return hourly(ledger.rows(SOURCE, first.start, last.end), first, last)
    known = ledger.period(SOURCE)
    if known is None:
        return []
    hours: list[HourCoverage] = []
    for _, group in groupby(ledger.rows(SOURCE, *known), key=lambda row: row.start.date()):
        rows = list(group)
        first = Hour.parse(f"{rows[0].start:%Y-%m-%d}")
        # A day that is not over is not expected to be whole.
        over = max(Hour.containing(context.clock()).shifted(-1), Hour.containing(rows[-1].start))
        last = min(first.shifted(23), over)
        hours += hourly(rows, first, last)
    return hours


def _day_row(day: str, hours: list[HourCoverage]) -> dict[str, object]:
    whole = summary(hours)
    gaps = [f"{gap.start:%H}-{gap.end:%H} {gap.reason}" for gap in whole.gaps]
    return {
        "day": day,
        "expected": whole.expected,
        "received": whole.received,
        "share": whole.share,
        "events": sum(hour.events for hour in hours),
        "rejected": whole.rejected,
        "repaired": sum(hour.repaired for hour in hours),
        "sources": ", ".join(whole.sources),
        "gaps": "; ".join(gaps),
    }


def _hour_row(hour: HourCoverage) -> dict[str, object]:
    return {
        "hour": hour.hour.start,
        "status": str(hour.status or "not collected"),
        "sources": ", ".join(hour.origins),
        "events": hour.events if hour.received else None,
        "rejected": hour.rejected,
        "repaired": hour.repaired,
        "first_event": hour.first_event,
        "last_event": hour.last_event,
        "reason": hour.reason,
    }


def runs(context: Context, limit: int) -> Rows:
    """The latest runs, newest first."""
    return [
        {
            "started_at": run.started_at,
            "job": run.job,
            "status": str(run.status),
            "seconds": (run.finished_at - run.started_at).total_seconds() if run.finished_at else None,
            "slices_done": run.slices_done,
            "events": run.events,
            "rejected": run.rejected,
            "bytes": run.bytes,
            "arguments": json.dumps(run.arguments),
            "error": run.error or "",
        }
        for run in context.state.runs.recent(limit)
    ]
