"""Whatever can be answered from rollups has the same answer from the events, to the last digit."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forgelake.lake.rollups import ROLLUPS
from forgelake.metrics.answer import answer_from
from forgelake.metrics.binding import Bound, bind
from forgelake.metrics.catalogue import Catalogue
from forgelake.metrics.parameters import EVENT_TYPES
from forgelake.metrics.rolling import rolled, rolled_up
from forgelake.pipelines.context import Context
from forgelake.query.files import TableFiles
from forgelake.query.snapshot import Snapshot
from tests.metrics.library.plainly import YEARS, day

CATALOGUE = Catalogue.load()
ROLLED = (
    "activity_bursts", "bot_share", "change_request_acceptance_ratio", "change_request_closure_ratio",
    "commits_pushed", "events", "events_by_type", "issues_opened_closed", "new_repos",
    "pull_requests_opened_merged_closed", "punch_card",
)  # fmt: skip
"""The metrics of the library whose plain questions need no events."""


def plain(snapshot: Snapshot) -> Snapshot:
    """The same state of the lake, with rollups that hold nothing."""
    emptied = {one.table.name: TableFiles(one.table, ()) for one in ROLLUPS}
    return replace(snapshot, tables={**snapshot.tables, **emptied})


def ask(context: Context, name: str, given: Mapping[str, str]) -> Bound:
    """A question to the library, with those of the parameters that the metric has."""
    metric = CATALOGUE.get(name)
    known = {key: value for key, value in given.items() if key in ("from", "to", *metric.parameters)}
    return bind(metric, known, context.clock())


def assert_the_same(context: Context, bound: Bound) -> None:
    snapshot, now = context.lake.now(), context.clock()
    with_rollups, without = (answer_from(one, bound, now) for one in (snapshot, plain(snapshot)))
    assert with_rollups.table.equals(without.table)
    assert with_rollups.coverage == without.coverage


def test_these_metrics_are_answered_from_rollups() -> None:
    plain_questions = {one.name: dict.fromkeys(one.asked_in_sql) for one in CATALOGUE}
    words = {"unit": "hour", "bots": "exclude"}
    assert tuple(n for n, values in plain_questions.items() if rolled(CATALOGUE.get(n).sql, values | words)) == ROLLED


@pytest.mark.parametrize("name", ROLLED)
def test_a_metric_says_the_same_with_rollups_and_without(sample_lake: Context, name: str) -> None:
    for year in ("2012", "2015"):
        first = day(year).replace(day=1)
        period = {"from": f"{first:%Y-%m-%d}", "to": f"{first + timedelta(days=31):%Y-%m-01}"}
        bound = ask(sample_lake, name, period)
        assert rolled_up(sample_lake.lake.now(), bound) is not None
        assert_the_same(sample_lake, bound)


def _whole(at: datetime, unit: str) -> datetime:
    """The instant, or the begin of its hour, day or month."""
    if unit == "":
        return at + timedelta(minutes=17, microseconds=1)
    return at if unit == "hour" else at.replace(hour=0, day=1 if unit == "month" else at.day)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    name=st.sampled_from(ROLLED),
    year=st.sampled_from(YEARS),
    hours=st.tuples(*[st.integers(-24 * 40, 24 * 40)] * 2),
    units=st.tuples(*[st.sampled_from(("", "hour", "day", "month"))] * 2),
    interval=st.sampled_from("hdwmqy"),
    kind=st.sampled_from(("", *EVENT_TYPES)),
    bots=st.sampled_from(("include", "exclude", "only")),
)
def test_any_question_has_the_same_answer_from_rollups(  # noqa: PLR0913, PLR0917 - a question's parts
    sample_lake: Context,
    name: str,
    year: str,
    hours: tuple[int, int],
    units: tuple[str, str],
    interval: str,
    kind: str,
    bots: str,
) -> None:
    start, end = sorted(_whole(day(year) + timedelta(hours=at), unit) for at, unit in zip(hours, units, strict=True))
    period = {"from": start.isoformat(), "to": (end + timedelta(hours=1)).isoformat()}
    assert_the_same(sample_lake, ask(sample_lake, name, {**period, "interval": interval, "type": kind, "bots": bots}))
