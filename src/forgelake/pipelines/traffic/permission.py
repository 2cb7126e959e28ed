"""Whose traffic may be read, as far as that is known: asking for the rest would only cost requests.

GitHub says of a repository what its viewer may do with it; a token may still do less. Where traffic is refused, the
repository is named once, is not expected any more, and is asked about again once a week, for somebody may have added
the permission.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from forgelake.model.errors import SkipError
from forgelake.pipelines.daily.day import Day
from forgelake.pipelines.repos.single import WRITING
from forgelake.sources.github.said import Said
from forgelake.sources.github.traffic import PERMISSION
from forgelake.state.repos import RepoRow
from forgelake.state.tokens import MissingPermission

_MAY_WRITE: Final = (*WRITING, None)
"""What a viewer must be allowed to; None where that is not known."""
_NEEDED: Final = "administration=read"
_WEEK: Final = 7


class NotShownError(SkipError):
    """No token may read a repository's traffic."""

    def __init__(self, said: Said) -> None:
        super().__init__(f"no token may read its traffic ({said.status}): {PERMISSION}")
        self.token, self.needs = said.mark, said.needs or _NEEDED


class Permissions:
    """Who may be asked about today.

    Attributes:
        given: subjects whose traffic may be read, as far as is known.
        due: those, and such as are asked about again.
    """

    def __init__(self, day: Day, repos: Mapping[str, RepoRow]) -> None:
        self._day = day
        closed = {row.subject for row in day.context.state.tokens.missing() if row.api == day.api}
        open_to_writers = {subject for subject, repo in repos.items() if repo.facts.get("permission") in _MAY_WRITE}
        self._closed = {subject for subject in open_to_writers if _title(repos[subject]) in closed}
        self.given = open_to_writers - self._closed
        again = {subject for subject in self._closed if (int(subject) + day.date.toordinal()) % _WEEK == 0}
        self.due = self.given | again

    def refused(self, repo: RepoRow, error: NotShownError) -> None:
        """Traffic was not shown: name the repository, if it has not been named before."""
        self.given.discard(str(repo.repo_id))
        missing = MissingPermission(self._day.api, error.token, _title(repo), error.needs, datetime.now(UTC))
        if self._day.context.state.tokens.lacks(missing):
            self._day.told.append(f"{repo.name}: {error}")

    def granted(self, repo: RepoRow) -> None:
        """Traffic was shown: forget that it was not."""
        self.given.add(str(repo.repo_id))
        if str(repo.repo_id) in self._closed:
            self._day.context.state.tokens.granted(self._day.api, _title(repo))


def _title(repo: RepoRow) -> str:
    """What a person reads in the list of missing permissions."""
    return f"traffic of {repo.name}"
