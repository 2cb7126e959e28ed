"""Rollups of the events: how many there were of each kind, by hour, day and month.

A rollup has one row for each bucket and each combination of its dimensions, and what can be added up. So whatever SQL
counts or sums of events by nothing but these dimensions has the same answer from a rollup, to the last digit. Numbers
of different accounts or repositories and quantiles have not; they are answered from the events.
"""

from dataclasses import dataclass
from typing import Final

from forgelake.lake.columns import Column, Kind, Span, Table
from forgelake.lake.events import EVENTS

DIMENSIONS: Final = {
    "type": "type",
    "action": "action",
    "actor_is_bot": "actor_is_bot",
    "era": "era",
    "ref_type": "ref_type",
    "merged": "merged",
    "push_is_sized": "push_size IS NOT NULL",
}
"""What events are told apart by: columns of the rollups, and what they are of an event, in SQL."""

MEASURES: Final = {"event_count": "1", "pushed_commits": "coalesce(push_distinct_size, push_size)"}
"""What is added up: columns of the rollups, and what they are of an event, in SQL."""

_COLUMNS: Final = (
    Column("type", Kind.TEXT, "Event type, e.g. PushEvent.", required=True),
    Column("action", Kind.TEXT, "What was done, e.g. opened."),
    Column("actor_is_bot", Kind.FLAG, "Whether who did it counts as a program.", required=True),
    Column("era", Kind.TEXT, "The form in which the events were published.", required=True),
    Column("ref_type", Kind.TEXT, "repository, branch or tag, for created and deleted refs."),
    Column("merged", Kind.FLAG, "Whether the pull request is merged."),
    Column("push_is_sized", Kind.FLAG, "Whether the events say how many commits were pushed.", required=True),
    Column("event_count", Kind.INTEGER, "How many events these are.", required=True),
    Column("pushed_commits", Kind.INTEGER, "Commits pushed that were new, or before 2015 all of the pushes."),
)


@dataclass(frozen=True, slots=True)
class Rollup:
    """A rollup's table, whose ``day_column`` is the bucket, and what it is made of.

    Attributes:
        grain: the bucket's width, as SQL's ``date_trunc`` calls it.
        base: the table whose rows are counted: the events, or a finer rollup.
    """

    table: Table
    grain: str
    base: Table

    @property
    def sql(self) -> str:
        """Its rows, from those of its base."""
        of_events = self.base is EVENTS
        bucket = f"date_trunc('{self.grain}', {self.base.day_column}) AS {self.table.day_column}"
        dimensions = (f"{sql if of_events else name} AS {name}" for name, sql in DIMENSIONS.items())
        measures = (f"CAST(sum({sql if of_events else name}) AS BIGINT) AS {name}" for name, sql in MEASURES.items())
        listed = ", ".join((bucket, *dimensions, *measures))
        # Put together from our own names only.
        return f"SELECT {listed} FROM {self.base.name} GROUP BY ALL ORDER BY ALL"  # noqa: S608


def _rollup(grain: str, base: Table, span: Span) -> Rollup:
    meaning = f"How many events of each kind there were by {grain}, counted from {base.name}, in {span}s that are over."
    bucket = Column(grain, Kind.INSTANT, f"Begin of the {grain}, UTC.", required=True)
    return Rollup(Table(f"event_{grain}s", meaning, (bucket, *_COLUMNS), grain, sort=(grain,), span=span), grain, base)


EVENT_HOURS: Final = _rollup("hour", EVENTS, Span.DAY)
EVENT_DAYS: Final = _rollup("day", EVENT_HOURS.table, Span.MONTH)
EVENT_MONTHS: Final = _rollup("month", EVENT_DAYS.table, Span.MONTH)

ROLLUPS: Final = (EVENT_HOURS, EVENT_DAYS, EVENT_MONTHS)
"""From the finest to the coarsest; each after its base."""
