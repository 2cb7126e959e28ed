"""A metric's SQL put so that rollups can answer it: proven from the SQL, which nobody has to write differently for it.

Parameters that were not asked for are settled first, so that what only they would look at is out of the question. Then
every SELECT on ``events`` has to get by with the rollups' dimensions, and with aggregates that are the same whether an
event is a row or one of those that a row counts: ``count(*)`` becomes the sum of the counts. Where SQL does anything
else, or anything that is not known here, the events are read.
"""

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from forgelake.lake.events import EVENTS
from forgelake.lake.rollups import DIMENSIONS, MEASURES, ROLLUPS
from forgelake.metrics.binding import Bound
from forgelake.query.rollups import Cover, covering
from forgelake.query.snapshot import Snapshot

_GRAINS: Final = tuple(rollup.grain for rollup in ROLLUPS)
_UNITS: Final = {"hour": "hour", "day": "day", "week": "day", "month": "month", "quarter": "month", "year": "month"}
"""The widest bucket of a rollup that each unit of ``date_trunc`` is made of."""
_BOUNDS: Final = ("from", "to", "since")
_PARTS: Final = ("expressions", "from_", "where", "group", "having", "order", "limit", "offset", "distinct", "with_")
_FUNCTIONS: Final = (
    *(exp.And, exp.Or, exp.Case, exp.If, exp.Coalesce, exp.Nullif, exp.Cast, exp.Lower, exp.Upper),
    *(exp.Count, exp.Sum, exp.Min, exp.Max, exp.TimestampTrunc, exp.Hour, exp.DayOfWeekIso),
)
"""Those that say nothing of a single event but what its dimensions and its time say."""


def _normal(sql: str) -> str:
    return sqlglot.parse_one(sql, read="duckdb").sql("duckdb")


_DERIVED: Final = {_normal(sql): name for name, sql in DIMENSIONS.items() if sql != name}
_SUMMED: Final = {_normal(sql): name for name, sql in MEASURES.items()}
_OF_EVENTS: Final = {column.name for column in EVENTS.columns}


@dataclass(frozen=True, slots=True)
class Rolled:
    """SQL over a cover instead of events.

    Attributes:
        parameters: the names that it still asks for.
        grain: the widest bucket that keeps the answer as it is: hour, day or month.
    """

    sql: str
    parameters: frozenset[str]
    grain: str


class _NeedsEventsError(Exception):
    """The answer cannot be had from rollups."""


def rolled_up(snapshot: Snapshot, bound: Bound) -> tuple[Rolled, Cover] | None:
    """A question's SQL for rollups, and what to run it over; None where rollups cannot help."""
    found = rolled(bound.metric.sql, {**bound.values, **bound.sql_parameters})
    if found is None:
        return None
    which = bound.reach, found.grain, (bound.start, bound.end, bound.reach.start)
    # A page's questions are about the same few periods, and how much one is about is asked before it is answered.
    cover = snapshot.memory.known(("cover", *which), lambda: covering(snapshot.tables, *which))
    return None if cover is None else (found, cover)


def rolled(sql: str, values: Mapping[str, object]) -> Rolled | None:
    """SQL in DuckDB's dialect for rollups; None where it needs the events.

    Args:
        values: of all parameters; None for those that were not asked for.
    """
    words = {name: value for name, value in values.items() if value is None or isinstance(value, str)}
    return _rolled(sql, frozenset(words.items()))


@lru_cache(maxsize=1024)
def _rolled(sql: str, words: frozenset[tuple[str, str | None]]) -> Rolled | None:
    values = dict(words)
    try:
        query = _settled(_parsed(sql).copy(), values)
        named = [table for table in query.find_all(exp.Table) if table.name.lower() == EVENTS.name]
        selects = [table.parent_select for table in named if isinstance(table.parent, exp.From)]
        if not selects or len(named) != len(selects) or _defines_events(query):
            return None
        grains = [grain for select in selects for grain in _rewritten(select, values)]
    except (SqlglotError, _NeedsEventsError):
        return None
    names = frozenset(asked.name for asked in query.find_all(exp.Placeholder))
    return Rolled(query.sql("duckdb"), names, min(grains, key=_GRAINS.index, default=_GRAINS[-1]))


@lru_cache(maxsize=256)
def _parsed(sql: str) -> exp.Expr:
    return sqlglot.parse_one(sql, read="duckdb")


def _defines_events(query: exp.Expr) -> bool:
    return any(cte.alias.lower() == EVENTS.name for cte in query.find_all(exp.CTE))


def _settled(query: exp.Expr, values: Mapping[str, str | None]) -> exp.Expr:
    """Conditions on parameters alone become true or false, and vanish from what they are part of."""
    # From the leaves to the root, so that what has become true or false is seen by what it is part of.
    for node in reversed(list(query.walk())):
        settled = _truth(node, values) or _without_truths(node)
        if settled is not None:
            node.replace(settled)
    return query


