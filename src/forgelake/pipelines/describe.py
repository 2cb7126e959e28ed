"""The lake about itself: tables, files, coverage and runs as rows."""

import json
from datetime import UTC, datetime
from itertools import groupby

from forgelake.lake.catalog import TABLES
from forgelake.lake.columns import ALL_ERAS
from forgelake.lake.traffic import TRAFFIC_DAYS
from forgelake.model.errors import UsageError
from forgelake.model.hours import FIRST_HOUR, Hour
from forgelake.pipelines.context import Context
from forgelake.pipelines.slice_task import SOURCE
from forgelake.query.bots import ACTOR_IS_BOT, BOTS_COLUMNS
from forgelake.query.coverage import HourCoverage, hourly, summary
from forgelake.query.traffic import REPO_NAMES
from forgelake.state.ledger_rows import LedgerRow
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
    plain = {
        "events": (ACTOR_IS_BOT,),
        TRAFFIC_DAYS.name: (REPO_NAMES,),
        "slices": SLICES_COLUMNS,
        "runs": RUNS_COLUMNS,
        "bots": BOTS_COLUMNS,
    }
    for name, described in plain.items():
        for c in described:
            column = {"table": name, "column": c.name, "type": c.type, "required": False}
            rows.append({**column, "eras": ", ".join(ALL_ERAS) if name == "events" else "", "meaning": c.description})
    return rows


def files(context: Context) -> Rows:
    """What each Iceberg table consists of, and where its current metadata lies; nothing where none was ever made."""
    rows: Rows = []
    made = context.catalog.pointers()
    for name, declared in TABLES.items():
        # To open one would make it.
        table = context.catalog.table(declared) if name in made else None
        snapshot = table.current_snapshot() if table else None
        totals = snapshot.summary if snapshot else None
        counts = {
            column: int((totals.get(key) if totals else None) or 0)
            for column, key in (("rows", "total-records"), ("files", "total-data-files"), ("bytes", "total-files-size"))
        }
        rows.append({"table": name, **counts, "metadata": made.get(name)})
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
        end = Hour.parse(to) if to else Hour.containing(context.clock())
        if end <= first:
            message = f"the period from {first} to {end} is empty; --to is excluded, so it must be later than --from"
            raise UsageError(message)
        return _expected_between(context, first, end.shifted(-1))
    known = ledger.period(SOURCE)
    if known is None:
        return []
    hours: list[HourCoverage] = []
    for _, group in groupby(ledger.rows(SOURCE, *known), key=lambda row: row.start.date()):
        rows = list(group)
        first = Hour.parse(f"{rows[0].start:%Y-%m-%d}")
        # A day that is not over is not expected to be whole.
        hours += hourly(rows, first, min(first.shifted(23), _over(context, rows)))
    return hours


def _expected_between(context: Context, first: Hour, last: Hour) -> list[HourCoverage]:
    """The hours of a period that ought to exist: none before the archive begins, none that is not over."""
    rows = context.state.ledger.rows(SOURCE, first.start, last.end)
    over = _over(context, rows)
    begin, end = max(first, FIRST_HOUR), min(last, over)
    if end < begin:
        message = f"no archive hour from {first} to {last}: the archive runs from {FIRST_HOUR} to {over}"
        raise UsageError(message)
    return hourly(rows, begin, end)


def _over(context: Context, rows: list[LedgerRow]) -> Hour:
    """The last hour that is over by the clock, or that the ledger knows of."""
    now = Hour.containing(context.clock()).shifted(-1)
    return max(now, Hour.containing(rows[-1].start)) if rows else now


def _day_row(day: str, hours: list[HourCoverage]) -> dict[str, object]:
    whole = summary(hours)
    # A gap that lasts to midnight ends at 24, not at the next day's 00.
    gaps = [f"{gap.start:%H}-{gap.end.hour or 24:02} {gap.reason}" for gap in whole.gaps]
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


def runs(context: Context, limit: int, job: str | None = None) -> Rows:
    """The latest runs, newest first; those whose process is gone are closed as interrupted first.

    Args:
        job: only runs of this job.
    """
    context.state.runs.mark_interrupted(datetime.now(UTC))
    return [
        {
            "id": run.id,
            "started_at": run.started_at,
            "job": run.job,
            "cause": run.cause or "",
            "status": str(run.status),
            "seconds": (run.finished_at - run.started_at).total_seconds() if run.finished_at else None,
            "slices_done": run.slices_done,
            "events": run.events,
            "rejected": run.rejected,
            "bytes": run.bytes,
            "arguments": json.dumps(run.arguments),
            "error": run.error or "",
        }
        for run in context.state.runs.page(limit, job=job)
    ]
