"""GitHub's REST API: a client that keeps to the limits, and what is asked with it."""

from forgelake.model.slices import SliceKey

SOURCE = "github"
"""The source's name in the ledger and in landing."""


def is_daily(key: SliceKey) -> bool:
    """Whether a slice, or a landed object, is one of daily collecting, and not a poll of a timeline."""
    return "/" in key.name or key.name.startswith("daily-")