def _truth(node: exp.Expr, values: Mapping[str, str | None]) -> exp.Expr | None:
    """True or false in place of a condition that looks at a parameter alone."""
    asked, other = node.args.get("this"), node.args.get("expression")
    if not isinstance(asked, exp.Placeholder):
        return None
    if isinstance(node, exp.Is) and isinstance(other, exp.Null):
        # What is not among the words is a number or an instant, and so was given.
        return exp.Boolean(this=values.get(asked.name, "") is None)
    value = values.get(asked.name)
    if value is None or not isinstance(node, exp.EQ | exp.NEQ) or not isinstance(other, exp.Literal):
        return None
    return exp.Boolean(this=(value == other.name) is isinstance(node, exp.EQ)) if other.is_string else None


def _without_truths(node: exp.Expr) -> exp.Expr | None:
    """What remains of a condition whose parts are settled."""
    if isinstance(node, exp.Paren) and isinstance(node.this, exp.Boolean):
        return node.this
    if isinstance(node, exp.And | exp.Or):
        for one, rest in ((node.left, node.right), (node.right, node.left)):
            if isinstance(one, exp.Boolean):
                # TRUE decides an OR, FALSE an AND; otherwise the rest says it all, be it NULL or not.
                return one if bool(one.this) is isinstance(node, exp.Or) else rest
    return None


def _rewritten(select: exp.Expr | None, values: Mapping[str, str | None]) -> Iterator[str]:
    """Rewrite a SELECT on events in place; gives the grains that it needs.

    Raises:
        _NeedsEventsError: its answer cannot be had from rollups.
    """
    if not isinstance(select, exp.Select) or not _is_plain(select):
        raise _NeedsEventsError
    for node in list(_own(select)):
        _rewrite(node)
    names = {one.alias.lower() for one in select.expressions if one.alias} - _OF_EVENTS
    for node in _own(select):
        if not _is_known(node):
            raise _NeedsEventsError
        if isinstance(node, exp.Column) and (grain := _grain(node, names, values)) is not None:
            yield grain


def _is_known(node: exp.Expr) -> bool:
    """Whether it says of rollups what it says of events."""
    match node:
        case exp.Query() | exp.Window() | exp.Star():
            return False
        case exp.Count():
            return isinstance(node.this, exp.Distinct)
        case exp.Sum():
            return node.this.sql() in MEASURES
        case exp.Func():
            return isinstance(node, _FUNCTIONS)
        case _:
            return True


def _is_plain(select: exp.Select) -> bool:
    """Whether it reads events and nothing else, in no way that is not known here, and puts them together."""
    source = select.args["from_"].this
    known = all(name in _PARTS for name, part in select.args.items() if part)
    alone = all(name == "this" for name, part in source.args.items() if part)
    distinct = select.args.get("distinct")
    together = select.args.get("group") or distinct or any(one.find(exp.AggFunc) for one in select.expressions)
    return known and alone and bool(together) and not (distinct and distinct.args.get("on"))


def _own(select: exp.Select) -> Iterator[exp.Expr]:
    """A SELECT's nodes, parents first, without what it defines by WITH and what it reads from."""
    for name, part in select.args.items():
        if name not in ("with_", "from_"):
            for one in part if isinstance(part, list) else [part]:
                if isinstance(one, exp.Expr):
                    yield from one.walk()


def _rewrite(node: exp.Expr) -> None:
    """What is put in other words for rollups."""
    if isinstance(node, exp.Not) and (name := _DERIVED.get(node.sql("duckdb"))) is not None:
        node.replace(exp.column(name))
    elif isinstance(node, exp.Sum) and (name := _SUMMED.get(node.this.sql("duckdb"))) is not None:
        node.set("this", exp.column(name))
    elif isinstance(node, exp.Count) and isinstance(node.this, exp.Star):
        counted = node.parent if isinstance(node.parent, exp.Filter) else node
        node.replace(total := exp.Sum(this=exp.column("event_count")))
        counted = counted if isinstance(counted, exp.Filter) else total
        # A sum of nothing is NULL, and sums are wider than counts.
        whole = exp.cast(exp.func("coalesce", counted.copy(), exp.Literal.number(0)), "BIGINT")
        counted.replace(whole)


def _grain(column: exp.Column, names: Set[str], values: Mapping[str, str | None]) -> str | None:
    """The grain that a use of a column needs; None where any will do.

    Raises:
        _NeedsEventsError: rollups do not have the column, or not as it is used.
    """
    name = column.name.lower()
    if column.table.lower() not in ("", EVENTS.name):
        raise _NeedsEventsError
    if name == EVENTS.day_column:
        return _grain_of_time(column, values)
    if name in DIMENSIONS or name in MEASURES or name in names:
        return None
    raise _NeedsEventsError


def _grain_of_time(column: exp.Column, values: Mapping[str, str | None]) -> str | None:
    use = column.parent
    if isinstance(use, exp.GTE | exp.LT) and use.left is column and isinstance(use.right, exp.Placeholder):
        if use.right.name in _BOUNDS:
            return None
    elif isinstance(use, exp.TimestampTrunc) and not use.args.get("zone"):
        unit = use.args["unit"]
        word = (values.get(unit.name) if isinstance(unit, exp.Placeholder) else unit.name) or ""
        if word.lower() in _UNITS:
            return _UNITS[word.lower()]
    elif isinstance(use, exp.Hour | exp.DayOfWeekIso):
        return "hour" if isinstance(use, exp.Hour) else "day"
    raise _NeedsEventsError
