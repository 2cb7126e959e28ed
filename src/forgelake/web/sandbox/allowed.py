"""Which queries may run: one SELECT, known tables, known functions. DuckDB's own parser says what a query is.

What is not listed is refused, so that a thing that a newer DuckDB brings along is closed until somebody opens it.
"""

import json
import re
from collections.abc import Iterator
from typing import Any, Final

import duckdb

from forgelake.model.errors import UsageError, nearest

TABLE_FUNCTIONS: Final = frozenset({"generate_series", "range", "unnest"})

NODES: Final = frozenset({
    "SELECT_NODE", "SET_OPERATION_NODE", "RECURSIVE_CTE_NODE", "CTE_NODE",
    "BASE_TABLE", "SUBQUERY", "JOIN", "TABLE_FUNCTION", "EMPTY", "EXPRESSION_LIST",
    "ORDER_MODIFIER", "LIMIT_MODIFIER", "LIMIT_PERCENT_MODIFIER", "DISTINCT_MODIFIER",
    "ORDER_DEFAULT", "ASCENDING", "DESCENDING",
    "DECIMAL_TYPE_INFO", "LIST_TYPE_INFO", "STRUCT_TYPE_INFO", "ARRAY_TYPE_INFO", "GENERIC_TYPE_INFO",
    "STRING_TYPE_INFO", "UNBOUND_TYPE_INFO", "USER_TYPE_INFO",
})  # fmt: skip
"""Parts of a query, other than expressions, that are harmless."""

EXPRESSIONS: Final = frozenset({
    "BETWEEN", "CASE", "CAST", "COLLATE", "COLUMN_REF", "COMPARISON", "CONJUNCTION", "CONSTANT", "FUNCTION", "LAMBDA",
    "LAMBDA_REF", "OPERATOR", "POSITIONAL_REFERENCE", "STAR", "SUBQUERY", "TYPE", "WINDOW",
})  # fmt: skip

REFUSED: Final = re.compile(
    r"(pg_|has_|inet_|duckdb_|pragma_|enable_|disable_|json_(de)?serialize|json_execute|variant_|geoarrow|st_).*"
    r"|current_(?!date$|localtime$|localtimestamp$).*"
    r"|\w*_description|col_description|combine|create_sort_key|currval|error|finalize|format_(pg_)?type|get_block_size"
    r"|getenv|getvariable|in_search_path|map_to_pg_oid|nextval|parse_duckdb_log_message|session_user|setseed|sleep_ms"
    r"|stats|txid_current|user|vector_type|version|write_log"
)
"""Functions that tell of the host, the settings or the session, or change them; and those that only serve others."""

_KINDS: Final = "('scalar', 'aggregate', 'macro')"


class Rules:
    """What one DuckDB lets pass."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, tables: frozenset[str]) -> None:
        """Args: the connection that the query will run on, and the tables that it may read."""
        self._connection = connection
        self._tables = tables
        self._functions = functions(connection)
        rows = connection.execute("SELECT lower(view_name) FROM duckdb_views() WHERE internal").fetchall()
        self._internal = frozenset(name for (name,) in rows)

    def check(self, sql: str) -> None:
        """Refuse what may not run.

        Raises:
            UsageError: it is not one SELECT, or something in it is not allowed.
        """
        parts = list(_parts(self._parsed(sql)))
        known = set(self._tables)
        for part in parts:
            for entry in part.get("cte_map", {}).get("map", []):
                # Where such a name is seen, and where it is DuckDB's own view, is DuckDB's to say: not both.
                if entry["key"].lower() in self._internal:
                    message = f'"{entry["key"]}" cannot be the name of a common table; take another one'
                    raise UsageError(message)
                known.add(entry["key"].lower())
        for part in parts:
            self._check_part(part, known)

    def _parsed(self, sql: str) -> dict[str, Any]:
        try:
            statements = self._connection.extract_statements(sql)
            if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
                raise _only_select()
            # As a quoted text: for a bound one DuckDB imports pandas where it is installed, and that breaks the limits.
            quoted = sql.replace("'", "''")
            row = self._connection.execute(f"SELECT json_serialize_sql('{quoted}')").fetchone()
            parsed: dict[str, Any] = json.loads(row[0] if row else "{}")
        except duckdb.Error as error:
            raise UsageError(str(error)) from error
        except RecursionError as error:
            message = "the query is nested too deeply"
            raise UsageError(message) from error
        if parsed.get("error", True) or len(parsed["statements"]) != 1:
            raise _only_select()
        return parsed

    def _check_part(self, part: dict[str, Any], known: set[str]) -> None:
        kind = part.get("type")
        if "class" in part:
            self._check_expression(part)
        elif isinstance(kind, str) and kind not in NODES:
            what = kind.removesuffix("_REF").lower().replace("_", " ")
            raise _refused(what)
        elif kind == "BASE_TABLE":
            self._check_table(part, known)
        elif kind == "TABLE_FUNCTION":
            self._check_function(part["function"], TABLE_FUNCTIONS)

    def _check_expression(self, part: dict[str, Any]) -> None:
        if part["class"] not in EXPRESSIONS:
            what = f"an expression of the kind {part['class']}"
            raise _refused(what)
        if "function_name" in part:
            self._check_function(part, self._functions)
        # SQL calls these without brackets, so they look like columns.
        for name in part.get("column_names", [])[:1]:
            if name.lower().startswith(("current_", "session_")) and REFUSED.fullmatch(name.lower()):
                raise _refused(name)

    def _check_table(self, part: dict[str, Any], known: set[str]) -> None:
        name = part["table_name"]
        qualified = part.get("schema_name") or part.get("catalog_name") or part.get("at_clause")
        if qualified or name.lower() not in known:
            shown = ".".join(filter(None, (part.get("catalog_name"), part.get("schema_name"), name)))
            tables = ", ".join(sorted(self._tables))
            message = f'there is no table "{shown[:100]}"{nearest(name, self._tables)}; there are {tables}'
            raise UsageError(message)

    def _check_function(self, part: dict[str, Any], allowed: frozenset[str]) -> None:
        name = part["function_name"].lower()
        # The parser itself puts "main" before the functions that stand for [1, 2] and the like.
        elsewhere = part.get("schema") not in ("", "main") or part.get("catalog")
        if elsewhere or name not in allowed | TABLE_FUNCTIONS:
            what = f"the function {name[:100]}"
            raise _refused(what)


def functions(connection: duckdb.DuckDBPyConnection) -> frozenset[str]:
    """The functions that may be called."""
    rows = connection.execute(
        f"SELECT DISTINCT lower(function_name) FROM duckdb_functions() WHERE function_type IN {_KINDS}"  # noqa: S608
    ).fetchall()
    return frozenset(name for (name,) in rows if not REFUSED.fullmatch(name))


def _parts(parsed: object) -> Iterator[dict[str, Any]]:
    """Every object within; without recursion, for a query may be nested deeply."""
    waiting = [parsed]
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            yield part
            waiting.extend(part.values())
        elif isinstance(part, list):
            waiting.extend(part)


def _only_select() -> UsageError:
    return UsageError("only one SELECT statement can be run here, e.g. SELECT type, count(*) FROM events GROUP BY ALL")


def _refused(what: str) -> UsageError:
    message = f"{what} is not allowed here; one SELECT over the lake's tables is, with functions that only compute"
    return UsageError(message)
