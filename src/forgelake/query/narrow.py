"""A snapshot with the events of some repositories in memory, for the many questions that their pages put.

Each question would read the same files for the same few rows.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final

import structlog

from forgelake.lake.events import EVENTS
from forgelake.model.errors import StopError
from forgelake.model.period import Period
from forgelake.query.bots import BOTS_TABLE
from forgelake.query.held import Held
from forgelake.query.snapshot import Snapshot

MOST_ROWS: Final = 500_000
"""Events that are held; of a repository with more of them each question reads for itself."""

MOST_TOGETHER: Final = 3_000_000
"""The same for several repositories together."""

_ALWAYS: Final = ("era", "created_at", "repo_name", "actor_is_bot")
_log = structlog.get_logger()


def about_repo(
    snapshot: Snapshot, repo: str, period: Period, queries: Iterable[str], timeout_seconds: float | None = None
) -> Snapshot:
    """The snapshot, as far as it answers queries about the events of one repository in a period.

    Args:
        queries: the SQL that will be run; columns that it does not name are left out.

    Raises:
        UsageError: it took too long.
        StopError: the lake's files cannot be read, or memory did not suffice.
    """
    which = "lower(repo_name) = lower($repo)", {"repo": repo}, MOST_ROWS
    return _with_events(snapshot, period, queries, which, timeout_seconds)


def about_repos(snapshot: Snapshot, repos: Sequence[str], period: Period, queries: Iterable[str]) -> Snapshot:
    """The same for several repositories, each under all the names that it had in the period."""
    those = """(
        lower(repo_name) IN (SELECT unnest($repos))
        OR repo_id IN (SELECT repo_id FROM events WHERE lower(repo_name) IN (SELECT unnest($repos)))
    )"""
    which = those, {"repos": [repo.lower() for repo in repos]}, MOST_TOGETHER
    try:
        return _with_events(snapshot, period, queries, which)
    except StopError as error:
        # Each question then reads for itself, and says what is wrong if it fails, too.
        _log.warning("events not held", error=str(error))
        return snapshot


def _with_events(
    snapshot: Snapshot,
    period: Period,
    queries: Iterable[str],
    which: tuple[str, Mapping[str, object], int],
    timeout_seconds: float | None = None,
) -> Snapshot:
    condition, given, most = which
    named = set(re.findall(r"\w+", " ".join(queries)))
    columns = [name for name in (column.name for column in EVENTS.columns) if name in named and name not in _ALWAYS]
    sql = (
        f"SELECT {', '.join([*_ALWAYS, *columns])} FROM events "  # noqa: S608 - our own columns
        f"WHERE {condition} AND created_at >= $start AND created_at < $end LIMIT $most"
    )
    asked = {**given, "start": period.start, "end": period.end, "most": most + 1}
    held = Held(snapshot.connect)
    with snapshot.session(period, tables=[EVENTS.name, BOTS_TABLE], timeout_seconds=timeout_seconds) as session:
        rows = held.add(EVENTS.name, session, sql, asked)
        # What questions about events look up.
        held.add(BOTS_TABLE, session, f"FROM {BOTS_TABLE}")
    return snapshot if rows > most else replace(snapshot, held=held)
