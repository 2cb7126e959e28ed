"""The part of DuckDB's SQL that is translated: what the library of metrics uses, because that is what is compared.

A metric that needs more adds its class here, and the comparison of all metrics then shows whether it means the same.
"""

from typing import Final

from sqlglot import exp

SYNTAX: Final = (
    exp.Alias, exp.Boolean, exp.Case, exp.Cast, exp.Column, exp.CTE, exp.DataType, exp.Distinct, exp.Filter, exp.From,
    exp.Group, exp.Having, exp.Identifier, exp.If, exp.In, exp.Interval, exp.Join, exp.Limit, exp.Literal, exp.Null,
    exp.Order, exp.Ordered, exp.Paren, exp.Placeholder, exp.Select, exp.Star, exp.Subquery, exp.Table, exp.TableAlias,
    exp.Tuple, exp.Values, exp.Var, exp.Where, exp.Window, exp.WindowSpec, exp.With,
)  # fmt: skip
OPERATORS: Final = (
    exp.Add, exp.And, exp.Div, exp.DPipe, exp.EQ, exp.GT, exp.GTE, exp.Is, exp.LT, exp.LTE, exp.Mod, exp.Mul, exp.NEQ,
    exp.Not, exp.NullSafeNEQ, exp.Or, exp.Sub, exp.Union,
)  # fmt: skip
FUNCTIONS: Final = (
    exp.Abs, exp.AnyValue, exp.ArgMax, exp.ArrayAgg, exp.ArrayContains, exp.ArrayToString, exp.Avg, exp.Ceil,
    exp.Coalesce, exp.Count, exp.DateDiff, exp.DayOfWeekIso, exp.EndsWith, exp.Explode, exp.FirstValue, exp.Greatest,
    exp.Hour, exp.IgnoreNulls, exp.Lag, exp.Lower, exp.Max, exp.Median, exp.Min, exp.Nullif, exp.PercentileCont,
    exp.RegexpFullMatch, exp.RowNumber, exp.Split, exp.Sqrt, exp.StartsWith, exp.StddevPop, exp.StrPosition, exp.Sum,
    exp.TimestampTrunc, exp.TimeToUnix,
)  # fmt: skip
ROW: Final = "row"
"""The one function that SQLGlot knows by its name only."""

TYPES: Final = (exp.DType.BIGINT, exp.DType.DOUBLE, exp.DType.TIMESTAMPTZ, exp.DType.TEXT)
INTERVALS: Final = ("SECOND", "DAY", "MONTH", "YEAR")

TESTED: Final = frozenset((*SYNTAX, *OPERATORS, *FUNCTIONS))


def is_set_over_window(node: exp.Expr | None) -> bool:
    """Whether a window gathers different values in a list."""
    gathered = node.this if isinstance(node, exp.Window) else None
    return isinstance(gathered, exp.ArrayAgg) and isinstance(gathered.this, exp.Distinct)


def untested(node: exp.Expr) -> str:
    """What of a node is not in the tested part, as a person would call it; empty if all is."""
    if isinstance(node, exp.Anonymous):
        return "" if node.name.lower() == ROW else f"the function {node.name}"
    if type(node) not in TESTED:
        what = node.sql_name() if isinstance(node, exp.Func) else type(node).__name__
        return f"the function {what.lower()}" if isinstance(node, exp.Func) else f"{what} ({node.sql('duckdb')[:40]})"
    if isinstance(node, exp.ArrayAgg) and not is_set_over_window(node.parent):
        return "the function list, but for list(DISTINCT …) OVER (…)"
    if isinstance(node, exp.DataType) and node.this not in TYPES:
        return f"the type {node.sql('duckdb')}"
    if isinstance(node, exp.Interval) and (node.unit is None or node.unit.name.upper() not in INTERVALS):
        return f"the interval {node.sql('duckdb')}"
    return ""
