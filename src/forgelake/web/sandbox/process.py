"""Runs one query in a process of its own, and ends that process when it is over, too slow, or nobody waits for it."""

import io
import json
import os
import selectors
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Any, Final

import pyarrow as pa

from forgelake.model.errors import ForgelakeError, RetryError, UsageError
from forgelake.model.period import Period
from forgelake.query.bots import bots_table
from forgelake.query.private import without_people
from forgelake.query.snapshot import Snapshot
from forgelake.query.views import view_sql
from forgelake.settings.api import ApiSettings
from forgelake.storage.place import S3Options

THREADS: Final = 2
_LOOK_EVERY_SECONDS: Final = 0.1
_STARTING_SECONDS: Final = 10.0
_CHUNK: Final = 1 << 18

UNTOLD: Final = {
    "slices": ("url", "path"),
    "runs": ("host", "pid", "process_started", "arguments", "error"),
}
"""Columns that tell of the machine; strangers do not see them."""


class GoneError(ForgelakeError):
    """Nobody waits for the answer any more."""


@dataclass(frozen=True, slots=True)
class Question:
    """A query, the state of the lake that it asks, and what it may take."""

    sql: str
    snapshot: Snapshot
    period: Period | None
    s3: S3Options | None
    limits: ApiSettings


def run(question: Question, gone: Callable[[], bool]) -> pa.Table:
    """The answer to a query.

    Args:
        question: what is asked.
        gone: whether whoever asked has left; looked at ten times a second.

    Raises:
        UsageError: the query is wrong, or takes more than it may.
        RetryError: the lake's files could not be read; asking again asks the lake's newest state.
        GoneError: nobody waits for the answer.
    """
    tables = _tables(question)
    job = json.dumps(_job(question, {name: len(data) for name, data in tables.items()}))
    # Nothing of the environment but where Python finds us; Arrow's own allocator would reserve more than is allowed.
    environ = {"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "ARROW_DEFAULT_MEMORY_POOL": "system"}
    command = [sys.executable, "-P", "-m", "forgelake.web.sandbox.child"]
    streams = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, env=environ, cwd="/", **streams) as process:  # noqa: S603 - ours, without a shell
        try:
            return _read(_received(process, [job.encode() + b"\n", *tables.values()], question.limits, gone))
        finally:
            process.kill()


def _tables(question: Question) -> dict[str, bytes]:
    """The tables that are not files, as far as the query speaks of them."""
    snapshot = question.snapshot
    made: dict[str, Callable[[], pa.Table]] = {
        "slices": lambda: without_people(snapshot.slices), "runs": snapshot.runs, "bots": bots_table
    }  # fmt: skip
    named = {name: make for name, make in made.items() if name in question.sql.lower()}
    return {name: _stream(make().drop_columns(list(UNTOLD.get(name, ())))) for name, make in named.items()}


def _stream(table: pa.Table) -> bytes:
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table)
    return sink.getvalue()


def _job(question: Question, sizes: Mapping[str, int]) -> dict[str, Any]:
    limits = question.limits
    snapshot = question.snapshot
    planned = {name: table.within(question.period) for name, table in snapshot.tables.items()}
    return {
        "sql": question.sql,
        "views": {
            name: view_sql(snapshot.tables[name].table, [file.path for file in files], visibility=snapshot.visibility)
            for name, files in planned.items()
        },
        "paths": [file.path for files in planned.values() for file in files],
        "tables": sizes,
        "names": list(snapshot.table_names),
        "s3": asdict(question.s3) if question.s3 else None,
        "threads": THREADS,
        "seconds": limits.sql_seconds,
        "memory_mb": limits.sql_memory_mb,
        "rows": limits.sql_rows,
        "mb": limits.sql_mb,
    }


def _received(
    process: "subprocess.Popen[bytes]", parts: list[bytes], limits: ApiSettings, gone: Callable[[], bool]
) -> bytes:
    """Everything that the process writes, if it does so in time."""
    stdin, stdout = process.stdin, process.stdout
    if stdin is None or stdout is None:
        raise AssertionError
    with suppress(BrokenPipeError):
        for part in parts:
            stdin.write(part)
        stdin.close()
    ends = time.monotonic() + limits.sql_seconds + _STARTING_SECONDS
    most = 2 * (limits.sql_mb << 20)
    received = bytearray()
    with selectors.DefaultSelector() as waiting:
        waiting.register(stdout, selectors.EVENT_READ)
        while True:
            if waiting.select(_LOOK_EVERY_SECONDS):
                chunk = os.read(stdout.fileno(), _CHUNK)
                received += chunk
                if not chunk:
                    return bytes(received)
            if gone():
                raise GoneError
            if time.monotonic() > ends or len(received) > most:
                message = f"the query was stopped after {limits.sql_seconds:g} s; ask for less"
                raise UsageError(message)


def _read(received: bytes) -> pa.Table:
    line, _, rows = received.partition(b"\n")
    if not line:
        message = "the query was stopped: it took more memory or time than it may; ask for less"
        raise UsageError(message)
    head = json.loads(line)
    if head.get("error") == "lake":
        message = f"the lake's files could not be read: {head['detail']}"
        raise RetryError(message)
    if "error" in head:
        raise UsageError(head["detail"])
    return pa.ipc.open_stream(rows).read_all()
