"""Errors, named by what to do next.

    ForgelakeError
    ├── RetryError          the same call may go through later
    ├── SkipError           leave this slice, go on with the others
    ├── StopError           going on would do harm or be useless
    ├── ConfigurationError  a setting has to change first
    └── UsageError          the command or query was put wrongly

A message gives the bad value, the good values and the next command.
"""

import difflib
from collections.abc import Iterable
from typing import ClassVar, Final

_MOST_SIMILAR: Final = 3
_LIKE: Final = 0.5


class ForgelakeError(Exception):
    """Base of all errors that forgelake raises on purpose."""

    exit_code: ClassVar[int] = 1


class RetryError(ForgelakeError):
    """A passing fault; ``wait_seconds`` is how long the other side asked us to wait."""

    def __init__(self, message: str, wait_seconds: float | None = None) -> None:
        super().__init__(message)
        self.wait_seconds = wait_seconds


class SkipError(ForgelakeError):
    """This slice cannot be had; the reason goes into the ledger and the run goes on."""


class StopError(ForgelakeError):
    """The run must end here."""


class ConfigurationError(ForgelakeError):
    """A setting is wrong; the message names the key, the value and the good ones."""

    exit_code = 2


class UsageError(ForgelakeError):
    """A command line, query or parameter that cannot be answered."""

    exit_code = 2


def nearest(word: str, choices: Iterable[str]) -> str:
    """A hint for a mistyped word: ``; did you mean "x"?`` or an empty string."""
    found = difflib.get_close_matches(word, list(choices), n=1, cutoff=0.5)
    return f'; did you mean "{found[0]}"?' if found else ""


def similar(word: str, choices: Iterable[str]) -> list[str]:
    """The choices most like a mistyped name, the best first: as a whole, or in one of their words."""

    def likeness(choice: str) -> float:
        match = difflib.SequenceMatcher(b=word)
        ratios = []
        for text in (choice, *choice.split("_")):
            match.set_seq1(text)
            ratios.append(match.ratio())
        return max(ratios)

    likely = sorted(((likeness(choice), choice) for choice in choices), key=lambda pair: (-pair[0], len(pair[1])))
    return [choice for ratio, choice in likely[:_MOST_SIMILAR] if ratio >= _LIKE]
