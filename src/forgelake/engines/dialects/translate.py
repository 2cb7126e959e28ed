"""From DuckDB's SQL to another engine's: parsed, checked against what is tested, rewritten, and parsed once more.

SQLGlot alone translates some functions to ones that give other numbers, without a word. So whatever no test has
compared is refused, and what differs is rewritten by the engine's own module.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final, cast

import sqlglot
from sqlglot import ErrorLevel, exp
from sqlglot.errors import SqlglotError

from forgelake.engines.dialects.dialect import Dialect, UntranslatableError
from forgelake.engines.dialects.spark import SPARK
from forgelake.engines.dialects.tested import untested
from forgelake.engines.dialects.trino import ATHENA, TRINO
from forgelake.model.errors import UsageError

DUCKDB: Final = Dialect("duckdb")
DIALECTS: Final = {dialect.name: dialect for dialect in (DUCKDB, SPARK, ATHENA, TRINO)}

PARAMETER: Final = "p_"
"""Stands before a parameter's name where it is bound: ``:from`` would be a keyword."""


def parsed(sql: str) -> exp.Query:
    """One question in DuckDB's SQL.

    Raises:
        UsageError: it is none.
    """
    try:
        found = sqlglot.parse(sql, read="duckdb")
    except SqlglotError as error:
        message = f"this SQL cannot be translated, for it cannot be read: {_plain(error)}"
        raise UsageError(message) from error
    if len(found) != 1 or not isinstance(found[0], exp.Query):
        message = "only one statement that asks (SELECT … or WITH … SELECT …) can be translated to another engine"
        raise UsageError(message)
    return found[0]


def tables(query: exp.Query) -> set[str]:
    """The names of what a question reads, apart from those that it defines itself."""
    own = {cte.alias_or_name.lower() for cte in query.find_all(exp.CTE)}
    return {table.name.lower() for table in query.find_all(exp.Table)} - own


def translated(query: exp.Query, dialect: Dialect, *, pretty: bool = False) -> str:
    """A question in an engine's words; parameters stay parameters: ``$name`` becomes ``:p_name``.

    Raises:
        UntranslatableError: something in it was never compared with DuckDB, or the engine cannot do it.
    """
    if dialect is DUCKDB:
        return query.sql("duckdb", pretty=pretty)
    _check(query, dialect)
    # From the leaves to the root, so that a rewrite sees its parts in the engine's words already.
    tree = query.copy()
    for node in reversed(list(tree.walk(bfs=True))):
        rewrite = dialect.rewrites.get(type(node))
        if rewrite is not None:
            made = rewrite(node.copy())
            if node is tree:
                tree = cast("exp.Query", made)
            else:
                node.replace(made)
    for mark in tree.find_all(exp.Placeholder):
        mark.set("this", f"{PARAMETER}{mark.name}")
    try:
        text = tree.sql(dialect.name, pretty=pretty, unsupported_level=ErrorLevel.RAISE)
        sqlglot.parse_one(text, read=dialect.name)
    except SqlglotError as error:
        message = f"{dialect.name} cannot be asked this: {_plain(error)}"
        raise UntranslatableError(message) from error
    return text


def with_values(query: exp.Query, values: Mapping[str, object]) -> exp.Query:
    """A question with its parameters filled in as literals, for a person to run elsewhere."""
    return cast("exp.Query", query.transform(_filled, values))


def with_frames(query: exp.Query, values: Mapping[str, object]) -> exp.Query:
    """A question with the whole numbers of its window frames filled in: no engine but DuckDB takes parameters there."""
    query = query.copy()
    for frame in list(query.find_all(exp.WindowSpec)):
        for mark in list(frame.find_all(exp.Placeholder)):
            mark.replace(literal(values[mark.name]))
    return query


def literal(value: object) -> exp.Expression:
    """A value as it is written in SQL."""
    match value:
        case None:
            return exp.null()
        case bool():
            return exp.Boolean(this=value)
        case int():
            return exp.Literal.number(value)
        case float():
            return exp.Literal.number(f"{value!r}e0" if "e" not in repr(value) else repr(value))
        case datetime():
            instant = value.astimezone(UTC).isoformat(sep=" ")
            return exp.cast(exp.Literal.string(instant), exp.DType.TIMESTAMPTZ)
        case _:
            return exp.Literal.string(str(value))


def _filled(node: exp.Expr, values: Mapping[str, object]) -> exp.Expr:
    return literal(values[node.name]) if isinstance(node, exp.Placeholder) else node


def _check(query: exp.Query, dialect: Dialect) -> None:
    for node in query.walk():
        if what := untested(node):
            message = (
                f"{what} is not translated to {dialect.name}: nothing shows that it means the same there; "
                "ask DuckDB instead (--engine duckdb)"
            )
            raise UntranslatableError(message)
        if reason := dialect.refused.get(type(node)):
            message = f"{dialect.name} cannot compute {node.sql('duckdb')} exactly: {reason}"
            raise UntranslatableError(message)


def _plain(error: SqlglotError) -> str:
    """SQLGlot underlines on terminals."""
    return str(error).replace("\x1b[4m", "").replace("\x1b[0m", "").strip()
