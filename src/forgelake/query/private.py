"""What is left out where private repositories are not to be shown: their rows, their days, and their names.

A row counts as what the repository was on its day. Names that no repository was found for are left out, too: they may
be those of private ones.
"""

from collections.abc import Iterable
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from forgelake.lake.columns import Table
from forgelake.sources.github import SOURCE
from forgelake.state.tracked import TrackedRow

PUBLIC: Final = "public"
ROWS: Final = f"visibility IS NULL OR visibility = '{PUBLIC}'"
"""Which rows of a table with the column ``visibility`` may be shown, in SQL."""

_OF_REPOS: Final = ("snapshot", "state", "stars", "traffic")
_DAILY: Final = r"^(?P<kind>[a-z]+)/(?P<subject>.+)/\d{4}-\d\d-\d\d$"


def has_visibility(table: Table) -> bool:
    """Whether a table's rows say who may see them."""
    return any(column.name == "visibility" for column in table.columns)


def shown_tracked(tracked: Iterable[TrackedRow], public: frozenset[str]) -> tuple[TrackedRow, ...]:
    """What is tracked, without the repositories that are not public; ``public`` are the ids of those that are."""
    return tuple(row for row in tracked if row.kind not in _OF_REPOS or row.subject in public)


def shown_slices(slices: pa.Table, public: frozenset[str]) -> pa.Table:
    """The ledger without the days of repositories that are not public, and without owners' lists."""
    parts = pc.extract_regex(slices["name"], _DAILY)
    kinds, subjects = pc.struct_field(parts, "kind"), pc.struct_field(parts, "subject")
    other = pc.or_(pc.not_equal(slices["source"], SOURCE), pc.is_null(parts))
    own = pc.and_(pc.is_in(kinds, pa.array(_OF_REPOS)), pc.is_in(subjects, pa.array(sorted(public), pa.string())))
    return slices.filter(pc.or_kleene(other, pc.or_kleene(own, pc.equal(kinds, "topic"))))
