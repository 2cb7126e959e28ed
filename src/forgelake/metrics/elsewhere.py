"""A metric's SQL for another engine, complete: it asks the lake's own tables, and nothing of forgelake has to be there.

What forgelake's sessions make for themselves (which accounts are bots, the highest numbers of traffic) comes along as
named queries.
"""

from contextlib import suppress
from typing import Final

from sqlglot import exp

from forgelake.engines.dialects.dialect import Dialect, UntranslatableError
from forgelake.engines.dialects.translate import DIALECTS, DUCKDB, parsed, tables, translated, with_values
from forgelake.lake.catalog import TABLES
from forgelake.lake.catalogs.notes import NAMESPACE
from forgelake.metrics.binding import Bound
from forgelake.query.bots import BOTS
from forgelake.query.views import seen_sql

_BOTS: Final = "bots"


def sql(bound: Bound, dialect: Dialect) -> str:
    """The SQL that answers a question, its parameters written in as literals.

    DuckDB's is for ``forgelake sql``, which has the tables ready; that of the others reads ``forgelake.events`` and so
    on, as the tables are called in an Iceberg catalog.

    Raises:
        UntranslatableError: the engine cannot answer it, or nothing shows that it would answer the same.
    """
    query = with_values(parsed(bound.metric.sql), bound.sql_parameters)
    if dialect is DUCKDB:
        return translated(query, dialect, pretty=True)
    named = [_named(name, bound, dialect) for name in sorted(tables(query))]
    own = query.args.get("with_")
    query.set("with_", exp.With(expressions=[*named, *(own.expressions if own else [])]))
    return translated(query, dialect, pretty=True)


def able(bound: Bound) -> list[str]:
    """The dialects in which a question can be had."""
    found = []
    for name, dialect in DIALECTS.items():
        with suppress(UntranslatableError):
            sql(bound, dialect)
            found.append(name)
    return found


def _named(name: str, bound: Bound, dialect: Dialect) -> exp.CTE:
    """A table as forgelake shows it."""
    if name == _BOTS:
        rows = [exp.Tuple(expressions=[exp.Literal.string(text) for text in bot]) for bot in BOTS]
        listed = exp.TableAlias(
            this=exp.to_identifier("listed"), columns=[exp.to_identifier(field) for field in BOTS[0]._fields]
        )
        query = exp.select("login", "reason").from_(exp.Values(expressions=rows, alias=listed))
        return exp.CTE(this=query, alias=exp.TableAlias(this=exp.to_identifier(name)))
    if name not in TABLES:
        message = (
            f"{dialect.name} cannot answer {bound.metric.name}: {name} is in forgelake's database, not in the lake"
        )
        raise UntranslatableError(message)
    stored = f"SELECT * FROM {NAMESPACE}.{name}"  # noqa: S608 - our own names
    return exp.CTE(
        this=parsed(seen_sql(TABLES[name], stored, bound.eras)), alias=exp.TableAlias(this=exp.to_identifier(name))
    )
