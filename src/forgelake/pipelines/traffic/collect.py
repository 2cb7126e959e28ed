"""Traffic of the tracked repositories, day by day: four endpoints of each, asked by the machinery of daily jobs.

What some endpoints answered lands even if others failed; a later run of the same day asks for the rest only. Whoever
tracks many repositories of others may read the traffic of few: see ``forgelake.pipelines.traffic.permission``.
"""

from typing import Final

from forgelake.model.errors import ConfigurationError, RetryError, SkipError
from forgelake.model.slices import SliceStatus
from forgelake.pipelines.daily.day import Day
from forgelake.pipelines.daily.run import DailyJob
from forgelake.pipelines.repos.tracking import TrackedRepos, tracked
from forgelake.pipelines.traffic.permission import NotShownError, Permissions
from forgelake.sources.github import SOURCE
from forgelake.sources.github.answer import BLOCKED, FORBIDDEN, NOT_FOUND
from forgelake.sources.github.pieces import Name, Piece, parsed, unpacked
from forgelake.sources.github.said import Said
from forgelake.sources.github.states import AVAILABLE, PRIVATE
from forgelake.sources.github.traffic import CLONES, PARTS, PERMISSION, VIEWS, path, traffic
from forgelake.state.repos import RepoRow

KIND: Final = "traffic"
_THERE: Final = (AVAILABLE, PRIVATE)


def gather(day: Day) -> None:
    """Ask for what is due. What no token may read is not expected to be had, and so is no gap."""
    _check_settings(day)
    found = tracked(day)
    day.faults |= {name: reason for name, (_, reason) in found.unknown.items()}
    repos = {str(repo.repo_id): repo for repo in found.repos.values() if repo.state in _THERE}
    permissions = Permissions(day, repos)
    gone = _gone(day, found)
    day.track(KIND, gone | {subject: repos[subject].name for subject in permissions.given}, whole=found.whole)

    def fetch(repo: RepoRow) -> Piece | None:
        try:
            piece = _fetched(day, repo)
        except NotShownError as error:
            permissions.refused(repo, error)
            return None
        permissions.granted(repo)
        return piece

    due = [(subject, repos[subject]) for subject in sorted(permissions.due)]
    day.each(due, KIND, fetch, again=_incomplete(day))
    day.track(KIND, gone | {subject: repos[subject].name for subject in permissions.given}, whole=found.whole)


def _gone(day: Day, found: TrackedRepos) -> dict[str, str]:
    """What had traffic and is not there any more: each further day is a gap, until it is there again."""
    expected = {row.subject for row in day.context.state.tracked.all_rows() if row.kind == KIND and row.until is None}
    gone = [row for row in found.repos.values() if row.state not in _THERE and str(row.repo_id) in expected]
    for row in gone:
        reason = f"{row.name} is {row.state}; the table repo_states says since when and why"
        day.missed(KIND, str(row.repo_id), SliceStatus.MISSING, reason, f"traffic of {row.name}")
    return {str(row.repo_id): row.name for row in gone}


def _check_settings(day: Day) -> None:
    github = day.context.settings.github
    if not (github.repos or github.owners):
        message = "there is no repository whose traffic could be collected; name some of github.repos and owners"
        raise ConfigurationError(message)
    if not day.ask.authorized:
        message = f"GitHub shows traffic to nobody without a token; set FORGELAKE_GITHUB_TOKEN: {PERMISSION}"
        raise ConfigurationError(message)


JOB: Final = DailyJob("collect traffic", (KIND, "owner"), gather)


def _fetched(day: Day, repo: RepoRow) -> Piece:
    checked = _checked_name(day, repo)
    answers: list[Said] = []
    failed: dict[str, str] = {}
    for part in PARTS:
        try:
            answers.append(_answer(day, repo, part))
        except (RetryError, SkipError) as error:
            if isinstance(error, NotShownError) and not answers:
                raise
            failed[part] = str(error)
    reason = "; ".join(f"{part}: {why}" for part, why in failed.items())
    if {VIEWS, CLONES} <= failed.keys():
        # A slice that tells of no day would pass for one in the coverage; the journal keeps what came for a later run.
        message = f"{repo.name}: {reason}"
        raise RetryError(message)
    if failed:
        day.faults[f"traffic of {repo.name}"] = reason
    notes = {"repo_id": repo.repo_id, "repo_name": repo.name, "visibility": repo.visibility, "failed": sorted(failed)}
    return day.piece(KIND, str(repo.repo_id), [*answers, *checked], notes)


def _checked_name(day: Day, repo: RepoRow) -> list[Said]:
    """Traffic does not say whose it is: see that the name is still that repository's, if nobody has looked today.

    Returns what GitHub said: once it has landed, asking again costs nothing.
    """
    if repo.seen_day == day.date.isoformat():
        return []
    try:
        said = day.ask.get(f"/repos/{repo.name}", subject=str(repo.repo_id))
        now = said.json()["id"] if said.ok else repo.repo_id
    except (RetryError, ValueError, KeyError, TypeError):
        return []
    if now != repo.repo_id:
        message = f"{repo.name} is another repository now ({now}, not {repo.repo_id}); see: forgelake collect repos"
        raise SkipError(message)
    return [said] if said.ok else []


def _answer(day: Day, repo: RepoRow, part: str) -> Said:
    """What an endpoint answers, if it is traffic."""
    said = day.ask.get(path(repo.name, part), subject=str(repo.repo_id))
    if said.status in {FORBIDDEN, NOT_FOUND}:
        raise NotShownError(said)
    if said.status == BLOCKED:
        message = f"{repo.name} is blocked (451)"
        raise SkipError(message)
    if not said.ok:
        message = f"GitHub said {said.status}"
        raise RetryError(message)
    traffic({part: said.body}, said.at)
    return said


def _incomplete(day: Day) -> set[str]:
    """The repositories of which some endpoints failed when they were collected earlier today."""
    today = Name(KIND, "", day.date)
    rows = day.context.state.ledger.rows(SOURCE, today.start, today.end)
    names = {row.name: row.path for row in rows if row.path and (name := parsed(row.name)) and name.kind == KIND}
    pieces = [piece for place in set(names.values()) for piece in unpacked(day.context.storage.get(place))]
    return {
        piece.name.subject
        for piece in pieces
        if piece.name.text in names and piece.notes.get("failed") and piece.name.day == day.date
    }
