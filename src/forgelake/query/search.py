"""Names in the events of some days, and those of tracked repositories, found by a part of them.

A search looks through a bounded number of days, the newest ones unless others are asked for, so its cost does not grow
with the archive.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from forgelake.lake.repos import REPO_SNAPSHOTS
from forgelake.model.period import Period, midnight
from forgelake.query.snapshot import Snapshot

# What is found begins after a rank and a name. `$part` is compared, never matched as a pattern.
_SQL: Final = """
WITH found AS (
    SELECT {name} AS name, max({id}) AS id, count(*) AS events, max(created_at) AS last_event{more},
           CASE WHEN lower({name}) = $part OR ends_with(lower({name}), '/' || $part) THEN 0
                WHEN starts_with(lower({name}), $part) OR contains(lower({name}), '/' || $part) THEN 1
                ELSE 2 END AS rank
    FROM events
    WHERE created_at >= $start AND created_at < $end AND {name} IS NOT NULL AND contains(lower({name}), $part)
    GROUP BY {name}
)
SELECT * FROM found WHERE rank > $rank OR (rank = $rank AND name > $name) ORDER BY rank, name LIMIT $count
"""


@dataclass(frozen=True, slots=True)
class Kind:
    """What is searched for: a name's column, and the SQL made for it from our own column names."""

    name: str
    sql: str


REPOS: Final = Kind("repos", _SQL.format(name="repo_name", id="repo_id", more=""))
ORGS: Final = Kind("orgs", _SQL.format(name="org_login", id="org_id", more=""))
ACTORS: Final = Kind("actors", _SQL.format(name="actor_login", id="actor_id", more=", bool_or(actor_is_bot) AS is_bot"))


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for: ``count`` names that hold ``part``, behind the rank and name ``after``."""

    kind: Kind
    part: str
    count: int
    after: tuple[int, str] = (-1, "")


def found(
    snapshot: Snapshot, period: Period | None, wanted: Wanted, timeout_seconds: float | None = None
) -> list[dict[str, Any]]:
    """Names that hold a part, in any case: the same name first, then those that begin with it.

    Args:
        period: the days whose events are looked through; None where there are none.

    Raises:
        UsageError: it took too long.
    """
    # Where nothing is looked through, nothing is known of events.
    none = None if period is None else 0
    rows = {row["name"]: row for row in _tracked(snapshot, wanted, none)} if wanted.kind is REPOS else {}
    if period is not None:
        rows |= {row["name"]: row for row in _in_events(snapshot, period, wanted, timeout_seconds)}
    return sorted(rows.values(), key=lambda row: (row["rank"], row["name"]))[: wanted.count]


def _in_events(
    snapshot: Snapshot, period: Period, wanted: Wanted, timeout_seconds: float | None
) -> list[dict[str, Any]]:
    rank, name = wanted.after
    bound = {"part": wanted.part.lower(), "rank": rank, "name": name, "count": wanted.count}
    with snapshot.session(period, tables=["events"], timeout_seconds=timeout_seconds) as session:
        asked = {**bound, "start": period.start, "end": period.end}
        rows: list[dict[str, Any]] = session.run(wanted.kind.sql, asked).read_all().to_pylist()
    return rows


def _tracked(snapshot: Snapshot, wanted: Wanted, events: int | None) -> Iterator[dict[str, Any]]:
    """Rows of tracked repositories, under each name that they had, with a number of events."""
    part = wanted.part.lower()
    for row in snapshot.tracked:
        for name in row.names if row.kind == REPO_SNAPSHOTS.slices else ():
            lower = name.lower()
            begins = lower.startswith(part) or f"/{part}" in lower
            rank = 0 if lower == part or lower.endswith(f"/{part}") else 1 if begins else 2
            if part in lower and (rank, name) > wanted.after:
                known = int(row.subject) if row.subject.isdecimal() else None
                yield {"name": name, "id": known, "events": events, "last_event": None, "rank": rank}


def newest_days(snapshot: Snapshot, days: int) -> Period | None:
    """The last days that events are there of; None while there are none."""
    files = snapshot.tables["events"].files
    if not files:
        return None
    end = midnight(files[-1].day) + timedelta(days=1)
    return Period(end - timedelta(days=days), end)
