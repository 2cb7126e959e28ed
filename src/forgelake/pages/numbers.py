"""Numbers, changes and times as people read them. All times are UTC and say so."""

from datetime import datetime, timedelta
from typing import Final

from forgelake.model.counted import counted

NOTHING: Final = "\u2013"
_MINUS: Final = "\u2212"
_SUFFIXES: Final = ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "k"))
_ALMOST: Final = 0.9995


def short(value: object) -> str:
    """A number in a few digits: 24.2k; what is not known is a dash.

    >>> short(24_190), short(999_999), short(0.4567)
    ('24.2k', '1M', '0.457')
    """
    if not isinstance(value, int | float):
        return NOTHING if value is None else str(value)
    size, sign = abs(value), _MINUS if value < 0 else ""
    for factor, suffix in _SUFFIXES:
        if size >= factor * _ALMOST:
            return sign + _digits(size / factor) + suffix
    return sign + (f"{size:,}" if isinstance(size, int) else _digits(size))


def exact(value: object) -> str:
    """A value in full: numbers with separators of thousands, instants with their zone."""
    match value:
        case None:
            text = NOTHING
        case bool():
            text = "yes" if value else "no"
        case int():
            text = f"{value:,}"
        case float():
            text = f"{value:,.4f}".rstrip("0").rstrip(".")
        case datetime():
            text = instant(value)
        case _:
            text = str(value)
    return text


def change(now: float | None, before: float | None) -> float | None:
    """The relative change; None where there is nothing to compare with."""
    if now is None or not before:
        return None
    return now / before - 1


def signed_percent(share: float) -> str:
    """A change with its sign, e.g. +12%."""
    percent = share * 100
    text = f"{abs(percent):,.0f}%" if abs(percent) >= 10 else f"{abs(percent):.1f}%"  # noqa: PLR2004 - two digits
    if text == "0.0%":
        return "±0%"
    return f"{'+' if percent > 0 else _MINUS}{text}"


def instant(when: datetime) -> str:
    """An instant to the minute."""
    return f"{when:%Y-%m-%d %H:%M} UTC"


def ago(span: timedelta) -> str:
    """How long ago something was, in its largest unit."""
    minutes = int(span.total_seconds() // 60)
    for size, unit in ((1440 * 365, "year"), (1440, "day"), (60, "hour"), (1, "minute")):
        if minutes >= size:
            return f"{counted(minutes // size, unit)} ago"
    return "just now"


def _digits(value: float) -> str:
    """Three significant digits, without zeros that say nothing."""
    text = f"{value:.3g}"
    return f"{float(text):,.3f}".rstrip("0").rstrip(".") if "e" not in text else text
