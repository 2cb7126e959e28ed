"""GitHub's REST API: a client that keeps to the limits, and what is asked with it."""

SOURCE = "github"
"""The source's name in the ledger and in landing."""
