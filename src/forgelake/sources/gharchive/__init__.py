"""GH Archive and everybody who publishes in its form: one gzip file of JSON lines per hour."""

from forgelake.sources.gharchive.due import Verdict, last_complete, verdict_for_404
from forgelake.sources.gharchive.origins import Origin
from forgelake.sources.gharchive.read import RefusedBodyError, read

__all__ = ["SOURCE", "Origin", "RefusedBodyError", "Verdict", "last_complete", "read", "verdict_for_404"]

SOURCE = "gharchive"
"""The source's name in the ledger and in landing."""
