"""``tables``, ``coverage``, ``runs`` and ``rejects``: what is there, and how complete it is."""

import csv
import io
import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from forgelake.lake.catalog import TABLES
from forgelake.state.schema import RUNS_COLUMNS, SLICES_COLUMNS
from tests.cli.conftest import Run
from tests.cli.processes import Nursery, Result
from tests.pipelines.archive import FIRST, PER_HOUR, hours, publish, some, text
from tests.pipelines.lakes import Lake


@pytest.fixture(scope="module")
def gappy(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """Hours 1 to 6 of a day, of which 3 and 4 were never published, 5 is empty and 6 has a bad line."""
    folder = tmp_path_factory.mktemp("gappy")
    one, two, _, _, five, six = hours(6)
    files = {one: some(one), two: some(two, 0, 10), five: b"", six: b"{torn\n" + text(some(six))}
    lake = Lake(folder / "home", publish(folder / "hours", dict(files)))
    lake.collect(one, six)
    return lake


@pytest.fixture
def show(gappy: Lake, nursery: Nursery) -> Run:
    """Runs a command on the lake with gaps."""

    def run(*arguments: str, **variables: str) -> Result:
        return nursery.run(list(arguments), {**gappy.environ, **variables}, gappy.home.parent)

    return run


def _rows(result: Result) -> list[dict[str, str]]:
    assert result.code == 0, result.err
    return list(csv.DictReader(io.StringIO(result.out)))


def test_every_column_of_every_table_is_documented(show: Run) -> None:
    rows = _rows(show("tables"))
    listed = {(row["table"], row["column"]) for row in rows}
    own = {(table.name, column.name) for table in TABLES.values() for column in table.columns}
    state = {("slices", column.name) for column in SLICES_COLUMNS} | {("runs", column.name) for column in RUNS_COLUMNS}
    made = {("events", "actor_is_bot"), ("traffic_days", "repo_names"), ("bots", "login"), ("bots", "reason")}
    assert listed == own | state | made
    assert [row for row in rows if not (row["type"] and row["meaning"].endswith("."))] == []
    assert all(row["eras"] for row in rows if row["table"] == "events")


def test_every_documented_column_can_be_asked_for(show: Run) -> None:
    documented = _rows(show("tables"))
    for table in ("events", "rejects", "slices", "runs"):
        rows = [row for row in documented if row["table"] == table]
        types = ", ".join(f'typeof("{row["column"]}")' for row in rows)
        found = show("sql", f"SELECT {types} FROM {table} LIMIT 1", "--format", "json")
        names = [kind.replace("TIMESTAMP WITH TIME ZONE", "TIMESTAMPTZ") for kind in json.loads(found.out)[0].values()]
        assert dict(zip((row["column"] for row in rows), names, strict=True)) == {
            row["column"]: {"JSON": "VARCHAR", "INTEGER": "BIGINT"}.get(row["type"], row["type"]) for row in rows
        }


def test_files_name_a_metadata_file_that_others_can_open(show: Run, gappy: Lake) -> None:
    rows = {row["table"]: row for row in _rows(show("tables", "--files"))}
    assert int(rows["events"]["rows"]) == len(gappy.rows()) == 2 * PER_HOUR + 10
    assert Path(rows["events"]["metadata"].removeprefix("file://")).is_file()
    data = list((gappy.home / "lake" / "tables" / "events" / "data").rglob("*.parquet"))
    assert int(rows["events"]["files"]) == len(data)
    assert int(rows["events"]["bytes"]) == sum(file.stat().st_size for file in data)
    # A table that nothing was ever committed to is shown, and not made by that.
    assert (rows["traffic_days"]["rows"], rows["traffic_days"]["metadata"]) == ("0", "")
    assert not (gappy.home / "lake" / "tables" / "traffic_days").exists()


def test_coverage_of_a_day_tells_gaps_and_reasons(show: Run) -> None:
    (day,) = _rows(show("coverage"))
    assert (day["day"], day["expected"], day["received"], day["share"]) == ("2016-01-01", "24", "3", "0.125")
    assert (day["events"], day["rejected"]) == (str(2 * PER_HOUR + 10), "1")
    gaps = day["gaps"].split("; ")
    assert [gap[:5] for gap in gaps] == ["00-01", "03-05", "05-06", "07-24"]
    assert gaps[0] == "00-01 not collected"
    assert "not published within 48 h of its end" in gaps[1]


def test_coverage_by_hour_tells_what_each_hour_brought(show: Run) -> None:
    period = ("--from", "2016-01-01T01", "--to", "2016-01-01T07")
    rows = json.loads(show("coverage", "--by", "hour", *period, "--format", "json").out)
    statuses = [row["status"] for row in rows]
    assert statuses == ["received", "received", "missing", "missing", "empty", "received"]
    assert [row["events"] for row in rows] == [PER_HOUR, 10, None, None, None, PER_HOUR]
    assert [bool(row["reason"]) for row in rows] == [False, False, True, True, True, False]
    assert rows[0]["hour"] == "2016-01-01T01:00:00Z"
    assert rows[0]["hour"] <= rows[0]["first_event"] <= rows[0]["last_event"] < rows[1]["hour"]


def test_coverage_expects_only_hours_that_can_exist(show: Run) -> None:
    future = _rows(show("coverage", "--from", "2016-01-01", "--to", "9999-12-31", FORGELAKE_NOW="2016-01-02T03:30:00Z"))
    assert [(row["day"], row["expected"]) for row in future] == [("2016-01-01", "24"), ("2016-01-02", "3")]
    past = _rows(show("coverage", "--to", "2011-02-13"))
    assert [(row["day"], row["expected"], row["gaps"]) for row in past] == [("2011-02-12", "24", "00-24 not collected")]


@pytest.mark.parametrize(
    ("period", "told"),
    [
        (("--from", "2016-01-02", "--to", "2016-01-02"), "--to is excluded, so it must be later than --from"),
        (("--from", "2010-01-01", "--to", "2010-02-01"), "the archive runs from 2011-02-12T00"),
        (("--from", "soon"), '"soon" is not an hour in UTC'),
        (("--by", "week"), "week"),
    ],
)
def test_a_period_that_is_none_is_exit_code_2(show: Run, period: tuple[str, ...], told: str) -> None:
    result = show("coverage", *period)
    assert (result.code, result.out) == (2, "")
    assert told in result.err


def test_runs_tell_what_was_asked_and_how_it_ended(show: Run) -> None:
    (run,) = json.loads(show("runs", "--format", "json").out)
    assert (run["job"], run["status"], run["slices_done"]) == ("collect gharchive", "done_with_gaps", 4)
    assert (run["events"], run["rejected"]) == (2 * PER_HOUR + 10, 1)
    assert json.loads(run["arguments"]) == {"from": str(FIRST), "to": str(FIRST.shifted(5)), "hours": 6}
    assert show("runs", "--limit", "0").code == 2


@pytest.mark.parametrize("command", [["tables"], ["tables", "--files"], ["coverage"], ["runs"], ["rejects"]])
def test_every_command_answers_on_an_empty_lake(run: Run, command: list[str]) -> None:
    for form in ("parquet", "table"):
        result = run(*command, "--format", form)
        assert (result.code, result.err) == (0, ""), form
        assert result.data


@pytest.mark.parametrize("command", [["coverage", "--by", "hour"], ["runs"]])
def test_columns_without_a_single_value_do_not_break_a_format(run: Run, folder: str, command: list[str]) -> None:
    run("collect", "gharchive", "--from", "2016-01-01", FORGELAKE_GHARCHIVE_URLS=folder)
    names = run(*command, "--format", "csv").out.partition("\n")[0].split(",")
    assert pq.read_table(io.BytesIO(run(*command, "--format", "parquet").data)).column_names == names
    assert json.loads(run(*command, "--format", "json").out) is not None
