"""The README's lines work as they stand there."""

import re
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from forgelake.engines.duckdb import extension_path
from forgelake.model.hours import Hour
from forgelake.sources.synthetic.archive import write_archive
from tests.cli.processes import Nursery, Result

README = (Path(__file__).parents[2] / "README.md").read_text()
FIRST, LAST = Hour.parse("2016-01-01T01"), Hour.parse("2016-01-01T04")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("readme")
    write_archive(folder / "hours", FIRST, LAST)
    return folder


def environment(home: Path, now: str) -> dict[str, str]:
    hours = (home / "hours").as_uri()
    # One worker, because processes take longer to start than these hours to read.
    settings = {"GHARCHIVE_URLS": hours, "GHARCHIVE_WORKERS": "1", "NOW": now, "LOG_LEVEL": "error"}
    return {f"FORGELAKE_{name}": value for name, value in settings.items()}


Run = Callable[[str], Result]


@pytest.fixture(scope="module")
def run(nursery: Nursery, home: Path) -> Run:
    return lambda line: nursery.run(*order(line, home))


def order(line: str, home: Path) -> tuple[list[str], dict[str, str], Path]:
    words = shlex.split(line, comments=True)
    if ">" in words:
        words = words[: words.index(">")]
    # The whole archive, when it was some hours old.
    now = "2011-02-12T06:00:00Z" if "--backfill" in words else "2016-01-01T13:30:00Z"
    return words[1:], environment(home, now), home


@pytest.fixture(scope="module")
def metadata(run: Run) -> str:
    ran = run(f"forgelake collect gharchive --from {FIRST} --to {LAST}")
    assert ran.code in (0, 3), ran.err
    answer = run("forgelake tables --files --format csv").out
    return next(line for line in answer.splitlines() if line.startswith("events,")).rpartition(",")[2]


LINES = [line for block in blocks("sh") for line in block.splitlines() if line.startswith("forgelake ")]


@pytest.mark.parametrize("line", LINES, ids=[line.partition("#")[0].strip() for line in LINES])
def test_a_shell_line_runs(run: Run, metadata: str, line: str) -> None:
    del metadata
    ran = run(line)
    assert ran.code in (0, 3), ran.err


def test_duckdb_reads_the_table_by_its_folder(
    run: Run, home: Path, metadata: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    del metadata
    monkeypatch.chdir(home)
    query = next(block for block in blocks("sql") if "iceberg_scan" in block).splitlines()[1]
    connection = duckdb.connect(config={"autoinstall_known_extensions": False})
    for name in ("avro", "iceberg"):
        connection.load_extension(str(extension_path(name)))
    rows = connection.execute(query).fetchall()
    counted = run("forgelake sql 'SELECT type, count(*) FROM events GROUP BY ALL' --format csv").out
    assert {f"{type_},{count}" for type_, count in rows} == set(counted.splitlines()[1:])


def test_polars_and_pandas_read_the_table(metadata: str, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("polars")
    pytest.importorskip("pandas")
    # Polars would rather plan with a plugin of its own; without it, it reads the same and warns.
    monkeypatch.setenv("POLARS_ICEBERG_PLANNER", "pyiceberg")
    known: dict[str, object] = {"metadata": metadata}
    answers: list[Any] = []
    for line in next(block for block in blocks("python") if "polars" in block).splitlines():
        if line.startswith(("import ", "from ")):
            exec(line, known)  # noqa: S102 - the README's own line
        elif line:
            answers.append(eval(line, known))  # noqa: S307 - the README's own line
    by_type, rows = answers
    assert sum(by_type["len"]) == len(rows) > 0
