"""Repositories by their names: who is meant, what else it is called, and which names are like a mistyped one.

Events know a repository by its id, too, so one that was renamed is found under each of its names. Like a search, this
looks through a bounded number of days.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from forgelake.model.period import Period
from forgelake.query.snapshot import Snapshot

_CALLED: Final = """
SELECT repo_name AS name, min(created_at) AS first_at, max(created_at) AS last_at
FROM events
WHERE created_at >= $start AND created_at < $end
  AND repo_id IN (
    SELECT repo_id FROM events
    WHERE created_at >= $start AND created_at < $end AND lower(repo_name) = lower($name)
  )
GROUP BY repo_name
ORDER BY first_at, name
"""

_WRITTEN: Final = """
SELECT lower(repo_name) AS asked, arg_max(repo_name, created_at) AS name
FROM events
WHERE created_at >= $start AND created_at < $end
  AND lower(repo_name) IN (SELECT unnest(string_split(lower($names), ',')))
GROUP BY 1
"""

_LIKE: Final = """
SELECT repo_name AS name
FROM events
WHERE created_at >= $start AND created_at < $end AND repo_name IS NOT NULL
GROUP BY repo_name
HAVING lower(split_part(repo_name, '/', 2)) = lower(split_part($name, '/', 2))
  OR jaro_winkler_similarity(lower(repo_name), lower($name)) > 0.75
ORDER BY
  lower(split_part(repo_name, '/', 2)) = lower(split_part($name, '/', 2)) DESC,
  jaro_winkler_similarity(lower(repo_name), lower($name)) DESC,
  repo_name
LIMIT $count
"""

_FATE: Final = """
SELECT state, detail, taken_at
FROM repo_states
WHERE repo_id = $repo_id
ORDER BY taken_at DESC, source DESC
LIMIT 1
"""


_WITH_TRAFFIC: Final = """
SELECT unnest(repo_names) AS name FROM traffic_days
UNION SELECT lower(repo_name) FROM traffic_windows
UNION SELECT lower(repo_name) FROM traffic_referrers
UNION SELECT lower(repo_name) FROM traffic_paths
"""


@dataclass(frozen=True, slots=True)
class Called:
    """A name that a repository had, and the first and last time that it was seen under it (UTC)."""

    name: str
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True, slots=True)
class Fate:
    """The last thing that is known to have become of a tracked repository; ``state`` is one of ``repo_states``."""

    state: str
    detail: str | None
    taken_at: datetime


def called(snapshot: Snapshot, days: Period, name: str, timeout_seconds: float | None = None) -> list[Called]:
    """All names that the repository of a name, in any case, had in the events of some days, the oldest first.

    Raises:
        UsageError: it took too long; so for the others here.
    """
    return [Called(**row) for row in _rows(snapshot, days, _CALLED, {"name": name}, timeout_seconds)]


def written(
    snapshot: Snapshot, days: Period, names: Iterable[str], timeout_seconds: float | None = None
) -> dict[str, str]:
    """How the events of some days write names, by the names in small letters; those that are not there are left out."""
    rows = _rows(snapshot, days, _WRITTEN, {"names": ",".join(names)}, timeout_seconds)
    return {row["asked"]: row["name"] for row in rows}


def like(snapshot: Snapshot, days: Period, name: str, count: int, timeout_seconds: float | None = None) -> list[str]:
    """Names in the events of some days that are most like one: first those of the same name at other owners."""
    rows = _rows(snapshot, days, _LIKE, {"name": name, "count": count}, timeout_seconds)
    return [row["name"] for row in rows]


def fate(snapshot: Snapshot, repo_id: int) -> Fate | None:
    """What became of a tracked repository; None if nothing was noted yet."""
    with snapshot.session(tables=["repo_states"]) as session:
        rows = session.run(_FATE, {"repo_id": repo_id}).read_all().to_pylist()
    return Fate(**rows[0]) if rows else None


def with_traffic(snapshot: Snapshot) -> frozenset[str]:
    """The names, in small letters, of all repositories that there is traffic of.

    Raises:
        StopError: the lake's files cannot be read.
    """

    def found() -> frozenset[str]:
        with snapshot.session(tables=[name for name in snapshot.tables if name.startswith("traffic_")]) as session:
            return frozenset(session.run(_WITH_TRAFFIC).read_all()["name"].to_pylist())

    return snapshot.memory.known(("with traffic", snapshot.visibility is None), found)


def _rows(
    snapshot: Snapshot, days: Period, sql: str, given: dict[str, object], timeout_seconds: float | None
) -> list[dict[str, Any]]:
    with snapshot.session(days, tables=["events"], timeout_seconds=timeout_seconds) as session:
        rows: list[dict[str, Any]] = (
            session.run(sql, {**given, "start": days.start, "end": days.end}).read_all().to_pylist()
        )
    return rows
