"""Trino, and Athena, which runs it. Their SQL is made and parsed, never run by a test: no such engine is at hand."""

from typing import Final

from sqlglot import exp

from forgelake.engines.dialects.dialect import Dialect, Rewrite, function, when_known, whole_match
from forgelake.engines.dialects.tested import is_set_over_window

_NO_EXACT: Final = "it has no exact percentile, only approx_percentile"


def _ends_with(found: exp.EndsWith) -> exp.Expression:
    """It has no such function."""
    length = exp.Neg(this=exp.Length(this=found.expression.copy()))
    return exp.paren(exp.EQ(this=function("SUBSTR", found.this, length), expression=found.expression))


def _matches(found: exp.RegexpFullMatch) -> exp.Expression:
    return function("REGEXP_LIKE", found.this, whole_match(found))


def _known(found: exp.IgnoreNulls) -> exp.Expression:
    """``arbitrary`` gives one that is not NULL, as DuckDB's ``any_value`` does."""
    return function("ARBITRARY", found.this.this) if isinstance(found.this, exp.AnyValue) else found


def _window(found: exp.Window) -> exp.Expression:
    """Windows take no DISTINCT."""
    if not is_set_over_window(found):
        return found
    (value,) = found.this.this.expressions
    found.this.set("this", value)
    return function("ARRAY_DISTINCT", found)


def _row(found: exp.Anonymous) -> exp.Expression:
    return function("ROW", *found.expressions)


_REWRITES: Final[dict[type[exp.Expr], Rewrite]] = {
    exp.Anonymous: _row,
    exp.ArgMax: when_known,
    exp.EndsWith: _ends_with,
    exp.IgnoreNulls: _known,
    exp.RegexpFullMatch: _matches,
    exp.Window: _window,
}
_REFUSED: Final[dict[type[exp.Expr], str]] = {
    exp.Explode: "rows from a list stand in FROM there",
    exp.Greatest: "its greatest gives NULL where any value is",
    exp.Median: _NO_EXACT,
    exp.PercentileCont: _NO_EXACT,
}

TRINO: Final = Dialect("trino", _REWRITES, _REFUSED)
ATHENA: Final = Dialect("athena", _REWRITES, _REFUSED)
