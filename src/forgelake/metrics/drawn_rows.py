"""An answer's rows as a drawing needs them: a row for each point, with what is known of its bucket.

A series' rows say whether their bucket is whole, and whether it is over; a bucket that nothing was received for breaks
its line, for there is a row for it without a value.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from forgelake.metrics.answer import Answer, Bucket
from forgelake.metrics.definition import Chart, Metric
from forgelake.metrics.formats import column_head, plain, rows
from forgelake.model.hours import ONE_HOUR
from forgelake.query.coverage import HOUR

PARTIAL: Final = "partial"
"""Field of a row: whether its bucket is not whole: slices are missing, or it is not over."""

OVER: Final = "over"
"""Field of a row: whether its bucket is over."""

TAIL: Final = "tail"
"""Field of a row: whether the line to it, or from it, leads into the bucket that is not over."""

SERIES: Final = "series"
VALUE: Final = "value"
"""Fields of the rows of a chart that draws several columns: which one, and its value."""

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Drawn:
    """What is drawn.

    Attributes:
        rows: by series and bucket.
        x, y, by: the fields; ``by`` names the series and is empty where there is one.
        names: the series, the largest first.
    """

    rows: list[Row]
    x: str
    y: str
    by: str
    names: tuple[str, ...]


def drawn(answer: Answer, chart: Chart) -> Drawn:
    """The rows of a chart."""
    x, y, by = (field_of(chart.encoding.get(channel)) for channel in ("x", "y", "color"))
    found = rows(answer)
    if chart.series:
        found, y, by = list(_long(found, answer.bound.metric, chart.series)), VALUE, SERIES
    elif chart.mark == "rect":
        by = ""
    names = _ranked(found, by, y if answer.buckets else x)
    if answer.buckets:
        found = _with_breaks(answer, found, by, names)
        _mark(answer, found)
    return Drawn(found, x, y, by, names)


def field_of(encoding: Any) -> str:
    """The field that a channel shows, empty if none."""
    return str(encoding.get("field", "")) if isinstance(encoding, dict) else ""


def ends(shown: Drawn) -> list[Row]:
    """The last row of each series that has a value, by value; the series themselves where they have one."""
    last: dict[Any, Row] = {}
    for row in shown.rows:
        if row.get(shown.y) is not None:
            last[row.get(shown.by)] = row
    return sorted(last.values(), key=lambda row: row[shown.y])


def _long(found: Iterable[Row], metric: Metric, names: Sequence[str]) -> Iterable[Row]:
    """A row for each of the columns."""
    titles = {column.name: column_head(metric, column)["title"] for column in metric.columns}
    for row in found:
        kept = {name: value for name, value in row.items() if name not in names}
        for name in names:
            yield {**kept, SERIES: titles[name], VALUE: row[name]}


def _ranked(found: Iterable[Row], by: str, value: str) -> tuple[str, ...]:
    if not by:
        return ()
    sums: dict[str, float] = {}
    for row in found:
        number = row.get(value)
        sums[row[by]] = sums.get(row[by], 0) + (number if isinstance(number, int | float) else 0)
    return tuple(sorted(sums, key=lambda name: (-sums[name], str(name))))


def _with_breaks(answer: Answer, found: Sequence[Row], by: str, names: Sequence[str]) -> list[Row]:
    """The rows by bucket, with one that has no value where a bucket is unknown and has none."""
    there = {(row["bucket"], row.get(by) if by else None) for row in found}
    empty = dict.fromkeys(found[0] if found else answer.table.column_names)
    breaks = (
        {**empty, "bucket": start, **({by: name} if by else {})}
        for start in (plain(bucket.start) for bucket in answer.buckets if bucket.unknown)
        for name in (names or (None,))
        if (start, name) not in there
    )
    return sorted([*found, *breaks], key=lambda row: str(row["bucket"]))


def _mark(answer: Answer, found: Iterable[Row]) -> None:
    states = dict(_states(answer))
    for row in found:
        row.update(states.get(row["bucket"], {PARTIAL: False, OVER: True, TAIL: False}))


def _states(answer: Answer) -> Iterable[tuple[str, Mapping[str, bool]]]:
    until = min(answer.asked_at, answer.bound.end)
    over = [bucket.end <= until for bucket in answer.buckets]
    going_on = over.index(False) if False in over else len(over) + 1
    for number, bucket in enumerate(answer.buckets):
        whole = over[number] and _is_whole(answer, bucket)
        yield plain(bucket.start), {PARTIAL: not whole, OVER: over[number], TAIL: number in (going_on - 1, going_on)}


def _is_whole(answer: Answer, bucket: Bucket) -> bool:
    if answer.coverage.unit == HOUR:
        return bucket.received * ONE_HOUR >= bucket.end - bucket.start
    return bucket.received == bucket.expected
