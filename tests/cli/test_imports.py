"""Asking for help costs no engine."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.processes import Nursery, clean_environ

HEAVY = {
    "chdb", "duckdb", "fastapi", "numpy", "obstore", "pandas", "polars", "pyarrow", "pyiceberg", "pyspark",
    "sqlalchemy", "sqlglot",
}  # fmt: skip
REPORT = """
import sys
from forgelake.cli.main import run
try:
    run()
except SystemExit as end:
    sys.stderr.write(" ".join(sorted({name.partition(".")[0] for name in sys.modules})))
    raise
"""


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["--version"],
        ["collect", "gharchive", "--help"],
        ["sql", "--help"],
        ["metrics", "run", "--help"],
        ["metrics", "sql", "--help"],
    ],
)
def test_help_and_version_import_no_engine(tmp_path: Path, arguments: list[str]) -> None:
    command = [sys.executable, "-c", REPORT, *arguments]
    ended = subprocess.run(command, env=clean_environ({}), cwd=tmp_path, capture_output=True, text=True, check=True)
    assert ended.stdout.strip()
    assert "forgelake" in ended.stderr.split()
    assert HEAVY.intersection(ended.stderr.split()) == set()
    assert list(tmp_path.iterdir()) == []


def test_help_names_every_command(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "from forgelake.cli.main import run; run()", "--help"]
    ended = subprocess.run(command, env=clean_environ({}), cwd=tmp_path, capture_output=True, text=True, check=True)
    words = ended.stdout.split()
    for name in ("up", "demo", "collect", "rebuild", "sql", "tables", "coverage", "runs", "rejects", "metrics"):
        assert name in words


def test_a_command_that_is_not_there_is_told_with_all_that_are(nursery: Nursery, tmp_path: Path) -> None:
    told = nursery.run(["frob"], {}, tmp_path)
    words = "".join(sign if sign.isalnum() else " " for sign in told.err).split()
    assert told.code == 2
    assert "..." not in told.err
    assert {"up", "demo", "metrics", "doctor", "restore"} <= set(words)
    assert 'Did you mean "coverage"?' in nursery.run(["coverge"], {}, tmp_path).err
    assert "pause" in nursery.run(["jobs", "stop"], {}, tmp_path).err
