"""Spark 3.5. Every metric of the library is run on it and compared with DuckDB."""

from typing import Final

from sqlglot import exp

from forgelake.engines.dialects.dialect import Dialect, function, when_known, whole_match
from forgelake.engines.dialects.tested import is_set_over_window


def _seconds(found: exp.TimeToUnix) -> exp.Expression:
    """SQLGlot's UNIX_TIMESTAMP would drop what is below a second."""
    return exp.paren(exp.Div(this=function("UNIX_MICROS", found.this), expression=exp.Literal.number("1e6")))


def _percentile(found: exp.PercentileCont) -> exp.Expression:
    """PERCENTILE interpolates as DuckDB does; PERCENTILE_APPROX, which else comes out, takes a value nearby."""
    return function("PERCENTILE", found.this, found.expression)


def _weekday(found: exp.DayOfWeekIso) -> exp.Expression:
    """SQLGlot would count from DAYOFWEEK and be two days off."""
    return exp.paren(exp.Add(this=function("WEEKDAY", found.this), expression=exp.Literal.number(1)))


def _in_double(found: exp.Div) -> exp.Expression:
    """3600.0 is a decimal in Spark, and dividing by one keeps six digits; 3600e0 is not."""
    for side in (found.this, found.expression):
        if isinstance(side, exp.Literal) and not side.is_string and "." in side.this:
            side.set("this", f"{float(side.this)!r}e0")
    return found


def _matches(found: exp.RegexpFullMatch) -> exp.Expression:
    return exp.RegexpLike(this=found.this, expression=whole_match(found))


def _window(found: exp.Window) -> exp.Expression:
    """Windows take neither FILTER nor DISTINCT."""
    inner = found.this
    if is_set_over_window(found):
        found.set("this", function("COLLECT_SET", *inner.this.expressions))
    elif isinstance(inner, exp.Filter):
        value = exp.Literal.number(1) if isinstance(inner.this.this, exp.Star) else inner.this.this
        inner.this.set("this", exp.Case().when(inner.expression.this, value))
        found.set("this", inner.this)
    return found


def _known(found: exp.IgnoreNulls) -> exp.Expression:
    """``any_value`` of DuckDB is one that is not NULL."""
    if isinstance(found.this, exp.AnyValue):
        return function("ANY_VALUE", found.this.this, exp.Boolean(this=True))
    return found


def _row(found: exp.Anonymous) -> exp.Expression:
    return function("STRUCT", *found.expressions)


SPARK: Final = Dialect(
    name="spark",
    rewrites={
        exp.Anonymous: _row,
        exp.ArgMax: when_known,
        exp.DayOfWeekIso: _weekday,
        exp.Div: _in_double,
        exp.IgnoreNulls: _known,
        exp.PercentileCont: _percentile,
        exp.RegexpFullMatch: _matches,
        exp.TimeToUnix: _seconds,
        exp.Window: _window,
    },
)
