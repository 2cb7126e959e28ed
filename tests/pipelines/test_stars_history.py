"""``collect stars``: the retained history, day by day, with its revisions."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest

from forgelake.model.slices import SliceStatus
from tests.pipelines.days import FIRST, STARS, Days, days
from tests.pipelines.lakes import Lake


@pytest.fixture
def cat(lake: Lake) -> Iterator[Days]:
    with days(lake, repos="octo/cat") as opened:
        repo = opened.github.repo("octo/cat")
        repo.created_at = datetime(2024, 1, 3, tzinfo=UTC)
        repo.star_days = {date(2024, 1, 3): 2, date(2025, 6, 1): 5, FIRST - timedelta(days=1): 3, FIRST: 1}
        yield opened


def held(opened: Days, day: date) -> dict[date, int]:
    rows = [row for row in opened.rows("star_days") if row["day"] == day]
    assert len({row["star_day"] for row in rows}) == len(rows)
    return {row["star_day"]: row["stars"] for row in rows}


def test_the_whole_history_comes_at_first_with_days_without_stars(cat: Days) -> None:
    assert cat.collect(STARS).complete
    found = held(cat, FIRST)
    assert {day: stars for day, stars in found.items() if stars} == cat.github.repo("octo/cat").star_days
    assert (min(found), max(found)) == (date(2023, 12, 31), FIRST)
    pages = cat.github.asked("/repos/octo/cat/stargazers/history")
    assert len(pages) == 5
    assert all("per_page=30" in page.path for page in pages)


def test_later_days_ask_for_the_newest_weeks_only_and_keep_every_revision(cat: Days) -> None:
    cat.collect(STARS)
    asked = len(cat.github.requests)
    cat.github.repo("octo/cat").star_days[FIRST - timedelta(days=1)] = 1
    cat.next()
    assert cat.collect(STARS).complete
    assert len(cat.github.requests) - asked == 1
    yesterday = FIRST - timedelta(days=1)
    assert (held(cat, FIRST)[yesterday], held(cat, FIRST + timedelta(days=1))[yesterday]) == (3, 1)
    assert len(held(cat, FIRST + timedelta(days=1))) < len(held(cat, FIRST))


def test_after_a_day_that_was_missed_the_whole_history_comes_again(cat: Days) -> None:
    cat.collect(STARS)
    cat.next()
    cat.next()
    cat.github.repo("octo/cat").star_days[date(2024, 1, 3)] = 1
    cat.collect(STARS)
    assert held(cat, FIRST + timedelta(days=2))[date(2024, 1, 3)] == 1


def test_a_history_that_is_not_told_is_a_gap(cat: Days) -> None:
    cat.collect(STARS)
    cat.github.repo("octo/cat").deleted = True
    cat.next()
    gathered = cat.collect(STARS)
    assert "GitHub does not tell its stars (404)" in gathered.faults[0][1]
    assert cat.statuses("stars") == [SliceStatus.RECEIVED, SliceStatus.MISSING]
