"""The process behind ``tests.cli.processes.Nursery``: imports everything once, then forks a command per order."""

import gc
import importlib
import json
import os
import signal
import sys
import traceback
from pathlib import Path
from typing import Any

from forgelake.cli.main import run

_IMPORTED_BY_COMMANDS = (
    "alembic.command",
    "forgelake.app.compose",
    "forgelake.app.logs",
    "forgelake.app.working",
    "forgelake.jobs.status",
    "forgelake.metrics.catalogue",
    "forgelake.metrics.checking",
    "forgelake.metrics.formats",
    "forgelake.pipelines.backfill",
    "forgelake.pipelines.describe",
    "forgelake.pipelines.polls.run",
    "forgelake.pipelines.rebuild",
    "forgelake.pipelines.repos.snapshot",
    "forgelake.pipelines.retention",
    "forgelake.pipelines.traffic.collect",
    "forgelake.pipelines.traffic.imported",
    "forgelake.web.server",
    "httpcore2",
)


def main() -> None:
    """Answer orders from stdin, one a line, until it ends."""
    for name in _IMPORTED_BY_COMMANDS:
        importlib.import_module(name)
    # So that no command looks through it for garbage, which would copy every page of it.
    gc.freeze()
    running: set[int] = set()
    for line in sys.stdin:
        order = json.loads(line)
        answer: int | None
        if "start" in order:
            answer = pid = _fork(order["start"])
            running.add(pid)
        else:
            pid = order["wait"] if "wait" in order else order["poll"]
            answer = _ended(pid, os.WNOHANG if "poll" in order else 0)
            if answer is not None:
                running.discard(pid)
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()
    for pid in running:
        os.kill(pid, signal.SIGKILL)


def _ended(pid: int, options: int) -> int | None:
    found, status = os.waitpid(pid, options)
    return os.waitstatus_to_exitcode(status) if found else None


def _fork(order: dict[str, Any]) -> int:
    pid = os.fork()
    if pid:
        return pid
    code = 0
    try:
        _become(order)
        run()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    except BaseException:  # noqa: BLE001 - what an interpreter does with it
        traceback.print_exc()
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _become(order: dict[str, Any]) -> None:
    """Take on a command's environment, folder, streams and arguments."""
    os.environ.clear()
    os.environ.update(order["environ"])
    os.chdir(order["cwd"])
    with Path(os.devnull).open("rb") as nothing:
        os.dup2(nothing.fileno(), 0)
    for number, name in ((1, "out"), (2, "err")):
        with Path(order[name]).open("wb") as stream:
            os.dup2(stream.fileno(), number)
    sys.argv = ["forgelake", *order["arguments"]]


if __name__ == "__main__":
    main()
