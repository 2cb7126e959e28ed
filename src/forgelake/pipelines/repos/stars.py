"""``collect stars``: the history of stars that are still held, as GitHub tells it today.

The newest weeks are asked for every day, the whole history at first and once a month: a star taken back changes the day
on which it was given, however long ago. Every answer is kept as a revision of its own.
"""

from datetime import timedelta
from typing import Final

from forgelake.model.errors import ConfigurationError, RetryError, SkipError
from forgelake.model.slices import SliceStatus
from forgelake.pipelines.daily.day import Day
from forgelake.pipelines.daily.run import DailyJob
from forgelake.pipelines.repos.tracking import tracked
from forgelake.sources.github.pieces import Name, Piece
from forgelake.sources.github.stars import MOST_PAGES, days, first_page
from forgelake.state.repos import RepoRow

STARS: Final = "stars"
WHOLE_EVERY: Final = 30
"""Days after which the whole history is asked for again."""


def gather(day: Day) -> None:
    """Collect the history of all tracked repositories."""
    github = day.context.settings.github
    if not (github.repos or github.owners):
        message = "there is nothing to collect; name some of github.repos and owners"
        raise ConfigurationError(message)
    found = tracked(day)
    day.track(STARS, found.titles, whole=found.whole)
    for name, (may_come, reason) in found.unknown.items():
        status = SliceStatus.FAILED if may_come else SliceStatus.MISSING
        for subject in found.subjects(name):
            day.missed(STARS, subject, status, reason, name)
    day.each(((str(row.repo_id), row) for row in found.repos.values()), STARS, lambda row: _history(day, row))
    day.flush()


JOB: Final = DailyJob("collect stars", (STARS, "owner"), gather)


def _history(day: Day, row: RepoRow) -> Piece:
    subject = str(row.repo_id)
    said = day.ask.get(first_page(row.name), subject)
    pages = [said]
    whole = _whole(day, row)
    while whole and said.ok and said.next_path and len(pages) < MOST_PAGES:
        said = day.ask.get(said.next_path, subject)
        pages.append(said)
    if not said.ok:
        message = f"{row.name}: GitHub does not tell its stars ({said.status})"
        raise SkipError(message) if said.status in (403, 404, 451) else RetryError(message)
    days(pages, day.date)
    notes = {"repo_id": row.repo_id, "repo_name": row.name, "visibility": row.visibility}
    return day.piece(STARS, subject, pages, notes)


def _whole(day: Day, row: RepoRow) -> bool:
    """Whether the whole history is due: once a month, and where yesterday brought nothing to build on."""
    yesterday = Name(STARS, str(row.repo_id), day.date - timedelta(days=1))
    before = day.context.state.ledger.get(yesterday.key(day.api))
    return before is None or before.path is None or not (day.date.toordinal() + row.repo_id) % WHOLE_EVERY
