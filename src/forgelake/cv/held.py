"""One person's rows made ready for counting: out of the lake, or as they were mined a moment ago."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Final

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from forgelake.cv.page import Source
from forgelake.lake.commits import COMMIT_TABLES, COMMITS
from forgelake.query.snapshot import Snapshot

AUTHOR: Final = "author"
_CONTRIBUTIONS: Final = "contributions"
_NO_CONTRIBUTIONS: Final = 'SELECT NULL::VARCHAR AS contribution_id, NULL::VARCHAR AS kind, NULL::TIMESTAMPTZ AS "at"'
_SOURCES: Final = pa.schema(
    [("repo", pa.string()), ("position", pa.int64()), ("part", pa.int64()), ("is_public", pa.bool_())]
)


@contextmanager
def of_lake(snapshot: Snapshot, account: str, sources: Sequence[Source]) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection on which the rows of an account stand, private ones too: a CV tells their sums to its owner's wish.

    Raises:
        StopError: the lake's files cannot be read.
    """
    there = [name for name in (*(table.name for table in COMMIT_TABLES), _CONTRIBUTIONS) if name in snapshot.tables]
    with replace(snapshot, visibility=None).session(tables=there) as session:
        _give_sources(session.connection, sources)
        for name in there:
            own = f"SELECT * FROM {name} WHERE account = $account"  # noqa: S608 - our own names
            _hold(session.connection, name, session.run(own, {"account": account}).read_all())
        if _CONTRIBUTIONS not in there:
            session.connection.execute(f"CREATE TEMP VIEW held_contributions AS {_NO_CONTRIBUTIONS} WHERE false")
        yield session.connection


def hold(
    connection: duckdb.DuckDBPyConnection, rows: Mapping[str, Sequence[Mapping[str, Any]]], sources: Sequence[Source]
) -> None:
    """Make rows ready on a connection of the caller's own; by table, with what counting asks of its columns."""
    _give_sources(connection, sources)
    for table in COMMIT_TABLES:
        _hold(connection, table.name, pa.Table.from_pylist(list(rows.get(table.name, ())), schema=table.arrow_schema()))
    connection.execute(f"CREATE TEMP VIEW held_contributions AS {_NO_CONTRIBUTIONS} WHERE false")


def parts_of(sources: Sequence[Source]) -> dict[int, list[Source]]:
    """The repositories by what they are shown as, numbered in their order."""
    numbers: dict[str, int] = {}
    found: dict[int, list[Source]] = {}
    for position, source in enumerate(sources):
        number = numbers.setdefault(f"part {source.part}" if source.part else f"one {position}", len(numbers))
        found.setdefault(number, []).append(source)
    return found


def _give_sources(connection: duckdb.DuckDBPyConnection, sources: Sequence[Source]) -> None:
    parts = {id(source): part for part, some in parts_of(sources).items() for source in some}
    rows = [
        {"repo": source.key, "position": position, "part": parts[id(source)], "is_public": source.is_public}
        for position, source in enumerate(sources)
    ]
    connection.register("sources", pa.Table.from_pylist(rows, schema=_SOURCES))


def _hold(connection: duckdb.DuckDBPyConnection, name: str, rows: pa.Table) -> None:
    if name == COMMITS.name and "role" not in rows.column_names:
        rows = rows.append_column("role", pa.array([AUTHOR] * rows.num_rows, pa.string()))
    if name == COMMITS.name:
        # Rows of before the column was there have none.
        rows = rows.set_column(rows.column_names.index("role"), "role", pc.fill_null(rows["role"], AUTHOR))
    connection.register(f"held_{name}", rows)
