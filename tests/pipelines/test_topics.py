"""Topics and searches: totals with their flag, the most starred beyond the cap, languages."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from forgelake.model.errors import ConfigurationError
from tests.pipelines.days import Days, days
from tests.pipelines.lakes import Lake

BORN = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture
def lakes(lake: Lake) -> Iterator[Days]:
    """A topic of 2,600 repositories, 1,500 of which have the same number of stars."""
    with days(lake, topics="lake", top_repos="1800") as opened:
        opened.github.per_minute = 10_000
        for number in range(2600):
            repo = opened.github.repo(f"octo/r{number}")
            repo.stars = 5000 - number if number < 600 else 7 if number < 2100 else 3
            repo.created_at = BORN + timedelta(days=number % 700)
            repo.languages = {"Python": 2, "Go": 1} if number % 2 else {"Go": 1}
        yield opened


def test_the_most_starred_are_found_beyond_the_cap(lakes: Days) -> None:
    assert lakes.collect().complete
    rows = sorted(lakes.rows("topic_repos"), key=lambda row: row["rank"])
    assert [row["rank"] for row in rows] == list(range(1, 1801))
    wanted = sorted(lakes.github.repos, key=lambda repo: (-repo.stars, repo.id))[:1800]
    assert [row["repo_id"] for row in rows] == [repo.id for repo in wanted]
    assert all(lakes.github.asked("/search/repositories"))


def test_totals_and_main_languages_are_counted(lakes: Days) -> None:
    lakes.collect(FORGELAKE_GITHUB_TOP_REPOS="10")
    counts = {row["language"]: (row["total"], row["is_incomplete"]) for row in lakes.rows("topic_counts")}
    assert counts == {None: (2600, False), "Python": (1300, False), "Go": (1300, False)}
    assert len(lakes.github.requests) == 3


def test_named_languages_are_counted_instead(lakes: Days) -> None:
    lakes.collect(FORGELAKE_GITHUB_TOP_REPOS="0", FORGELAKE_GITHUB_TOPIC_LANGUAGES="Go, Jupyter Notebook")
    counts = {row["language"]: row["total"] for row in lakes.rows("topic_counts")}
    assert counts == {None: 2600, "Go": 1300, "Jupyter Notebook": 0}
    assert lakes.rows("topic_repos") == []


def test_an_incomplete_search_says_so(lakes: Days) -> None:
    lakes.github.incomplete = {"lake"}
    lakes.collect(FORGELAKE_GITHUB_TOP_REPOS="10")
    assert {row["is_incomplete"] for row in lakes.rows("topic_counts")} == {True}


def test_searches_wait_for_their_own_limit(lakes: Days) -> None:
    lakes.github.searches = 2
    before = lakes.time.instant
    assert lakes.collect(FORGELAKE_GITHUB_TOP_REPOS="300").complete
    assert lakes.github.offences == []
    assert lakes.time.instant - before > timedelta(seconds=60)


def test_a_search_has_a_name_of_its_own(lakes: Days) -> None:
    lakes.tracked |= {"FORGELAKE_GITHUB_SEARCHES": "many=stars:>4990", "FORGELAKE_GITHUB_TOP_REPOS": "5"}
    assert lakes.collect().complete
    totals = {row["topic"]: row["total"] for row in lakes.rows("topic_counts") if row["language"] is None}
    assert totals == {"lake": 2600, "many": 10}
    with pytest.raises(ConfigurationError, match="which is a topic, too"):
        lakes.collect(FORGELAKE_GITHUB_SEARCHES="lake=stars:>1")
