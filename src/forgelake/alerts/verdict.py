"""What a look at an alert's condition brings: whether it holds, as far as that can be said."""

from dataclasses import dataclass

from forgelake.settings.alerts import AlertSettings


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a condition holds.

    Attributes:
        holds: None where it cannot be said, because something is missing; that raises and clears nothing.
        value: what was compared; None where it is not known.
        words: what was seen, for a person.
    """

    holds: bool | None
    value: float | None
    words: str


def unknown(words: str) -> Verdict:
    """A condition of which nothing can be said."""
    return Verdict(None, None, words)


def compared(alert: AlertSettings, value: float, words: str) -> Verdict:
    """A value held against the bounds of an alert."""
    over = alert.above is not None and value > alert.above
    under = alert.below is not None and value < alert.below
    bounds = [
        f"{word} {bound:g}" for word, bound in (("above", alert.above), ("below", alert.below)) if bound is not None
    ]
    return Verdict(over or under, value, f"{words} (told if {' or '.join(bounds)})")
