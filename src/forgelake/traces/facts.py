"""What is noted of a span.

It must be fit for strangers: no values of a question, no names of repositories, no texts of errors.
"""

from collections.abc import Mapping
from typing import Protocol, TypeAlias

Facts: TypeAlias = Mapping[str, str | int | float | bool]
"""Attributes by their full names; those of OpenTelemetry's conventions where there are any."""


class Span(Protocol):
    """One thing that happens."""

    def note(self, facts: Facts, *, failed: bool = False, name: str = "") -> None:
        """Note facts, that it failed, or a name that was not known when it began."""
        ...
