"""The rows of a day made one per event again, where several files hold the same one.

Only the files concerned are read and written anew; DuckDB does it out of core. The SQL is put together
from our own column names only (hence the S608 marks); files and slices are bound parameters.
"""

import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence

import duckdb
import pyarrow as pa

from forgelake.lake.columns import Table
from forgelake.lake.events import EVENTS, IDENTITY_SQL

MERGE_EXTENSIONS = ("icu",)
"""All that merging needs of DuckDB besides itself: time zones."""
ROWS_AT_ONCE = 50_000

_CONTENT = [column.name for column in EVENTS.columns if column.name != "sources"]
_SAME = f"PARTITION BY {IDENTITY_SQL}"
_FULLEST_FIRST = (
    "ORDER BY "
    + " + ".join(f"({name} IS NOT NULL)::INT" for name in _CONTENT)
    # Copies that tell equally much and not the same: any rule will do that does not depend on their order.
    + f" DESC, hash(row({', '.join(_CONTENT)}))"
)


class Merger:
    """Questions and rewrites over data files.

    ``replaced`` are the slices whose former rows no longer count. A row of a table without a ``sources``
    list belongs to one slice only and goes with it.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, table: Table, replaced: Sequence[str]) -> None:
        self._connection = connection
        self._events = table is EVENTS
        self._table = table
        self._replaced = list(replaced)

    def files_with_former_rows(self, files: Sequence[str]) -> set[str]:
        """Those files that hold rows of the replaced slices."""
        condition = "list_has_any(sources, $replaced)" if self._events else "list_contains($replaced, source)"
        sql = f"SELECT DISTINCT filename FROM read_parquet($files, filename = true) WHERE {condition}"  # noqa: S608
        return self._names(sql, files=list(files), replaced=self._replaced)

    def files_with_copies(self, old: Sequence[str], new: Sequence[str]) -> set[str]:
        """Those files that hold an event which another of them holds too."""
        if not self._events:
            return set()
        sql = f"""
            SELECT DISTINCT unnest(names) FROM (
                SELECT list(filename) AS names FROM ({self._rows(old, new, "filename")})
                GROUP BY {IDENTITY_SQL} HAVING count(*) > 1
            )"""  # noqa: S608
        return self._names(sql, **self._parameters(old, new))

    def copies(self, files: Sequence[str]) -> dict[str, list[int]]:
        """The row numbers, by file, of those rows of an event of which a fuller one is among the files.

        Only identities and row numbers are held, so this needs little memory.
        """
        sql = f"""
            SELECT filename, list(file_row_number ORDER BY file_row_number) FROM (
                SELECT filename, file_row_number, row_number() OVER ({_SAME} {_FULLEST_FIRST}) AS place
                FROM read_parquet($files, filename = true, file_row_number = true) AS r
            ) WHERE place > 1 GROUP BY filename"""  # noqa: S608
        return dict(self._connection.execute(sql, {"files": list(files)}).fetchall())

    def merged(self, old: Sequence[str], new: Sequence[str]) -> Iterator[pa.RecordBatch]:
        """The rows of some files, sorted, each event once with all its sources; the fullest copy wins."""
        rows = self._rows(old, new)
        if self._events:
            rows = f"""
                SELECT * REPLACE (list_sort(list_distinct(flatten(list(sources) OVER ({_SAME})))) AS sources)
                FROM ({rows}) AS r
                QUALIFY row_number() OVER ({_SAME} {_FULLEST_FIRST}) = 1"""  # noqa: S608
        sql = f"SELECT {self._table.columns_sql} FROM ({rows}) ORDER BY {self._table.order_sql}"  # noqa: S608
        return rows_of(self._connection, self._table, sql, self._parameters(old, new))

    def _rows(self, old: Sequence[str], new: Sequence[str], *extra: str) -> str:
        """SQL for what remains of old files, and all of new ones."""
        named = ", filename = true" if extra else ""
        parts: list[str] = []
        if old and self._events:
            left = "list_filter(sources, lambda s: NOT list_contains($replaced, s))"
            read = f"SELECT * REPLACE ({left} AS sources) FROM read_parquet($old{named})"  # noqa: S608
            parts.append(f"{read} WHERE len({left}) > 0")
        elif old:
            parts.append(f"SELECT * FROM read_parquet($old{named}) WHERE NOT list_contains($replaced, source)")  # noqa: S608
        if new:
            parts.append(f"SELECT * FROM read_parquet($new{named})")  # noqa: S608
        return " UNION ALL BY NAME ".join(parts)

    def _parameters(self, old: Sequence[str], new: Sequence[str]) -> dict[str, list[str]]:
        given = {"old": list(old), "new": list(new)}
        parameters = {name: files for name, files in given.items() if files}
        return parameters | {"replaced": self._replaced} if old else parameters

    def _names(self, sql: str, **parameters: Iterable[str]) -> set[str]:
        return {name for (name,) in self._connection.execute(sql, parameters).fetchall()}


def new_name(begin: str = "merged") -> str:
    """A file name that no other file has."""
    return f"{begin}-{uuid.uuid4().hex[:16]}.parquet"


def rows_of(
    connection: duckdb.DuckDBPyConnection, table: Table, sql: str, parameters: Mapping[str, object]
) -> Iterator[pa.RecordBatch]:
    """What a query gives, which is all of a table's columns, as its data files hold it."""
    reader = connection.execute(sql, parameters).to_arrow_reader(ROWS_AT_ONCE)
    schema = table.arrow_schema()
    return (_conformed(batch, schema) for batch in reader)


def _conformed(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    """DuckDB's types as the table's: list elements not null, field ids back in place."""
    columns = []
    for field, column in zip(schema, batch.columns, strict=True):
        if pa.types.is_list(field.type):
            lists = column.cast(pa.list_(pa.string()))
            columns.append(pa.ListArray.from_arrays(lists.offsets, lists.values, type=field.type, mask=lists.is_null()))
        else:
            columns.append(column.cast(field.type))
    return pa.RecordBatch.from_arrays(columns, schema=schema)
