"""Questions: what is taken, what is refused and how it is told; nothing given ever becomes SQL."""

import contextlib
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forgelake.metrics.binding import MOST_BUCKETS, Bound, bind
from forgelake.metrics.definition import Metric
from forgelake.metrics.parameters import EVENT_TYPES
from forgelake.metrics.reading import read
from forgelake.metrics.values import ParameterError
from tests.metrics.conftest import NOW, Write, ask, at, hours

PARAMETERS = """parameters:
  interval: {type: interval, default: d}
  repo: {type: repo}
  org: {type: org}
  actor: {type: actor}
  type: {type: event_type}
  limit: {type: integer, default: 10, minimum: 1, maximum: 1000}
  half_life: {type: number, default: 14.0, minimum: 0.1, maximum: 365}
"""
USED = """    AND ($org IS NULL OR org_login = $org) AND ($actor IS NULL OR actor_login = $actor)
    AND ($type IS NULL OR type = $type) AND $limit > 0 AND $half_life > 0
  GROUP BY ALL"""
NAMES = ["interval", "repo", "org", "actor", "type", "limit", "half_life", "bots", "from", "to"]
ATTACKS = [
    "' OR 1=1 --",
    "a/b'; DROP TABLE events; --",
    'a/b" OR ""="',
    "$from",
    "a/b\0",
    "read_text('/etc/passwd')",
    "1; SELECT 1",
    "-1",
    "1e999",
    "nan",
    "٣",
    "1_0",
    "../../etc/passwd",
    "%00",
    "{{7*7}}",
    "\u202ea/b",
]


@pytest.fixture
def wide(write: Write) -> Metric:
    """A metric with a parameter of every kind."""
    return read(
        write(
            ("parameters:\n  interval: {type: interval, default: d}\n  repo: {type: repo}\n", PARAMETERS),
            ("  GROUP BY ALL", USED),
        )
    )


def bound(metric: Metric, **given: str) -> Bound:
    """A question; ``from`` is written ``from_``."""
    return bind(metric, {name.rstrip("_"): value for name, value in given.items()}, NOW)


def refused(metric: Metric, **given: str) -> ParameterError:
    """The error that a question gets."""
    with pytest.raises(ParameterError) as raised:
        bound(metric, **given)
    return raised.value


def test_without_a_period_it_is_the_thirty_days_to_the_last_whole_hour(wide: Metric) -> None:
    asked = bound(wide)
    assert (asked.end, asked.start) == (datetime(2026, 6, 2, 12, tzinfo=UTC), datetime(2026, 5, 3, 12, tzinfo=UTC))
    hourly = bound(wide, interval="h")
    assert hourly.end - hourly.start == timedelta(days=2)
    assert asked.values == {
        "repo": None, "org": None, "actor": None, "type": None, "limit": 10, "half_life": 14.0, "bots": "exclude"
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2016-01-31", datetime(2016, 1, 31, tzinfo=UTC)),
        ("2016-01-31T13", datetime(2016, 1, 31, 13, tzinfo=UTC)),
        ("2016-01-31T13Z", datetime(2016, 1, 31, 13, tzinfo=UTC)),
        ("2016-01-31T13:30:00Z", datetime(2016, 1, 31, 13, 30, tzinfo=UTC)),
        ("2016-01-31 13:30", datetime(2016, 1, 31, 13, 30, tzinfo=UTC)),
        ("2016-03-27T02:30:00+02:00", datetime(2016, 3, 27, 0, 30, tzinfo=UTC)),
        ("2015-12-31T22:00:00-08:00", datetime(2016, 1, 1, 6, tzinfo=UTC)),
    ],
)
def test_a_date_is_its_midnight_in_utc_and_offsets_are_heeded(wide: Metric, text: str, instant: datetime) -> None:
    assert bound(wide, from_=text, to="2017-01-01").start == instant


