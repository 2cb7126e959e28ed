"""The course of a number as a line without axes: a path alone, so it is written here rather than drawn as a chart.

An export has two thousand of them, and a chart takes a drawing process as long as hundreds of them take here.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Final

from markupsafe import Markup

from forgelake.metrics.answer import Answer
from forgelake.metrics.look import SERIES

_MARGIN: Final = 3
_THICK: Final = 1.5
Values = Sequence[float | None]


def course(answer: Answer, column: str, width: int, height: int) -> Markup:
    """A column's course, light and dark by the rules for drawings; empty where there is nothing to be drawn."""
    values: Values = answer.table[column].to_pylist()
    # A stock of 30,000 that grows by 20 a day would be a flat line above zero.
    stock = any(one.name == column and one.additivity == "last" for one in answer.columns)
    path = " ".join(_pieces(values, width, height, from_zero=not stock))
    if not path:
        return Markup("")
    size = {"width": width + 2 * _MARGIN, "height": height + 2 * _MARGIN}
    return Markup(
        '<svg aria-hidden="true" xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        'viewBox="0 0 {width} {height}"><path d="{path}" fill="none" stroke="{colour}" stroke-width="{thick}" '
        'stroke-linecap="round" stroke-linejoin="round"/></svg>'
    ).format(**size, path=path, colour=SERIES[0], thick=_THICK)


def _pieces(values: Values, width: int, height: int, *, from_zero: bool) -> Iterator[str]:
    """Lines that end where a value is not known; one between two that are not becomes a dot, by its round ends."""
    known = [value for value in values if value is not None] + [0.0] * from_zero
    least, most = min(known, default=0.0), max(known, default=0.0)
    step, pixel = width / max(1, len(values) - 1), height / (most - least) if most > least else 0.0
    # Of values that are all the same the line lies in the middle.
    bottom = _MARGIN + (height if pixel else height / 2)
    for unknown, piece in groupby(enumerate(values), lambda one: one[1] is None):
        if not unknown:
            points = [
                f"{_MARGIN + x * step:.2f},{bottom - (value - least) * pixel:.2f}"
                for x, value in piece
                if value is not None
            ]
            yield f"M{'L'.join(points)}{'h0' if len(points) == 1 else ''}"
