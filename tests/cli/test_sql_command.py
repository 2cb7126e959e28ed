"""``forgelake sql``: every format parses back to the same values, and errors say what would be right."""

import csv
import io
import json
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from forgelake.lake.events import EVENTS
from forgelake.sources.synthetic.archive import Json
from tests.cli.conftest import Run
from tests.cli.processes import Nursery, clean_environ
from tests.pipelines.archive import FIRST, publish, some
from tests.pipelines.lakes import QUICK, Lake

TRICKY = [
    'He said "no", then left',
    "two\nlines\r\nthree",
    "it's, [a] 'list'",
    "naïve, 日本語 🎉",
    " leading and trailing ",
    "NULL",
    "",
    "\\N",
    "a;b\tc|d",
]
ALL = f"SELECT {', '.join(column.name for column in EVENTS.columns)} FROM events ORDER BY id"


def _issue(event: Json, title: str) -> Json:
    labels = [{"name": name} for name in ("bug", title, 'x"y') if name]
    issue = {"id": 1, "number": 2, "title": title, "state": "open", "labels": labels, "user": {"id": 3, "login": "a"}}
    return {**event, "type": "IssuesEvent", "payload": {"action": "opened", "issue": issue}}


@pytest.fixture(scope="module")
def tricky(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """A lake whose titles and labels hold everything that a format might stumble over."""
    folder = tmp_path_factory.mktemp("tricky")
    pairs = zip(some(FIRST), TRICKY, strict=False)
    lake = Lake(folder / "home", publish(folder / "hours", {FIRST: [_issue(*pair) for pair in pairs] + some(FIRST, 9)}))
    lake.collect(FIRST)
    return lake


@pytest.fixture(scope="module")
def expected(tricky: Lake) -> list[dict[str, Any]]:
    """Its rows, read without SQL."""
    rows = sorted(tricky.rows(), key=lambda row: row["id"])
    assert [row["title"] for row in rows[: len(TRICKY)]] == TRICKY
    assert [list(row) for row in rows] == [[column.name for column in EVENTS.columns]] * len(rows)
    return rows


@pytest.fixture
def answer(tricky: Lake, nursery: Nursery) -> Run:
    """Runs ``forgelake sql`` on the tricky lake."""

    def ask(*arguments: str, **variables: str) -> Any:
        return nursery.run(["sql", *arguments], {**tricky.environ, **variables}, tricky.home.parent)

    return ask


def test_parquet_and_arrow_hold_the_same_rows_with_their_types(answer: Run, expected: list[dict[str, Any]]) -> None:
    parquet = pq.read_table(io.BytesIO(answer(ALL, "--format", "parquet").data))
    arrow = pa.ipc.open_stream(answer(ALL, "--format", "arrow").data).read_all()
    assert parquet.to_pylist() == expected
    assert arrow.to_pylist() == expected
    assert str(arrow.schema.field("created_at").type) == "timestamp[us, tz=UTC]"
    assert str(arrow.schema.field("id").type) == "int64"


def test_json_is_an_array_of_the_same_rows(answer: Run, expected: list[dict[str, Any]]) -> None:
    rows = json.loads(answer(ALL, "--format", "json").data)
    instants = [column.name for column in EVENTS.columns if column.kind == "TIMESTAMPTZ"]
    for row in rows:
        row.update({name: row[name] and datetime.fromisoformat(row[name]) for name in instants})
    assert rows == expected


def test_csv_with_a_header_reads_back_as_the_same_rows(
    tmp_path: Path, answer: Run, expected: list[dict[str, Any]]
) -> None:
    result = answer(ALL)
    (tmp_path / "answer.csv").write_bytes(result.data)
    assert result.out.partition("\n")[0] == ",".join(expected[0])
    with duckdb.connect() as connection:
        kinds = "{" + ", ".join(f"'{column.name}': '{column.kind}'" for column in EVENTS.columns) + "}"
        options = f"columns = {kinds}, header = true, auto_detect = false, allow_quoted_nulls = false"
        connection.execute("SET TimeZone = 'UTC'")
        read = connection.execute(f"FROM read_csv('{tmp_path}/answer.csv', {options})").to_arrow_table()
    assert read.to_pylist() == expected


def test_csv_is_plain_enough_for_any_reader(answer: Run, expected: list[dict[str, Any]]) -> None:
    result = answer("SELECT id, title, created_at FROM events ORDER BY id", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(result.data.decode(), newline="")))
    assert [row["title"] for row in rows] == [row["title"] or "" for row in expected]
    assert [datetime.fromisoformat(row["created_at"]) for row in rows] == [row["created_at"] for row in expected]