@pytest.mark.parametrize(
    "text", ["2016", "20160131", "2016-13-01", "yesterday", "2016-02-30", "1999-01-01", "2016-01-31T25", "1451606400"]
)
def test_what_is_no_date_is_refused(wide: Metric, text: str) -> None:
    error = refused(wide, from_=text)
    assert (error.parameter, error.value) == ("from", text)
    assert "2016-01-31" in error.good or "2008-01-01" in error.good


def test_an_empty_or_backward_period_is_refused(wide: Metric) -> None:
    assert refused(wide, from_="2016-01-02", to="2016-01-02").parameter == "to"
    assert refused(wide, from_="2030-01-01").parameter == "from"


@pytest.mark.parametrize(
    ("name", "text", "good"),
    [
        ("repo", "linux", "owner/name"),
        ("org", "a b", "a login"),
        ("actor", "x[bot", "a login"),
        ("type", "PushEvnt", "PushEvent"),
        ("limit", "0", "from 1 to 1000"),
        ("limit", "2.5", "whole number"),
        ("half_life", "1e9", "from 0.1 to 365"),
        ("bots", "no", "include, exclude, only"),
        ("interval", "fortnight", "w (week)"),
    ],
)
def test_a_wrong_value_is_told_with_the_good_ones(wide: Metric, name: str, text: str, good: str) -> None:
    error = refused(wide, **{name: text})
    assert (error.parameter, error.value) == (name, text)
    assert good in error.good
    assert text in str(error)


def test_an_unknown_parameter_is_told_with_the_nearest(wide: Metric) -> None:
    error = refused(wide, limt="3")
    assert 'did you mean "limit"?' in str(error)
    assert "half_life" in error.good


def test_a_required_parameter_has_to_be_given(write: Write) -> None:
    metric = read(write(("repo: {type: repo}", "repo: {type: repo, required: true}")))
    assert refused(metric).parameter == "repo"
    assert refused(metric, repo=" ").parameter == "repo"
    assert bound(metric, repo="a/b").values["repo"] == "a/b"


def test_more_buckets_than_anyone_reads_are_refused(wide: Metric) -> None:
    assert refused(wide, from_="2011-01-01", to="2026-01-01", interval="h").parameter == "interval"
    start = datetime(2016, 1, 1, tzinfo=UTC)
    most = start + timedelta(hours=MOST_BUCKETS)
    assert len(list(bound(wide, from_="2016-01-01", to=most.isoformat(), interval="h").buckets)) == MOST_BUCKETS


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_is_refused_or_is_a_plain_value(wide: Metric, name: str, attack: str) -> None:
    given = {"from": "2016-01-01", "to": "2016-01-02", name: attack}
    with contextlib.suppress(ParameterError):
        assert bind(wide, given, NOW).values[name] == attack


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(name=st.sampled_from(NAMES), text=st.text())
def test_any_text_is_refused_or_is_a_value_of_its_kind(wide: Metric, name: str, text: str) -> None:
    kinds = {"limit": int, "half_life": float}
    with contextlib.suppress(ParameterError):
        asked = bind(wide, {name: text}, NOW)
        assert asked.start < asked.end
        assert all(isinstance(value, kinds.get(of, str | None)) for of, value in asked.values.items())
        assert asked.values["type"] in (None, *EVENT_TYPES)
        assert asked.values["bots"] in ("include", "exclude", "only")


def test_text_that_looks_like_sql_finds_nothing_and_changes_nothing(wide: Metric) -> None:
    rows = [at("2016-01-01T00:10"), at("2016-01-01T00:20", repo_name="a/--")]
    period = {"from_": "2016-01-01T00", "to": "2016-01-01T01", "interval": "h"}
    received = hours("2016-01-01T00")
    assert ask(wide, rows, received, repo="a/--", **period).table["events"].to_pylist() == [1]
    assert ask(wide, rows, received, repo="a/_", **period).table["events"].to_pylist() == [0]
    assert ask(wide, rows, received, **period).table["events"].to_pylist() == [2]
