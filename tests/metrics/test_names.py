"""Names are taken in any case, and a name that nothing was ever seen of is told."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
import sqlglot
from sqlglot import exp

from forgelake.metrics.answer import Answer, answer_from
from forgelake.metrics.binding import bind
from forgelake.metrics.case_lake import case_lake
from forgelake.metrics.cases import ENDING, Case, read_cases
from forgelake.metrics.catalogue import Catalogue
from forgelake.metrics.definition import Metric
from forgelake.metrics.parameters import REPO_IDS, NameParameter
from forgelake.metrics.values import as_text
from forgelake.query.days import about
from forgelake.state.tracked import TrackedRow, meant
from tests.engines.union import hours_read
from tests.metrics.conftest import NOW, at, hours

METRICS = Catalogue.load()
DAY = {"from": "2016-01-01", "to": "2016-01-02"}


def is_name(metric: Metric, parameter: str) -> bool:
    """Whether it is what a person or a repository is called, and no word of ours."""
    declared = metric.parameters.get(parameter)
    return isinstance(declared, NameParameter) and declared.type != "event_type"


@pytest.mark.parametrize("metric", [*METRICS], ids=lambda metric: metric.name)
def test_sql_compares_names_in_small_letters_on_both_sides(metric: Metric) -> None:
    for asked in sqlglot.parse_one(metric.sql, read="duckdb").find_all(exp.Placeholder):
        use = asked.parent
        if is_name(metric, asked.name) and not isinstance(use, exp.Is):
            assert isinstance(use, exp.Lower) or metric.name == "compare_activity"
            compared = use.parent if use else None
            if isinstance(compared, exp.EQ | exp.NEQ):
                assert isinstance(compared.left, exp.Lower)
                assert isinstance(compared.right, exp.Lower)


def lowered(metric: Metric, case: Case, given: dict[str, str]) -> list[dict[str, Any]]:
    """The rows, their texts in small letters: what is compared side by side is called as it was asked for."""
    received = list(hours_read(bind(metric, given, NOW))) if case.hours is None else case.hours
    with case_lake(case.events, received, case.rows) as snapshot:
        found = answer_from(snapshot, bind(metric, given, NOW), NOW).table.to_pylist()
    return [{name: v.lower() if isinstance(v, str) else v for name, v in row.items()} for row in found]


@pytest.mark.parametrize(
    "name", ["compare_activity", "compare_new", "pull_request_author_affinity", "stargazer_affinity", "topic_repos"]
)
def test_a_name_in_another_case_has_the_same_answer(name: str) -> None:
    metric = METRICS.get(name)
    case = read_cases(METRICS.file(name).with_name(name + ENDING))[1][0]
    given = {name: as_text(value) for name, value in case.parameters.items()}
    shouted = {name: text.upper() if is_name(metric, name) else text for name, text in given.items()}
    assert shouted != given
    asked = lowered(metric, case, given)
    assert asked
    assert lowered(metric, case, shouted) == asked


@pytest.mark.parametrize(
    "metric", [metric for metric in METRICS if REPO_IDS in metric.asked_in_sql], ids=lambda metric: metric.name
)
def test_a_name_from_before_the_period_has_the_same_answer(metric: Metric) -> None:
    case = read_cases(METRICS.file(metric.name).with_name(metric.name + ENDING))[1][0]
    rows = {name: [row for row in listed if row.get("repo_id")] for name, listed in case.rows.items()}
    first = next(row for listed in rows.values() for row in listed)
    parameter = "repos" if "repos" in metric.parameters else "repo"
    given = {name: as_text(value) for name, value in case.parameters.items()} | {parameter: first["repo_name"]}
    # The day before the tables that a metric of all time reads begins.
    earlier = {"day": date(2010, 1, 1), "taken_at": None, "repo_name": "octo/former"}
    before = {name: [{**first, **earlier}, *listed] for name, listed in rows.items()}
    answer = lowered(metric, case.model_copy(update={"rows": before}), given)
    assert answer
    assert lowered(metric, case.model_copy(update={"rows": before}), {**given, parameter: "octo/Former"}) == answer


def test_a_name_that_another_repository_took_stands_for_that_one() -> None:
    since = datetime(2016, 1, 1, tzinfo=UTC)
    tracked = [
        TrackedRow("snapshot", "1", "octo/tiger", since, former=("octo/cat", "octo/kitten")),
        TrackedRow("traffic", "1", "octo/cat", since, until=since),
        TrackedRow("snapshot", "2", "octo/Cat", since),
        TrackedRow("snapshot", "3", "octo/gone", since, until=since),
        TrackedRow("topic", "octo", "octo", since),
    ]
    asked = ("octo/cat", "octo/kitten", "OCTO/TIGER", "octo/gone", "octo/dog")
    assert [meant(tracked, [name]) for name in asked] == [{"2"}, {"1"}, {"1"}, {"3"}, set()]
    assert [row.title for row in about(tracked, "traffic", ["octo/tiger"])] == ["octo/cat"]


def told(metric: str, events: list[dict[str, Any]], **given: str) -> Answer:
    with case_lake(events, hours("2016-01-01T00", "2016-01-01T23")) as snapshot:
        return answer_from(snapshot, bind(METRICS.get(metric), {**DAY, **given}, NOW), NOW)


@pytest.mark.parametrize(
    ("metric", "given", "notes"),
    [
        ("events", {"repo": "A/B"}, []),
        ("events", {"repo": "a/bb"}, ['of the repository "a/bb"']),
        ("events", {"actor": "someone"}, []),
        ("events", {"actor": "noone", "org": "nowhere"}, ['of the account "noone"', 'of the organisation "nowhere"']),
        ("stars", {"repo": "a/b"}, []),
        ("compare_activity", {"repos": "a/b,x/y"}, ['of the repository "x/y"']),
        ("events", {}, []),
    ],
)
def test_a_name_that_no_event_has_is_told_and_one_that_is_quiet_is_not(
    metric: str, given: dict[str, str], notes: list[str]
) -> None:
    found = told(metric, [at("2016-01-01T05:00")], **given)
    assert sorted(note.partition(" is ")[2].partition(";")[0] for note in found.notes) == sorted(notes)
    assert all("no event between 2016-01-01T00:00Z and 2016-01-02T00:00Z" in note for note in found.notes)
    assert found.coverage.share == 1.0


STARS = {"source": "github:test@test", "repo_id": 1, "repo_name": "octo/cat", "day": date(2016, 1, 1), "stars": 3}


@pytest.mark.parametrize(
    ("given", "note"),
    [
        ({"repo": "Octo/Cat"}, ""),
        ({"repo": "octo/dog"}, '"octo/dog" is not tracked'),
    ],
)
def test_a_repository_that_is_not_tracked_is_told_and_its_coverage_has_no_share(
    given: dict[str, str], note: str
) -> None:
    bound = bind(METRICS.get("watchers"), {**DAY, **given}, NOW)
    with case_lake([], hours("2016-01-01T00"), {"repo_snapshots": [STARS]}) as snapshot:
        found = answer_from(snapshot, bound, datetime(2016, 1, 3, tzinfo=UTC))
    assert "".join(found.notes).startswith(note)
    assert bool(found.notes) is bool(note)
    assert found.coverage.share == (None if note else 1.0)


def test_where_nothing_is_tracked_an_answer_about_everything_says_so() -> None:
    found = told("watchers", [])
    assert "nothing is tracked" in "".join(found.notes)
    assert (found.coverage.expected, found.coverage.share) == (0, None)