@pytest.mark.parametrize("form", ["csv", "json", "parquet", "arrow", "table"])
def test_an_answer_without_rows_is_still_one(answer: Run, form: str) -> None:
    result = answer("SELECT id, sources FROM events WHERE false", "--format", form)
    assert (result.code, result.err) == (0, "")
    assert result.data


def test_a_table_shows_no_control_characters_and_folds_nothing_into_markup(answer: Run) -> None:
    result = answer(r"SELECT chr(27) || '[31mred' AS a, '[bold]x[/bold]' AS b, [1, NULL] AS c", "--format", "table")
    assert result.code == 0
    assert "\x1b" not in result.out
    assert "[bold]x[/bold]" in result.out


def test_columns_of_one_name_are_told_apart(answer: Run) -> None:
    assert answer("SELECT 1 AS a, 2 AS A, 3 AS a").out == "a,A_1,a_2\n1,2,3\n"


@pytest.mark.parametrize(
    ("sql", "told"),
    [
        ("SELECT * FROM evnts", 'no table evnts; did you mean "events"?'),
        ("SELECT * FROM slice", 'no table slice; did you mean "slices"?'),
        ("SELECT * FROM nothing_like_it", "The tables are: "),
        ("SELECT * FROM events WHERE", "syntax error"),
        ("SELECT created FROM events", '"created_at"'),
        ("SELECT CAST(title AS INT) FROM events", "Could not convert string"),
        ("", "there is no SQL to run"),
        ("SELECT $1", "prepared statement"),
    ],
)
def test_sql_that_cannot_be_answered_is_exit_code_2(answer: Run, sql: str, told: str) -> None:
    result = answer(sql)
    assert (result.code, result.out) == (2, "")
    assert told in result.err
    assert result.err.startswith("forgelake: ")
    assert "Traceback" not in result.err


@pytest.mark.parametrize("form", ["csv", "arrow", "table"])
def test_a_query_that_fails_late_is_told_like_any_other(answer: Run, form: str) -> None:
    late = "SELECT CAST(if(i > 500000, 'late', '1') AS INT) FROM range(1000000) t(i)"
    result = answer(late, "--format", form)
    assert (result.code, result.out if form != "arrow" else "") == (2, "")
    assert result.err.startswith("forgelake: Conversion Error: Could not convert string 'late'")


@pytest.mark.parametrize("what", ["count(*)", "i"])
def test_a_query_is_stopped_after_the_time_that_it_may_take(answer: Run, what: str) -> None:
    result = answer(f"SELECT {what} FROM range(1000000000000) t(i)", FORGELAKE_SQL_TIMEOUT_SECONDS="0.3")
    assert result.code == 2
    assert "the query was stopped after 0.3 s; ask for less, or raise sql.timeout_seconds" in result.err


def test_ledger_and_runs_are_tables_too(answer: Run) -> None:
    slices = answer("SELECT source, name, status, events, days FROM slices", "--format", "json")
    assert [(row["name"], row["status"]) for row in json.loads(slices.out)] == [(FIRST.name, "received")]
    runs = answer("SELECT job, status, slices_done, started_at <= finished_at AS in_order FROM runs")
    assert runs.out == "job,status,slices_done,in_order\ncollect gharchive,done,1,true\n"


def test_a_reader_that_stops_reading_is_no_fault(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "from forgelake.cli.main import run; run()", "sql", "FROM range(300000)"]
    environ = clean_environ({**QUICK, "FORGELAKE_HOME": str(tmp_path)})
    with subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline() == b"range\n"
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 0


def test_instants_are_iso_8601_with_z_where_text_carries_them(tricky: Lake, nursery: Nursery, tmp_path: Path) -> None:
    asked = """SELECT TIMESTAMPTZ '2016-01-01 01:00:00+01' AS "a ""b", TIMESTAMPTZ '2016-01-01 00:00:00.25+00' AS c,
        CAST(NULL AS TIMESTAMPTZ) AS d, DATE '2016-01-01' AS e"""
    ended = {form: nursery.run(["sql", asked, "--format", form], tricky.environ, tmp_path) for form in ("csv", "json")}
    row = {'a "b': "2016-01-01T00:00:00Z", "c": "2016-01-01T00:00:00.250000Z", "d": None, "e": "2016-01-01"}
    assert json.loads(ended["json"].out) == [row]
    assert list(csv.reader(io.StringIO(ended["csv"].out)))[1] == [text or "" for text in row.values()]
