"""The history of stars that are still held: GitHub's ``stargazers/history``. No network.

Weeks begin on Sunday and come newest first, at most 30 to a page and 100 pages. A star that is taken back goes away
from the day on which it was given, so every answer is a revision of its own.
"""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any, Final

from forgelake.model.errors import SkipError
from forgelake.sources.github.pieces import Piece, Rows
from forgelake.sources.github.said import Said

WEEKS_A_PAGE: Final = 30
MOST_PAGES: Final = 100
_DAYS: Final = 7


def first_page(name: str) -> str:
    """The address of a repository's newest weeks."""
    return f"/repos/{name}/stargazers/history?per_page={WEEKS_A_PAGE}"


def star_rows(piece: Piece) -> Rows:
    """Stars by day; days that have not begun are left out.

    Raises:
        SkipError: an answer is no list of weeks, or the weeks do not follow each other.
    """
    notes = piece.notes
    base = {name: notes[name] for name in ("repo_id", "repo_name", "visibility")}
    found = days([answer for answer in piece.answers if answer.ok], piece.name.day)
    return {"star_days": [{**base, "star_day": day, "stars": stars} for day, stars in sorted(found.items())]}


def days(answers: list[Said], today: date) -> dict[date, int]:
    """The stars of each day of some pages, newest week first; a week on two pages counts once."""
    weeks: dict[date, list[int]] = {}
    for answer in answers:
        for week in weeks_of(answer):
            weeks.setdefault(*_week(week))
    starts = sorted(weeks)
    if any((after - before).days % _DAYS for before, after in pairwise(starts)):
        message = "the weeks of stargazers/history do not begin on the same weekday"
        raise SkipError(message)
    found = {start + timedelta(days=number): stars for start in starts for number, stars in enumerate(weeks[start])}
    return {day: stars for day, stars in found.items() if day <= today}


def weeks_of(answer: Said) -> list[Any]:
    """The weeks of one page.

    Raises:
        SkipError: it is no such page.
    """
    try:
        listed = answer.json()
    except ValueError as error:
        message = f"{answer.url} is no JSON: {error}"
        raise SkipError(message) from error
    if not isinstance(listed, list):
        message = f"{answer.url} is no list of weeks"
        raise SkipError(message)
    return listed


def _week(item: Any) -> tuple[date, list[int]]:
    try:
        start = datetime.fromtimestamp(item["week"], UTC).date()
        counts = [int(number) for number in item["days"]]
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        message = f"stargazers/history holds something that is no week: {str(item)[:60]}"
        raise SkipError(message) from error
    if len(counts) != _DAYS or start.isoweekday() != _DAYS:
        message = f"stargazers/history holds a week of {len(counts)} days that begins on {start:%A, %Y-%m-%d}"
        raise SkipError(message)
    return start, counts
