"""What is in the lake and how complete it is: ``tables``, ``coverage``, ``runs``, ``rejects``."""

from typing import Annotated, Literal

from cyclopts import Parameter

from forgelake.cli.collect import lake
from forgelake.cli.show import Format, show, show_rows
from forgelake.model.errors import UsageError

# DuckDB escapes all bytes that are not plain letters and signs; quotes are harmless, and JSON is full of them.
REJECTS_SQL = """
    SELECT source, line, position, length, scope, reason,
           left(replace(replace(CAST(bytes AS VARCHAR), '\\x22', '"'), '\\x27', ''''), 60) AS begins, path
    FROM rejects ORDER BY slice_start DESC, source, position LIMIT $limit"""

From = Annotated[str | None, Parameter(name="--from")]
To = Annotated[str | None, Parameter(name="--to")]


def tables(*, files: bool = False, format: Format | None = None) -> None:  # noqa: A002 - the option's public name
    """Describe every table and column of the lake.

    Args:
        files: Instead, each Iceberg table's rows, files, bytes and current metadata file, for other readers.
        format: table, csv, json, parquet or arrow.
    """
    with lake() as context:
        from forgelake.pipelines import describe

        if files:
            show_rows(describe.files(context), ["table", "rows", "files", "bytes", "metadata"], format)
        else:
            show_rows(describe.columns(), ["table", "column", "type", "required", "eras", "meaning"], format)


def coverage(
    *,
    from_: From = None,
    to: To = None,
    by: Literal["day", "hour"] = "day",
    format: Format | None = None,  # noqa: A002 - the option's public name
) -> None:
    """Say what was expected, what arrived, what was rejected, and what is missing and why.

    Archive hours go by their names, which until 2014 are in Pacific time; metrics count by the hour of the events.

    Args:
        from_: Begin of the period, UTC; without a period, all days that the ledger knows of.
        to: End of the period, UTC, excluded.
        by: A row per day or per hour.
        format: table, csv, json, parquet or arrow.
    """
    with lake() as context:
        from forgelake.pipelines import describe

        rows = describe.coverage(context, from_, to, by)
        counts = ["sources", "events", "rejected", "repaired"]
        columns = {
            "day": ["day", "expected", "received", "share", *counts, "gaps"],
            "hour": ["hour", "status", *counts, "first_event", "last_event", "reason"],
        }
        show_rows(rows, columns[by], format)


def runs(*, limit: int = 20, format: Format | None = None) -> None:  # noqa: A002 - the option's public name
    """Show the latest runs.

    Args:
        limit: How many.
        format: table, csv, json, parquet or arrow.
    """
    if limit < 1:
        message = f"--limit {limit} is no number of runs; give 1 or more"
        raise UsageError(message)
    with lake() as context:
        from forgelake.pipelines import describe

        counts = ["slices_done", "events", "rejected", "bytes"]
        columns = ["started_at", "job", "status", "seconds", *counts, "arguments", "error"]
        show_rows(describe.runs(context, limit), columns, format)


def rejects(*, limit: int = 100, format: Format | None = None) -> None:  # noqa: A002 - the option's public name
    """Show input that could not be read, with its place, its reason and its first bytes.

    Args:
        limit: How many, the latest slices first.
        format: table, csv, json, parquet or arrow; the whole bytes are in the table rejects.
    """
    with lake() as context, context.lake.now().session(tables=["rejects"]) as session:
        show(session.run(REJECTS_SQL, {"limit": limit}), format)
