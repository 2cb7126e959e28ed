"""``forgelake compact``."""

from datetime import timedelta
from itertools import groupby
from typing import Annotated

from cyclopts import Parameter

from forgelake.cli.collect import lake
from forgelake.cli.show import Format, show_rows, tell
from forgelake.model.hours import Hour


def compact(
    *,
    from_: Annotated[str | None, Parameter(name="--from")] = None,
    to: Annotated[str | None, Parameter(name="--to")] = None,
    older_than: str = "1d",
    format: Format | None = None,  # noqa: A002 - the option's public name
) -> None:
    """Make few sorted files of each day's many small ones, and remove files that no table names any more.

    Readers and collectors may go on meanwhile. Rows stay as they are. Shows files and bytes before and after.

    Args:
        from_: First day, UTC; the whole lake if left out.
        to: Last day, UTC, included.
        older_than: Leave days alone that ended less than this ago, e.g. 6h or 2d.
        format: table, csv, json, parquet or arrow.
    """
    with lake() as context:
        from forgelake.pipelines import compact, plan

        first, last = (Hour.parse(text).day if text else None for text in (from_, to))
        done = compact.compact(context, first, last, timedelta(hours=plan.span(older_than)))
        rows: list[dict[str, object]] = []
        for table, group in groupby(done.days, key=lambda one: one.table):
            days = list(group)
            names = ("rows", "files_before", "files_after", "bytes_before", "bytes_after")
            rows.append({"table": table, "days": len(days), **{n: sum(getattr(d, n) for d in days) for n in names}})
        columns = ["table", "days", "rows", "files_before", "files_after", "bytes_before", "bytes_after"]
        show_rows(rows, columns, format)
        files, size = sum(one.files for one in done.swept), sum(one.bytes for one in done.swept)
        tell(f"{files:,} files that no table names any more were removed, {size / 1e6:,.1f} MB")
