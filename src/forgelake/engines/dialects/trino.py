"""Trino, and Athena, which runs it. Their SQL is made and parsed, never run by a test: no such engine is at hand."""

from typing import Final

from sqlglot import exp

from forgelake.engines.dialects.dialect import Dialect, Rewrite, function, when_known, whole_match

_NO_EXACT: Final = "it has no exact percentile, only approx_percentile"


def _ends_with(found: exp.EndsWith) -> exp.Expression:
    """It has no such function."""
    length = exp.Neg(this=exp.Length(this=found.expression.copy()))
    return exp.paren(exp.EQ(this=function("SUBSTR", found.this, length), expression=found.expression))


def _matches(found: exp.RegexpFullMatch) -> exp.Expression:
    return function("REGEXP_LIKE", found.this, whole_match(found))


def _row(found: exp.Anonymous) -> exp.Expression:
    return function("ROW", *found.expressions)


_REWRITES: Final[dict[type[exp.Expr], Rewrite]] = {
    exp.Anonymous: _row,
    exp.ArgMax: when_known,
    exp.EndsWith: _ends_with,
    exp.RegexpFullMatch: _matches,
}
_REFUSED: Final[dict[type[exp.Expr], str]] = {exp.PercentileCont: _NO_EXACT, exp.Median: _NO_EXACT}

TRINO: Final = Dialect("trino", _REWRITES, _REFUSED)
ATHENA: Final = Dialect("athena", _REWRITES, _REFUSED)
