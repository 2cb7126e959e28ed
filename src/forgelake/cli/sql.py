"""``forgelake sql``."""

from forgelake.cli.collect import lake
from forgelake.cli.show import Format, show


def sql(query: str, /, *, format: Format | None = None) -> None:  # noqa: A002 - the option's public name
    """Ask the lake in SQL (DuckDB's dialect); tables go by their bare names.

    Args:
        query: e.g. "SELECT type, count(*) FROM events GROUP BY ALL ORDER BY 2 DESC".
        format: table, csv, json, parquet or arrow; a table on a terminal and csv elsewhere if left out.
    """
    with lake() as context, context.lake.now().session() as session:
        show(session.run(query), format)
