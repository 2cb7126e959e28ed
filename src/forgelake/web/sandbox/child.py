"""The process in which one query of a stranger runs. It is told what to do on stdin and answers on stdout.

It has no environment, no temporary files, and limits that the operating system keeps; whatever happens here, the
server goes on.
"""

import json
import resource
import signal
import sys
import threading
from typing import Any, Final

import duckdb
import pyarrow as pa

from forgelake.engines.duckdb import connect
from forgelake.model.errors import UsageError
from forgelake.query.session import with_distinct_names
from forgelake.storage.place import S3Options
from forgelake.web.sandbox.allowed import Rules

HEADROOM_MB: Final = 512
"""What Python, Arrow and DuckDB themselves hold, beside the memory of the query."""

_BATCH_ROWS: Final = 10_000


def main() -> None:
    """Answer the one question that stdin holds: a line of JSON, then the tables that it announces, as Arrow streams."""
    stdin, stdout = sys.stdin.buffer, sys.stdout.buffer
    job: dict[str, Any] = json.loads(stdin.readline())
    tables = {name: pa.ipc.open_stream(stdin.read(size)).read_all() for name, size in job["tables"].items()}
    _limit(job)
    try:
        answer = _answer(job, tables)
    except (UsageError, duckdb.Error, MemoryError) as error:
        stdout.write(json.dumps(_fault(error, job)).encode() + b"\n")
    else:
        stdout.write(b"{}\n")
        with pa.ipc.new_stream(stdout, answer.schema) as stream:
            stream.write_table(answer)
    stdout.flush()


def _limit(job: dict[str, Any]) -> None:
    """What the operating system holds this process to."""
    memory = (job["memory_mb"] + HEADROOM_MB) << 20
    cpu = int(job["seconds"] * job["threads"]) + 5
    wanted = {resource.RLIMIT_DATA: memory, resource.RLIMIT_CPU: cpu, resource.RLIMIT_CORE: 0, resource.RLIMIT_FSIZE: 0}
    for kind, limit in wanted.items():
        _, hard = resource.getrlimit(kind)
        least = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
        resource.setrlimit(kind, (least, least))
    # If nobody is left to stop this process, it stops itself.
    signal.alarm(int(job["seconds"]) + 5)


def _answer(job: dict[str, Any], tables: dict[str, pa.Table]) -> pa.Table:
    connection = locked(job, tables)
    Rules(connection, frozenset(job["names"])).check(job["sql"])
    timer = threading.Timer(job["seconds"], connection.interrupt)
    timer.daemon = True
    timer.start()
    return _bounded(with_distinct_names(connection.execute(job["sql"]).to_arrow_reader(_BATCH_ROWS)), job)


def locked(job: dict[str, Any], tables: dict[str, pa.Table]) -> duckdb.DuckDBPyConnection:
    """A DuckDB that knows the lake's tables and can open nothing but their files."""
    s3 = S3Options(**job["s3"]) if job["s3"] else None
    connection = connect(memory_mb=job["memory_mb"], threads=job["threads"], s3=s3, extensions=("icu",))
    connection.execute("SET temp_directory = ''")
    connection.execute("SET python_enable_replacements = false")
    connection.execute("SET allow_community_extensions = false")
    for statement in job["views"].values():
        connection.execute(statement)
    for name, table in tables.items():
        connection.register(name, table)
    paths = ", ".join("'" + path.replace("'", "''") + "'" for path in job["paths"])
    connection.execute(f"SET allowed_paths = [{paths}]")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
    return connection


def _bounded(reader: pa.RecordBatchReader, job: dict[str, Any]) -> pa.Table:
    batches: list[pa.RecordBatch] = []
    rows = size = 0
    for batch in reader:
        rows, size = rows + len(batch), size + batch.nbytes
        if rows > job["rows"]:
            message = f"the answer has more than {job['rows']:,} rows; add LIMIT, or ask for less"
            raise UsageError(message)
        if size > job["mb"] << 20:
            message = f"the answer is larger than {job['mb']} MB; ask for fewer columns or rows"
            raise UsageError(message)
        batches.append(batch)
    return pa.Table.from_batches(batches, reader.schema)


def _fault(error: Exception, job: dict[str, Any]) -> dict[str, str]:
    match error:
        case duckdb.InterruptException():
            return {"error": "query", "detail": f"the query was stopped after {job['seconds']:g} s; ask for less"}
        case duckdb.OutOfMemoryException() | MemoryError():
            return {"error": "query", "detail": f"the query needs more than {job['memory_mb']} MB; ask for less"}
        case duckdb.IOException() | duckdb.HTTPException() | duckdb.InternalException() | duckdb.FatalException():
            # Its text names places of this machine.
            return {"error": "lake", "detail": str(error)}
        case _:
            return {"error": "query", "detail": str(error)}


if __name__ == "__main__":
    main()
