"""What is left out where private repositories are not to be shown: their rows, their days, and their names.

A repository that is not public now is left out as a whole; of one that is, the rows of days on which it was not. Names
that no repository was found for are left out, too: they may be those of private ones. So is what could not be read of
GitHub's answers, and what the ledger says of imported archives, which are called like a repository.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from forgelake.lake.columns import Table
from forgelake.lake.commits import COMMITS
from forgelake.lake.contributions import CONTRIBUTIONS
from forgelake.lake.rejects import REJECTS
from forgelake.sources.gharchive import SOURCE as GHARCHIVE
from forgelake.sources.github import SOURCE as GITHUB
from forgelake.sources.repo_stats import SOURCE as REPO_STATS
from forgelake.state.tracked import TrackedRow

_OF_REPOS: Final = ("snapshot", "state", "stars", "traffic")
_OF_PEOPLE: Final = f"^({COMMITS.slices}|{CONTRIBUTIONS.slices})/"
_DAILY: Final = r"^(?P<kind>[a-z]+)/(?P<subject>.+)/\d{4}-\d\d-\d\d$"


@dataclass(frozen=True)
class Visibility:
    """What may be shown.

    Attributes:
        public: the ids, as text, of the repositories that are public.
        hidden: those that are known not to be, by id, with their names.
    """

    public: frozenset[str] = frozenset()
    hidden: Mapping[int, str] = field(default_factory=dict)

    def rows(self, table: Table) -> str | None:
        """Which rows of a table may be shown, in SQL; None for all."""
        if table is REJECTS:
            return f"starts_with(source, '{GHARCHIVE}:')"
        if all(column.name != "visibility" for column in table.columns):
            return None
        if all(column.name != "repo_id" for column in table.columns):
            return "visibility = 'public'"
        ids = ", ".join(map(str, self.hidden)) or "NULL"
        names = ", ".join("'" + name.lower().replace("'", "''") + "'" for name in self.hidden.values()) or "NULL"
        hidden = f"repo_id IN ({ids}) OR (repo_id IS NULL AND lower(repo_name) IN ({names}))"
        return f"coalesce(visibility, 'public') = 'public' AND NOT coalesce({hidden}, false)"

    def tracked(self, tracked: Iterable[TrackedRow]) -> tuple[TrackedRow, ...]:
        """What is tracked, without the repositories that are not public."""
        return tuple(row for row in tracked if row.kind not in _OF_REPOS or row.subject in self.public)

    def slices(self, slices: pa.Table) -> pa.Table:
        """The ledger without private repositories, and without owners' lists."""
        parts = pc.extract_regex(slices["name"], _DAILY)
        kinds, subjects = pc.struct_field(parts, "kind"), pc.struct_field(parts, "subject")
        other = pc.or_(pc.not_equal(slices["source"], GITHUB), pc.is_null(parts))
        public = pa.array(sorted(self.public), pa.string())
        own = pc.and_(pc.is_in(kinds, pa.array(_OF_REPOS)), pc.is_in(subjects, public))
        daily = pc.or_kleene(other, pc.or_kleene(own, pc.equal(kinds, "topic")))
        return slices.filter(pc.and_(daily, pc.invert(self._named_for_hidden(slices))))

    def _named_for_hidden(self, slices: pa.Table) -> pa.ChunkedArray:
        """Imported archives, and polls of a private repository's timeline."""
        timeline = pc.struct_field(pc.extract_regex(slices["origin"], r"/repos/(?P<name>.+)/events$"), "name")
        names = pa.array([name.lower() for name in self.hidden.values()], pa.string())
        return pc.or_(pc.equal(slices["source"], REPO_STATS), pc.is_in(pc.utf8_lower(timeline), names))


def mark(visibility: Visibility | None) -> str:
    """A digest of what is hidden: answers made under another one may show too much, or too little."""
    if visibility is None:
        return "everything"
    return hashlib.blake2b(repr(sorted(visibility.hidden.items())).encode(), digest_size=16).hexdigest()


def without_people(slices: pa.Table) -> pa.Table:
    """The ledger without what is a person's: such slices are called by their account and repository."""
    return slices.filter(pc.invert(pc.match_substring_regex(slices["name"], _OF_PEOPLE)))
