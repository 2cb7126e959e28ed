"""``collect repos``: every tracked repository once a day.

With a token by GraphQL, many repositories with one query, and what has long lists by REST; without one, or where the
API knows no GraphQL, by REST alone. What cannot be seen any more is asked for by REST, which says why.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from forgelake.model.errors import ConfigurationError, RetryError, SkipError
from forgelake.model.slices import SliceStatus
from forgelake.pipelines.daily.day import Day
from forgelake.pipelines.daily.run import DailyJob
from forgelake.pipelines.repos.batches import Batches
from forgelake.pipelines.repos.observed import Observed
from forgelake.pipelines.repos.single import fetched
from forgelake.pipelines.repos.topics import gather_topics
from forgelake.pipelines.repos.tracking import TrackedRepos, observed, tracked
from forgelake.sources.github.graphql import BATCH
from forgelake.sources.github.pieces import Piece
from forgelake.sources.github.said import Said
from forgelake.sources.github.states import Known, changes, seen, verdict
from forgelake.state.repos import RepoRow

SNAPSHOT, STATE = "snapshot", "state"


def gather(day: Day) -> None:
    """Collect snapshots and states of all tracked repositories, then topics and searches."""
    github = day.context.settings.github
    if not (github.repos or github.owners or github.topics or github.searches):
        message = "there is nothing to collect; name some of github.repos, owners, topics and searches"
        raise ConfigurationError(message)
    if github.repos or github.owners:
        first = tracked(day)
        _gather_repos(day, first, TrackedRepos())
        if day.told:
            # A name may lead to another repository since the one that had it has a new name.
            _gather_repos(day, tracked(day), first)
    gather_topics(day)


JOB: Final = DailyJob("collect repos", (SNAPSHOT, STATE, "owner", "topic"), gather)


def _gather_repos(day: Day, found: TrackedRepos, before: TrackedRepos) -> None:
    """Collect what is tracked and was not gone through before."""
    day.track(SNAPSHOT, found.titles, whole=found.whole)
    for name, (may_come, reason) in found.unknown.items():
        if name in before.unknown:
            continue
        status = SliceStatus.FAILED if may_come else SliceStatus.MISSING
        for subject in found.subjects(name):
            day.missed(SNAPSHOT, subject, status, reason, name)
    done, batches = day.done(SNAPSHOT), Batches(day)
    rows = [row for repo_id, row in sorted(found.repos.items()) if repo_id not in before.repos]
    # Batches do not depend on what is done already: a run that goes on asks the journal the same questions.
    for first in range(0, len(rows), BATCH):
        portion = rows[first : first + BATCH]
        if not {str(row.repo_id) for row in portion} <= done:
            day.ask.raise_if_stopped()
            _portion(day, batches, [observed(row, day) for row in portion], done)
            day.flush()


def _portion(day: Day, batches: Batches, rows: list[RepoRow], done: set[str]) -> None:
    nodes = batches.nodes([row for row in rows if row.node_id]) if batches.usable else {}
    details = batches.details([row for row in rows if row.repo_id in nodes], nodes)
    for row in rows:
        if str(row.repo_id) in done:
            continue
        try:
            if row.repo_id in nodes:
                _take(day, batches.observed(row, nodes[row.repo_id], details.get(row.repo_id)))
            else:
                _alone(day, row)
        except (RetryError, SkipError) as error:
            day.missed(SNAPSHOT, str(row.repo_id), SliceStatus.FAILED, str(error), row.name)


def _alone(day: Day, row: RepoRow) -> None:
    """A repository by REST; one that cannot be seen is missed with what GitHub says of it."""
    seen_now = fetched(day, row)
    if isinstance(seen_now, Said):
        told = verdict(seen_now)
        if told is None:
            message = f"GitHub answered {seen_now.status}"
            raise RetryError(message)
        state, detail = told
        now = Known(row.name, row.owner_id, state, row.visibility)
        day.add(*_states(day, row, now, (seen_now,), detail), repos=[replace(row, state=state)])
        day.missed(SNAPSHOT, str(row.repo_id), SliceStatus.MISSING, detail, row.name)
    else:
        _take(day, seen_now)


def _take(day: Day, one: Observed) -> None:
    row = one.row
    now = seen(row.name, one.owner_id, row.visibility)
    answers = tuple(said for _, said in one.answers)
    notes = {"repo_id": row.repo_id, "roles": [role for role, _ in one.answers], **one.notes}
    states = _states(day, row, now, answers[:1])
    row = replace(row, owner_id=one.owner_id, state=now.state)
    day.add(*states, day.piece(SNAPSHOT, str(row.repo_id), answers, notes), repos=[row])


def _states(day: Day, row: RepoRow, now: Known, answers: tuple[Said, ...], detail: str = "") -> Iterator[Piece]:
    before = Known(**row.before) if row.before else None
    rows = list(changes(row.repo_id, before, now, detail))
    if rows:
        yield day.piece(STATE, str(row.repo_id), answers, {"states": rows})
    for changed in rows if before else ():
        former = f" (was {changed['former_name']})" if changed["former_name"] else ""
        day.told.append(f"{now.name}{former} is {changed['state']} now{f': {detail}' if detail else ''}")
