"""Single parameters, from the text that a person or a URL gives to the value that is bound.

Nothing that comes from outside reaches SQL in any other way than through here, and then as a bound value.
"""

import math
import re
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Final

from forgelake.metrics.intervals import INTERVALS, Interval
from forgelake.metrics.parameters import EVENT_TYPES, EnumParameter, IntegerParameter, NameParameter, NumberParameter
from forgelake.model.errors import UsageError, nearest

EARLIEST, LATEST = datetime(2008, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
"""Periods lie within; GitHub began in 2008."""

_REPO: Final = r"[A-Za-z0-9_.-]{1,100}/[A-Za-z0-9_.-]{1,100}"
_SHAPES: Final = {
    "repo": (re.compile(_REPO), "owner/name, e.g. torvalds/linux"),
    "repos": (re.compile(rf"{_REPO}(,{_REPO}){{0,9}}"), "up to ten owner/name, e.g. torvalds/linux,git/git"),
    "topic": (re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,49}"), "a topic or the name of a search, e.g. data-engineering"),
    "org": (re.compile(r"[A-Za-z0-9_-]{1,100}"), "a login, e.g. kubernetes"),
    "actor": (re.compile(r"[A-Za-z0-9_-]{1,100}(\[bot\])?"), "a login, e.g. torvalds or dependabot[bot]"),
}
REPO: Final = _SHAPES["repo"][0]
"""What a repository's name looks like."""

_BARE_HOUR: Final = re.compile(r"(\d{4}-\d\d-\d\d[T ]\d\d)(Z?)")
_INSTANT: Final = re.compile(r"\d{4}-\d\d-\d\d(?:[T ]\d\d:.*)?", re.ASCII)
_LONGEST: Final = 60


class ParameterError(UsageError):
    """A parameter that cannot be taken.

    Attributes:
        parameter: its name.
        value: what was given.
        good: what would be right.
    """

    def __init__(self, parameter: str, value: str, good: str, hint: str = "") -> None:
        self.parameter, self.value, self.good = parameter, value, good
        shown = value if len(value) <= _LONGEST else value[: _LONGEST - 1] + "…"
        super().__init__(f'{parameter} = "{shown}" is wrong{hint}; it should be {good}')


def instant(name: str, text: str) -> datetime:
    """A date (its midnight) or an instant; UTC where it names no offset.

    Raises:
        ParameterError: it is neither, or out of range.
    """
    good = "a date or an instant, e.g. 2016-01-31 or 2016-01-31T13:00:00Z"
    whole = text.strip()
    if bare := _BARE_HOUR.fullmatch(whole):
        whole = f"{bare[1]}:00{bare[2]}"
    # Of ISO's many forms only those that cannot be mistaken: 20160131 could be meant as a number.
    if not _INSTANT.fullmatch(whole):
        raise ParameterError(name, text, good)
    try:
        found = datetime.fromisoformat(whole)
        found = found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise ParameterError(name, text, good) from error
    if not EARLIEST <= found <= LATEST:
        raise ParameterError(name, text, f"between {EARLIEST:%Y-%m-%d} and {LATEST:%Y-%m-%d}")
    return found


def interval(name: str, text: str, taken: Sequence[Interval] = tuple(Interval)) -> Interval:
    """``w`` or ``week``, in any case, if it is one of those taken.

    Raises:
        ParameterError: it is none.
    """
    found = INTERVALS.get(text.strip().lower())
    if found is None or found not in taken:
        words = ", ".join(f"{one.value} ({one.unit})" for one in taken)
        raise ParameterError(name, text, f"one of {words}", nearest(text, INTERVALS) if found is None else "")
    return found


def value(
    name: str, declared: NameParameter | EnumParameter | IntegerParameter | NumberParameter, text: str
) -> str | int | float:
    """The value to bind.

    Raises:
        ParameterError: the text is not what was declared.
    """
    match declared:
        case NameParameter():
            return _name(name, declared, text)
        case EnumParameter():
            return _word(name, declared.values, text)
        case IntegerParameter() | NumberParameter():
            return _number(name, declared, text)


def _name(name: str, declared: NameParameter, text: str) -> str:
    if declared.type == "event_type":
        return _word(name, EVENT_TYPES, text)
    shape, good = _SHAPES[declared.type]
    if shape.fullmatch(text) is None:
        raise ParameterError(name, text, good)
    return text


def _word(name: str, words: tuple[str, ...], text: str) -> str:
    if text not in words:
        raise ParameterError(name, text, f"one of {', '.join(words)}", nearest(text, words))
    return text


def _number(name: str, declared: IntegerParameter | NumberParameter, text: str) -> int | float:
    whole = isinstance(declared, IntegerParameter)
    good = f"a {'whole ' if whole else ''}number from {declared.minimum:g} to {declared.maximum:g}"
    # Python also reads other scripts' digits and 1_000; neither is a number that anybody meant.
    shape = r"[+-]?\d{1,18}" if whole else r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?"
    if len(text) > _LONGEST or re.fullmatch(shape, text.strip(), re.ASCII) is None:
        raise ParameterError(name, text, good)
    number = int(text) if whole else float(text)
    if not math.isfinite(number) or not declared.minimum <= number <= declared.maximum:
        raise ParameterError(name, text, good)
    return number


def as_text(given: object) -> str:
    """A value of YAML as a person would give it on a command line."""
    match given:
        case datetime():
            return given.replace(tzinfo=given.tzinfo or UTC).isoformat()
        case date():
            return given.isoformat()
        case _:
            return str(given)
