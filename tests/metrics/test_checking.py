"""Checking: a metric's own test file is run, and what differs is told with its line."""

from pathlib import Path

import pytest

from forgelake.metrics.checking import check, metric_files
from forgelake.metrics.new import create
from forgelake.model.errors import UsageError


@pytest.fixture
def made(tmp_path: Path) -> Path:
    """A new metric with its test."""
    return create("things", tmp_path)[0]


def changed(path: Path, old: str, new: str) -> Path:
    """A file with a text replaced."""
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return path


def beside(made: Path) -> Path:
    """Its test file."""
    return made.with_name("things.test.yaml")


def test_a_new_metric_passes_its_own_test(made: Path) -> None:
    checked = check(made)
    assert (checked.name, checked.cases, checked.problems) == ("things", 1, ())


@pytest.mark.parametrize(
    ("old", "new", "line", "told"),
    [
        ("events: 1}", "events: 2}", 9, "events is 1, expected 2"),
        ("events: null}", "events: 0}", 10, "events is None, expected 0"),
        ("T01:00:00Z, events: null", "T01:30:00Z, events: null", 10, "bucket is 2016-01-01T01:00:00+00:00, expected"),
        ("events: 0}", "evnts: 0}", 11, 'there is no column "evnts"; there are bucket, events'),
        ("    - {bucket: 2016-01-01T02:00:00Z, events: 0}\n", "", 8, "3 rows, expected 2"),
        ("repo_name: a/b", "repo: a/b", 4, 'events has no column "repo"; did you mean'),
        ("type: PushEvent, ", "", 4, "type is missing"),
        ("interval: h}", "interval: x}", 7, 'interval = "x" is wrong'),
        ("received: [2016-01-01T00", "received: [yesterday", 6, '"yesterday" is not an hour'),
        ("  parameters:", "  parameter:", 7, 'there is no key "parameter"'),
    ],
)  # fmt: skip
def test_a_difference_is_told_with_its_line(made: Path, old: str, new: str, line: int, told: str) -> None:
    path = changed(beside(made), old, new)
    problems = check(made).problems
    assert any(text.startswith(f"{path}:{line}: ") and told in text for text in problems), problems


def test_sql_that_does_not_run_is_told_with_its_line(made: Path) -> None:
    changed(made, "OR lower(repo_name) =", "OR lower(repo_nam) =")
    text = made.read_text(encoding="utf-8").splitlines()
    problem = check(made).problems[0]
    assert "repo_nam" in problem
    assert f"(line {next(n for n, line in enumerate(text, 1) if 'repo_nam)' in line)})" in problem


def test_an_example_that_cannot_be_asked_is_told(made: Path) -> None:
    changed(made, "interval: w}", "interval: w, limit: 3}")
    assert "limit" in check(made).problems[0]


def test_a_metric_without_a_test_does_not_pass(made: Path) -> None:
    beside(made).unlink()
    assert "things.test.yaml: there is no such test file" in check(made).problems[0]


def test_test_files_are_no_definitions(made: Path) -> None:
    assert metric_files([made.parent]) == [made]
    assert metric_files([made, beside(made)]) == [made]


def test_nothing_is_written_over(made: Path) -> None:
    with pytest.raises(UsageError, match="exists; choose another name"):
        create("things", made.parent)
    with pytest.raises(UsageError, match="small letters"):
        create("Things!", made.parent)
    with pytest.raises(UsageError, match="forgelake itself has a metric events"):
        create("events", made.parent)
