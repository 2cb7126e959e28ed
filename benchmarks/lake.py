"""Lakes for a measurement, collected by the command itself."""

import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from benchmarks.sample import ROOT
from forgelake.model.hours import Hour

_COMMAND = (sys.executable, "-c", "from forgelake.cli.main import run; run()")


def variables(home: Path, hours: Path) -> Mapping[str, str]:
    """Settings of a lake of its own, whatever the person's own settings are."""
    # Without bytecode every start would compile every module anew, which no installation does.
    left_out = ("FORGELAKE_", "PYTHONDONTWRITEBYTECODE")
    own = {name: value for name, value in os.environ.items() if not name.startswith(left_out)}
    path = os.pathsep.join(filter(None, (str(ROOT / "src"), own.get("PYTHONPATH"))))
    given = {"FORGELAKE_HOME": str(home), "FORGELAKE_GHARCHIVE_URLS": hours.as_uri(), "FORGELAKE_LOG_LEVEL": "error"}
    return {**own, "PYTHONPATH": path, **given}


def forgelake(home: Path, hours: Path, *words: str) -> float:
    """Run a command; returns its wall time in seconds.

    Raises:
        RuntimeError: it failed, or left gaps.
    """
    started = time.perf_counter()
    done = subprocess.run(
        [*_COMMAND, *words], env=variables(home, hours), cwd=home.parent, capture_output=True, text=True, check=False
    )
    seconds = time.perf_counter() - started
    if done.returncode:
        message = f"forgelake {' '.join(words)} ended with {done.returncode}: {done.stderr[-2000:]}"
        raise RuntimeError(message)
    return seconds


def collect(home: Path, hours: Path, first: Hour, last: Hour, workers: int) -> float:
    """Collect a period into a lake; returns the wall time in seconds."""
    period = ("--from", str(first), "--to", str(last))
    return forgelake(home, hours, "collect", "gharchive", *period, "--workers", str(workers))
