"""What an engine's module says of it: where it needs other words than SQLGlot's, and what it cannot do."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from sqlglot import exp

from forgelake.model.errors import UsageError

Rewrite: TypeAlias = Callable[[Any], exp.Expression]
"""Makes another expression of one of the class that it is listed under."""


class UntranslatableError(UsageError):
    """SQL that an engine is not given, because nothing shows that it means the same there."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """An engine's dialect.

    Attributes:
        name: as SQLGlot calls it.
        rewrites: what to make of an expression, by its class; SQLGlot alone would give another result, or no SQL.
        refused: why an expression cannot be had there, by its class.
    """

    name: str
    rewrites: Mapping[type[exp.Expr], Rewrite] = field(default_factory=dict)
    refused: Mapping[type[exp.Expr], str] = field(default_factory=dict)


def when_known(found: exp.ArgMax) -> exp.Expression:
    """``arg_max`` passes over rows without a value; ``max_by`` of other engines would take NULL from them."""
    value = found.this
    known = exp.Case().when(exp.Not(this=exp.Is(this=value.copy(), expression=exp.null())), found.expression)
    return exp.ArgMax(this=value, expression=known)


def function(name: str, *arguments: exp.Expression) -> exp.Expression:
    """A call of a function by the name that the engine knows."""
    return exp.Anonymous(this=name, expressions=list(arguments))


def whole_match(found: exp.RegexpFullMatch) -> exp.Expression:
    """The pattern of ``regexp_full_match``, made to match from begin to end by itself."""
    options = found.args.get("options")
    flags = f"(?{options.this})" if options is not None else ""
    return exp.Literal.string(rf"{flags}\A(?:{found.expression.this})\z")
