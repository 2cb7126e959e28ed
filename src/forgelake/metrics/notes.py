"""What has to be told of the question itself: a name that nothing was ever seen of.

Nothing about a name that is mistyped looks like nothing about a repository that is quiet.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Final

import pyarrow as pa

from forgelake.lake.events import EVENTS
from forgelake.metrics.binding import Bound
from forgelake.metrics.observed import named, slice_kind
from forgelake.metrics.parameters import NameParameter
from forgelake.query.days import about
from forgelake.query.engine import Asked, Engine
from forgelake.query.snapshot import Snapshot

_COLUMNS: Final = {"repo": "repo_name", "repos": "repo_name", "org": "org_login", "actor": "actor_login"}
"""Where events have what a parameter names."""
_CALLED: Final = {"repo_name": "repository", "org_login": "organisation", "actor_login": "account"}
_SEEN: Final = """
SELECT lower({column}) AS name
FROM events
WHERE created_at >= $since AND created_at < $to
  AND strpos(',' || lower($names) || ',', ',' || lower({column}) || ',') > 0
GROUP BY 1
"""


def notes(snapshot: Snapshot, bound: Bound, table: pa.Table, engine: Engine | None = None) -> tuple[str, ...]:
    """Sentences about names that the answer says nothing of because nothing is known of them.

    Events are only looked through where the answer holds nothing, or is about several repositories.

    Raises:
        UsageError: it took longer than the lake or the engine allows.
    """
    if kind := slice_kind(bound.metric):
        return tuple(_untracked(snapshot, bound, kind))
    # What is held in memory was chosen by a name that was found.
    if EVENTS.name not in bound.metric.tables or snapshot.holds(EVENTS.name):
        return ()
    return tuple(_unseen(snapshot, bound, table, engine))


def _untracked(snapshot: Snapshot, bound: Bound, kind: str) -> Iterator[str]:
    where = "github.topics or github.searches" if kind == "topic" else "github.repos"
    for name in named(bound):
        if not about(snapshot.tracked, kind, [name]):
            yield f'"{name}" is not tracked, so no day of it is expected; name it in {where} to have it collected'
    if not named(bound) and not about(snapshot.tracked, kind):
        yield f"nothing is tracked that this is collected of, so no day is expected; name some in {where}"


def _unseen(snapshot: Snapshot, bound: Bound, table: pa.Table, engine: Engine | None) -> Iterator[str]:
    for parameter, declared in bound.metric.parameters.items():
        column = _COLUMNS.get(declared.type) if isinstance(declared, NameParameter) else None
        asked = bound.values.get(parameter)
        if column is None or not isinstance(asked, str) or not ("," in asked or _is_nothing(bound, table)):
            continue
        seen = _seen(snapshot, bound, engine, column, asked)
        for name in asked.split(","):
            if name.lower() not in seen:
                period = f"{bound.reach.start:%Y-%m-%dT%H:%MZ} and {bound.end:%Y-%m-%dT%H:%MZ}"
                yield f'no event between {period} is of the {_CALLED[column]} "{name}"; it may be written otherwise'


def _seen(snapshot: Snapshot, bound: Bound, engine: Engine | None, column: str, asked: str) -> list[str]:
    given = {"since": bound.reach.start, "to": bound.end, "names": asked}
    opened: AbstractContextManager[Asked]
    if engine is None:
        opened = snapshot.session(bound.reach, tables=[EVENTS.name])
    else:
        opened = engine.session(snapshot, bound.reach, tables=[EVENTS.name])
    with opened as session:
        names: list[str] = session.run(_SEEN.format(column=column), given).read_all()["name"].to_pylist()
    return names


def _is_nothing(bound: Bound, table: pa.Table) -> bool:
    """Whether no row holds a value other than zero."""
    return not any(value for column in bound.metric.values for value in table[column.name].to_pylist())
