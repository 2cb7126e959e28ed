"""A mistake in a definition is told with file, line, the bad value and the good ones."""

from pathlib import Path

import pytest

from forgelake.metrics.definition import Metric
from forgelake.metrics.reading import read
from forgelake.metrics.yaml_file import DefinitionError
from tests.metrics.conftest import TEMPLATE, Write

LINES = TEMPLATE.splitlines()


def line(beginning: str) -> int:
    """The line of the template that begins so."""
    return next(number for number, text in enumerate(LINES, start=1) if text.strip().startswith(beginning))


def test_the_template_is_a_metric(write: Write) -> None:
    metric = read(write())
    assert isinstance(metric, Metric)
    assert (metric.kind, [column.name for column in metric.columns]) == ("series", ["bucket", "events"])
    assert metric.asked_in_sql == {"unit", "from", "to", "repo", "bots"}


MISTAKES = [
    ("kind: series", "kind: serie", "kind:", ['"serie"', "'series'", "'table'"]),
    ("unit: events", "unti: events", "unit:", ['there is no key "unti"; did you mean "unit"?']),
    ("[api-2011,", "[api-2010,", "eras:", ['"api-2010"', "'api-2011'"]),
    ("tables: [events]", "tables: [evnts]", "tables:", ['"evnts"; did you mean "events"?', "slices"]),
    ("{type: repo}", "{type: repositories}", "repo:", ['"repositories" is no type', "'repo'"]),
    ("default: d}", "default: fortnight}", "interval:", ['"fortnight"', "'h'"]),
    ("default: exclude}", "default: without}", "bots:", ['"without"', "include, exclude, only"]),
    ("additivity: sum}", "additivity: add}", "- {name: events", ['"add"', "'sum'"]),
    (", additivity: sum}", "}", "- {name: events", ["needs additivity", "sum, last, max"]),
    ("{name: bucket, kind: instant", "{name: bucket, kind: text", "- {name: bucket", ["first column of a series"]),
    ("created_at >= $from", "created_at >= $frm", "sql:", ['$frm is not declared; did you mean "from"?']),
    ("    AND ($repo IS NULL OR lower(repo_name) = lower($repo))\n", "", "sql:", ["$repo is declared and never used"]),
    ("y: {field: events", "y: {field: event", "chart:", ['there is no column "event"; did you mean "events"?']),
    ("repo: {type: repo}", "from: {type: repo}", "repo:", ['"from" is taken']),
    ("title: Title of the metric\n", "", "name:", ["title is missing"]),
    ("name: things", "name: thing", "name:", ['write "things" or rename the file']),
    ("repo: {type: repo}", "repo: {type: integer, default: 9, minimum: 1, maximum: 5}", "repo:", ['"9"', "1 to 5"]),
    ("fill: true", "fill: sometimes", "fill:", ['"sometimes"', "boolean"]),
    ("fill: true", "lookback: 90", "fill:", ["90 is wrong", "string"]),
    ("fill: true", "lookback: a month", "fill:", ['"a month"', "period"]),
    ("unit: events\n", "unit: events\nunit: days\n", "definition:", ["unit is there twice"]),
]


@pytest.mark.parametrize(
    ("old", "new", "where", "told"), MISTAKES, ids=[new.strip()[:30] or old.strip()[:30] for old, new, *_ in MISTAKES]
)
def test_a_mistake_is_told_with_its_line(write: Write, old: str, new: str, where: str, told: list[str]) -> None:
    path = write((old, new))
    with pytest.raises(DefinitionError) as raised:
        read(path)
    message = str(raised.value)
    assert any(text.startswith(f"{path}:{line(where)}: ") for text in message.splitlines()), message
    for words in told:
        assert words in message


def test_all_mistakes_are_told_at_once_in_the_order_of_the_file(write: Write) -> None:
    path = write(("kind: series", "kind: serie"), ("unit: events", "unit: 3"), ("[api-2011,", "[api-2010,"))
    with pytest.raises(DefinitionError) as raised:
        read(path)
    lines = [int(text.split(":")[1]) for text in str(raised.value).splitlines()]
    assert lines == [line("unit:"), line("eras:"), line("kind:")]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", ":1: the file is empty"),
        ("name: ]", ":1: this is not YAML"),
        ("a: b: c", ":1: this is not YAML"),
        ("- 1", ":1: "),
    ],
)
def test_what_is_no_definition_at_all(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "odd.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DefinitionError, match=f"odd.yaml{told}"):
        read(path)


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(DefinitionError, match=r"missing\.yaml: it cannot be read"):
        read(tmp_path / "missing.yaml")


def test_dollars_in_texts_and_comments_are_no_parameters(write: Write) -> None:
    changed = write(("GROUP BY ALL", "    AND actor_login <> '$x' -- $y\n  /* $z */ GROUP BY ALL"))
    assert "x" not in read(changed).asked_in_sql
