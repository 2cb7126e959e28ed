"""Buckets by the UTC calendar, the same as SQL's."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forgelake.engines.duckdb import connect
from forgelake.metrics.intervals import INTERVALS, Interval

INSTANTS = st.datetimes(datetime(2008, 1, 1), datetime(2100, 1, 1)).map(lambda naive: naive.replace(tzinfo=UTC))  # noqa: DTZ001 - hypothesis wants naive bounds


@pytest.fixture(scope="module")
def boundaries() -> list[datetime]:
    """Instants around everything that calendars stumble over."""
    days = [
        "2011-12-31",
        "2012-02-29",
        "2016-02-28",
        "2018-12-31",
        "2020-12-28",
        "2021-01-03",
        "2024-03-31",
        "2027-01-01",
    ]
    return [datetime.fromisoformat(f"{day}T{time}+00:00") for day in days for time in ("00:00", "02:30", "23:59:59")]


@pytest.mark.parametrize("interval", list(Interval))
def test_buckets_begin_where_sql_begins_them(interval: Interval, boundaries: list[datetime]) -> None:
    with connect(extensions=("icu",)) as connection:
        sql = "SELECT list(epoch_us(date_trunc($unit, i)) ORDER BY i) FROM unnest($instants) AS t(i)"
        found = connection.execute(sql, {"unit": interval.unit, "instants": boundaries}).fetchall()[0][0]
    start = datetime(1970, 1, 1, tzinfo=UTC)
    assert [start + timedelta(microseconds=micros) for micros in found] == [
        interval.floor(i) for i in sorted(boundaries)
    ]


@settings(deadline=None)
@given(interval=st.sampled_from(Interval), start=INSTANTS, length=st.integers(1, 10_000))
def test_buckets_cover_a_period_without_holes_and_none_is_beside_it(
    interval: Interval, start: datetime, length: int
) -> None:
    end = start + timedelta(minutes=length)
    buckets = list(interval.buckets(start, end))
    assert buckets[0][0] <= start < buckets[0][1]
    assert buckets[-1][0] < end <= buckets[-1][1]
    assert all(before[1] == after[0] for before, after in pairwise(buckets))


def test_a_week_begins_on_monday_and_belongs_to_no_year() -> None:
    assert Interval.WEEK.floor(datetime(2016, 1, 1, tzinfo=UTC)) == datetime(2015, 12, 28, tzinfo=UTC)


@pytest.mark.parametrize(("text", "interval"), [("w", "w"), ("week", "w"), ("q", "q"), ("quarter", "q"), ("hour", "h")])
def test_every_interval_has_a_letter_and_a_word(text: str, interval: str) -> None:
    assert INTERVALS[text] is Interval(interval)
    assert len(INTERVALS) == 2 * len(Interval)
