"""``forgelake collect gharchive`` as a person or a script meets it."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.cli.processes import fresh
from tests.pipelines.archive import FIRST, PER_HOUR, hours, packed, publish, published, some, text, url_path
from tests.pipelines.lakes import QUICK
from tests.servers.mirror import Mirror

PERIOD = ("--from", "2016-01-01T01", "--to", "2016-01-01T03")


def test_hours_of_a_folder_are_collected_and_told_in_one_line(tmp_path: Path) -> None:
    variables = {**QUICK, "FORGELAKE_GHARCHIVE_URLS": published(tmp_path / "hours", 3)}
    result = fresh(["collect", "gharchive", *PERIOD], variables, tmp_path)
    assert (result.code, result.out) == (0, "")
    assert result.err.startswith("2016-01-01T01 to 2016-01-01T03: 3 of 3 hours received (100%); this run brought 3 h")
    assert f"{3 * PER_HOUR} events" in result.err
    assert (tmp_path / "forgelake-data" / "state.db").exists()


def test_hours_of_a_mirror_are_asked_for_once(run: Run, mirror: Mirror) -> None:
    mirror.files.update({url_path(hour): packed(some(hour)) for hour in hours(3)})
    assert run("collect", "gharchive", *PERIOD, FORGELAKE_GHARCHIVE_URLS=mirror.url).code == 0
    mirror.requests.clear()
    again = run("collect", "gharchive", *PERIOD, FORGELAKE_GHARCHIVE_URLS=mirror.url)
    assert again.code == 0
    assert "this run brought 0 hours, 0 events" in again.err
    assert {request.path for request in mirror.requests} <= {"/"}


def test_hours_are_collected_anew_when_that_is_asked_for(run: Run, tmp_path: Path, folder: str) -> None:
    publish(tmp_path / "hours", {FIRST: some(FIRST, 0, 5)})
    period = ("collect", "gharchive", "--from", str(FIRST))
    run(*period, FORGELAKE_GHARCHIVE_URLS=folder)
    publish(tmp_path / "hours", {FIRST: some(FIRST)})
    assert "this run brought 0 hours" in run(*period, FORGELAKE_GHARCHIVE_URLS=folder).err
    assert run(*period, "--again", FORGELAKE_GHARCHIVE_URLS=folder).code == 0
    assert run("sql", "SELECT count(*) AS n FROM events").out == f"n\n{PER_HOUR}\n"


def test_a_gap_is_told_by_the_exit_code_and_with_its_reason(run: Run, tmp_path: Path) -> None:
    result = run("collect", "gharchive", *PERIOD, FORGELAKE_GHARCHIVE_URLS=published(tmp_path / "hours", 2))
    assert result.code == 3
    assert "2 of 3 hours received" in result.err
    assert "gap 2016-01-01T03 to 2016-01-01T04: " in result.err
    assert "not published within 48 h of its end" in result.err


def test_rejects_are_told_by_the_exit_code_and_shown(run: Run, tmp_path: Path, folder: str) -> None:
    publish(tmp_path / "hours", {FIRST: text(some(FIRST, 0, 2)) + b'{"type": "\x1b[31mred\n' + text(some(FIRST, 2))})
    result = run("collect", "gharchive", "--from", str(FIRST), FORGELAKE_GHARCHIVE_URLS=folder)
    assert result.code == 3
    assert "1 stretches of input could not be read; see: forgelake rejects" in result.err
    shown = run("rejects", "--format", "json")
    (reject,) = json.loads(shown.out)
    assert (reject["line"], reject["scope"], reject["begins"]) == (3, "object", '{"type": "\\x1B[31mred')
    assert "\x1b" not in run("rejects", "--format", "table").out


def test_no_network_is_one_line_with_both_ways_out(run: Run) -> None:
    result = run("collect", "gharchive", *PERIOD, FORGELAKE_GHARCHIVE_URLS="http://127.0.0.1:9 http://127.0.0.1:19")
    assert (result.code, result.out) == (1, "")
    assert result.err.count("\n") == 1
    assert result.err.startswith("forgelake: no origin of archive hours can be reached (http://127.0.0.1:9/: ")
    assert "FORGELAKE_GHARCHIVE_URLS" in result.err
    assert "make demo" in result.err


def test_a_folder_that_does_not_exist_is_a_wrong_setting_unless_another_origin_is_there(
    run: Run, tmp_path: Path, folder: str
) -> None:
    nowhere = (tmp_path / "nowhere").as_uri()
    result = run("collect", "gharchive", *PERIOD, FORGELAKE_GHARCHIVE_URLS=nowhere)
    assert (result.code, result.out, result.err.count("\n")) == (2, "", 1)
    assert f"there is no folder {tmp_path}/nowhere: name one that is there in FORGELAKE_GHARCHIVE_URLS" in result.err
    assert run("collect", "gharchive", *PERIOD, FORGELAKE_GHARCHIVE_URLS=f"{nowhere} http://127.0.0.1:9").code == 1
    told = {"FORGELAKE_GHARCHIVE_URLS": f"{nowhere} {folder}", "FORGELAKE_LOG_LEVEL": "warning"}
    result = run("collect", "gharchive", *PERIOD, **told)
    assert result.code == 3
    assert f"there is no folder {tmp_path}/nowhere" in result.err
    assert f"there is no archive hour in {tmp_path}/hours" in result.err


def test_the_latest_hours_are_those_published_by_now(run: Run, mirror: Mirror) -> None:
    now = {"FORGELAKE_NOW": "2016-01-01T05:19:00Z", "FORGELAKE_GHARCHIVE_URLS": mirror.url}
    assert run("collect", "gharchive", "--last", "3h", **now).code == 3
    asked = [request.path for request in mirror.requests if request.path != "/"]
    assert asked == [f"/2016-01-01-{hour}.json.gz" for hour in (1, 2, 3)]


def test_the_whole_archive_begins_in_2011(run: Run, mirror: Mirror) -> None:
    now = {"FORGELAKE_NOW": "2011-02-12T03:30:00Z", "FORGELAKE_GHARCHIVE_URLS": mirror.url}
    assert run("collect", "gharchive", "--backfill", **now).code == 3
    asked = [request.path for request in mirror.requests if request.path != "/"]
    assert asked == [f"/2011-02-12-{hour}.json.gz" for hour in (0, 1, 2)]


def test_more_days_than_the_archive_has_are_the_whole_archive(run: Run, folder: str) -> None:
    now = {"FORGELAKE_NOW": "2011-02-12T03:30:00Z", "FORGELAKE_GHARCHIVE_URLS": folder}
    result = run("collect", "gharchive", "--last", "99999999999999d", **now)
    assert result.code == 3
    assert "2011-02-12T00 to 2011-02-12T02: 0 of 3 hours received" in result.err


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--from", "2016-01-01T03", "--to", "2016-01-01T01"], "--from 2016-01-01T03 is after --to 2016-01-01T01"),
        (["--from", "2016-13-01"], '"2016-13-01" is not an hour in UTC; write it like 2016-01-01T01'),
        (["--from", "2010-01-01", "--to", "2010-01-02"], "the archive runs from 2011-02-12T00 to 2016-01-31T23"),
        (["--from", "2016-02-01T05"], "the archive runs from 2011-02-12T00 to 2016-01-31T23"),
        (["--to", "2016-01-01"], "give one period"),
        (["--from", "2016-01-01", "--last", "3h"], "give one period"),
        (["--from", "2016-01-01", "--backfill"], "give one period"),
        (["--backfill", "--last", "7d"], "give one period"),
        (["--last", "3"], '"3" is no number of hours or days; write it like 24h or 7d'),
        (["--last", "0h"], '"0h" is no number'),
        (["--last", "-1h"], ""),
        (["--last", "3 h"], '"3 h" is no number'),
        (["--last", "1.5d"], '"1.5d" is no number'),
        (["--from", "2016-01-01", "--workers", "-1"], "--workers -1 is no number of processes"),
        (["--workers", "many"], "many"),
        (["--form", "2016-01-01"], "--form"),
        (["2016-01-01"], "2016-01-01"),
    ],
)
def test_wrong_use_is_exit_code_2_and_says_what_is_right(
    run: Run, folder: str, arguments: list[str], told: str
) -> None:
    result = run("collect", "gharchive", *arguments, FORGELAKE_GHARCHIVE_URLS=folder)
    assert (result.code, result.out) == (2, "")
    assert told in result.err
    assert "Traceback" not in result.err


@pytest.mark.parametrize(
    "arguments", [["colect"], ["collect", "github"], ["--no-such-flag"], ["sql"], ["sql", "1", "2"]]
)
def test_an_unknown_command_or_flag_is_exit_code_2(run: Run, arguments: list[str]) -> None:
    result = run(*arguments)
    assert (result.code, result.out) == (2, "")
    assert result.err.strip()


@pytest.mark.parametrize(
    ("variables", "told"),
    [
        ({"FORGELAKE_GHARCHIVE_URL": "x"}, 'did you mean "FORGELAKE_GHARCHIVE_URLS"?'),
        ({"FORGELAKE_GHARCHIVE_URLS": "ftp://somewhere/"}, "is not an origin; write"),
        ({"FORGELAKE_NOW": "yesterday"}, "write an ISO instant"),
        ({"FORGELAKE_HOME": "/dev/null"}, "name another one"),
        ({"FORGELAKE_HOME": "what?#"}, "must not hold # or ?"),
        ({"FORGELAKE_CATALOG_URL": "postgresql://me:hidden@127.0.0.1:1/lake"}, "catalog.url"),
        ({"FORGELAKE_STATE_URL": "postgresql://me:hidden@127.0.0.1:1/lake"}, "state"),
    ],
)
def test_a_wrong_setting_is_exit_code_2_and_tells_no_secret(run: Run, variables: dict[str, str], told: str) -> None:
    result = run("collect", "gharchive", "--last", "1h", **variables)
    assert result.code == 2
    assert told in result.err
    assert "hidden" not in result.err
    assert "Traceback" not in result.err
