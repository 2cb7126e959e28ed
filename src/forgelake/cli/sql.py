"""``forgelake sql``."""

from typing import Literal, TypeAlias

from forgelake.cli.collect import lake
from forgelake.cli.show import Format, show

Engine: TypeAlias = Literal["duckdb", "spark"]


def sql(
    query: str,
    /,
    *,
    engine: Engine | None = None,
    format: Format | None = None,  # noqa: A002 - the option's public name
) -> None:
    """Ask the lake in SQL (DuckDB's dialect); tables go by their bare names.

    Args:
        query: e.g. "SELECT type, count(*) FROM events GROUP BY ALL ORDER BY 2 DESC".
        engine: duckdb or spark, to which the SQL is translated; the setting engine if left out.
        format: table, csv, json, parquet or arrow; a table on a terminal and csv elsewhere if left out.
    """
    from forgelake.app import compose

    with lake({"engine": engine}) as context, compose.engine(context.settings) as other:
        snapshot = context.lake.now()
        with snapshot.session() if other is None else other.session(snapshot) as session:
            show(session.run(query), format)
