"""git itself, kept apart from everything that a machine or a person has set up for it."""

SOURCE = "git"
"""The source's name in the ledger and in landing."""
