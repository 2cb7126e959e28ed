"""``forgelake metrics``: the catalogue, answers with their coverage, checking, and metrics of one's own."""

import csv
import io
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.cli.conftest import Run
from tests.cli.processes import Nursery, Result
from tests.pipelines.archive import FIRST, published
from tests.pipelines.lakes import Lake

PERIOD = ("--from", "2016-01-01T01", "--to", "2016-01-01T04")


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """Two hours, the second and the fourth of the day, of which the period asks for three."""
    folder = tmp_path_factory.mktemp("asked")
    lake = Lake(folder / "home", published(folder / "hours", 3))
    lake.collect(FIRST)
    lake.collect(FIRST.shifted(2))
    return lake


@pytest.fixture
def ask(lake: Lake, nursery: Nursery) -> Run:
    """Runs ``forgelake metrics`` on the lake."""

    def command(*arguments: str, **variables: str) -> Result:
        return nursery.run(["metrics", *arguments], {**lake.environ, **variables}, lake.home.parent)

    return command


def test_the_list_is_an_array_of_metrics_with_unit_and_parameters(ask: Run) -> None:
    listed = {metric["name"]: metric for metric in json.loads(ask("list", "--format", "json").out)}
    assert list(listed) == sorted(listed)
    assert listed["events"]["unit"] == "events"
    assert "interval" in listed["events"]["parameters"].split(", ")
    assert all(metric["title"] and metric["description"] for metric in listed.values())


def test_an_answer_with_gaps_says_so_on_stderr_and_by_its_exit_code(ask: Run) -> None:
    result = ask("run", "events", *PERIOD, "--interval", "hour", "--bots", "include")
    rows = list(csv.DictReader(io.StringIO(result.out)))
    assert [(row["bucket"][11:13], bool(row["events"])) for row in rows] == [("01", True), ("02", False), ("03", True)]
    assert result.code == 3
    assert "coverage: 2 of 3 hours (66.7%), as of 2016-01-01T04:00Z" in result.err
    assert "missing 2016-01-01T02 to 2016-01-01T03: not collected" in result.err


def test_a_whole_answer_ends_with_0(ask: Run) -> None:
    result = ask("run", "events", "--from", "2016-01-01T01", "--to", "2016-01-01T02", "--interval", "h")
    assert (result.code, "missing" in result.err) == (0, False)


def test_a_name_that_was_never_seen_and_one_that_is_not_tracked_are_told(ask: Run) -> None:
    unseen = ask("run", "events", "--from", "2016-01-01T01", "--to", "2016-01-01T02", "--repo", "no/such")
    assert (unseen.code, "(100%)" in unseen.err) == (0, True)
    assert 'note: no event between 2016-01-01T01:00Z and 2016-01-01T02:00Z is of the repository "no/such"' in unseen.err
    untracked = ask("run", "watchers", "--repo", "no/such", "--format", "json")
    told = json.loads(untracked.out)
    assert (untracked.code, told["coverage"]["share"], len(told["notes"])) == (3, None, 1)
    assert "coverage: 0 of 0 repository days" in untracked.err


def test_every_format_holds_the_same_numbers(ask: Run) -> None:
    asked = ("run", "events", *PERIOD, "--interval", "h", "--format")
    told = json.loads(ask(*asked, "json").data)
    numbers = [row["events"] for row in told["data"]]
    assert told["coverage"]["share"] == pytest.approx(2 / 3)
    assert pq.read_table(io.BytesIO(ask(*asked, "parquet").data))["events"].to_pylist() == numbers
    assert pa.ipc.open_stream(ask(*asked, "arrow").data).read_all()["events"].to_pylist() == numbers
    assert str(numbers[0]) in ask(*asked, "table").out


@pytest.mark.parametrize("interval", ["w", "week", "Week"])
def test_an_interval_has_a_letter_and_a_word(ask: Run, interval: str) -> None:
    result = ask("run", "events", *PERIOD, "--interval", interval)
    assert result.out.splitlines()[1].startswith('"2015-12-28T00:00:00Z",')


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("run", "evnts"), 'there is no metric "evnts"; did you mean "events"'),
        (
            ("sql", "time_to_merge", "--dialect", "athena"),
            "only approx_percentile; it can be had by --dialect duckdb or spark",
        ),
        (("run", "events", "--interval", "x"), "h (hour), d (day)"),
        (("run", "events", "--intrval", "d"), 'did you mean "interval"?'),
        (("run", "busiest_repos", "--limit", "0"), "from 1 to 1000"),
        (("run", "events", "--from", "x"), 'from = "x" is wrong'),
        (("run", "busiest_repos", "--repo", "a/b' OR 1=1 --"), "owner/name"),
        (("show", "x"), "see: forgelake metrics list"),
        (("check", "nowhere.yaml"), "nowhere.yaml"),
        (("new", "Not A Name"), "small letters"),
    ],
)
def test_wrong_use_is_told_with_what_would_be_right(ask: Run, arguments: tuple[str, ...], told: str) -> None:
    result = ask(*arguments)
    assert (result.code, result.out) == (2, "")
    assert told in result.err


def test_an_option_is_written_with_a_dash_too(ask: Run, tmp_path: Path) -> None:
    own = tmp_path / "own"
    ask("new", "mine", "--folder", str(own))
    path = own / "mine.yaml"
    text = path.read_text().replace("  repo: {type: repo}", "  repo_name: {type: repo}").replace("$repo", "$repo_name")
    path.write_text(text)
    result = ask(
        "run", "mine", *PERIOD, "--repo-name", "no/such", "--format", "json", FORGELAKE_METRICS_FOLDER=str(own)
    )
    assert json.loads(result.out)["parameters"]["repo_name"] == "no/such"


def test_a_metric_of_ones_own_is_made_checked_shown_and_asked(run: Run, tmp_path: Path) -> None:
    made = run("metrics", "new", "mine", "--folder", "own")
    assert made.out.split() == ["own/mine.yaml", "own/mine.test.yaml"]
    own = {"FORGELAKE_METRICS_FOLDER": "own"}
    assert run("metrics", "check", "own").out == "mine: 1 cases passed\n"
    assert run("metrics", "show", "mine", **own).out == (tmp_path / "own" / "mine.yaml").read_text()
    assert json.loads(run("metrics", "show", "mine", "--json", **own).out)["kind"] == "series"
    assert run("metrics", "run", "mine", "--from", "2016-01-01", "--to", "2016-01-02", **own).code == 3


def test_a_fault_is_told_with_file_and_line(run: Run, tmp_path: Path) -> None:
    run("metrics", "new", "mine")
    file = tmp_path / "mine.yaml"
    file.write_text(file.read_text().replace("kind: series", "kind: serie"))
    checked = run("metrics", "check", "mine.yaml")
    assert checked.code == 1
    assert 'mine.yaml:11: kind: "serie" is wrong' in checked.err
    asked = run("metrics", "list", FORGELAKE_METRICS_FOLDER=".")
    assert (asked.code, "mine.yaml:11" in asked.err) == (2, True)
