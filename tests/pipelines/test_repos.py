"""``collect repos``: what a day's snapshot holds, by GraphQL and by REST, and what it costs."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest

from forgelake.model.errors import ConfigurationError
from forgelake.model.slices import SliceStatus
from forgelake.pipelines.daily.rebuild import rebuild_daily
from tests.pipelines.days import FIRST, Days, days
from tests.pipelines.lakes import Lake
from tests.servers.github_repos import Release
from tests.servers.mirror import Fault


@pytest.fixture
def one(lake: Lake) -> Iterator[Days]:
    with days(lake, repos="octo/cat") as opened:
        cat = opened.github.repo("octo/cat")
        cat.releases = [Release("v1", [10, 5]), Release("v2", [1], prerelease=True)]
        yield opened


@pytest.fixture(params=["graphql", "rest"])
def either(request: pytest.FixtureRequest, one: Days) -> Days:
    """By GraphQL, and by REST where there is none."""
    one.github.graphql = request.param == "graphql"
    return one


def test_a_snapshot_holds_what_github_says(either: Days) -> None:
    gathered = either.collect()
    assert (gathered.complete, gathered.faults, gathered.told) == (True, (), ())
    (row,) = either.rows()
    expected = {
        "day": FIRST, "repo_id": 1000, "repo_name": "octo/cat", "visibility": "public", "owner_login": "octo",
        "stars": 5, "forks": 2, "watchers": 3, "open_issues": 4, "open_pull_requests": 1, "size_kb": 120,
        "default_branch": "main", "language": "Python", "license": "Apache-2.0", "is_archived": False,
        "is_fork": False, "is_disabled": False, "topics": ["lake"], "release_count": 2, "release_downloads": 16,
        "community_health": 71,
    }  # fmt: skip
    assert {name: row[name] for name in expected} == expected
    assert row["source"] == f"github:snapshot/1000/{FIRST}@{either.github.url.removeprefix('http://')}"
    assert {one["language"]: one["bytes"] for one in either.rows("repo_languages")} == {"Python": 900, "Shell": 100}
    releases = {one["tag"]: (one["assets"], one["downloads"]) for one in either.rows("repo_releases")}
    assert releases == {"v1": (2, 15), "v2": (1, 1)}
    (state,) = either.rows("repo_states")
    assert (state["state"], state["repo_name"], state["former_name"]) == ("available", "octo/cat", None)


def test_a_second_run_of_the_day_asks_for_nothing(either: Days) -> None:
    either.collect()
    asked = len(either.github.requests)
    again = either.collect()
    assert again.complete
    assert len(either.github.requests) == asked
    assert len(either.rows()) == 1


def test_the_next_day_is_a_row_of_its_own_and_what_has_not_changed_costs_little(either: Days) -> None:
    either.collect()
    either.next()
    spent = either.spent()
    assert either.collect().complete
    assert either.spent() - spent == (1 if either.github.graphql else 1 + 0)
    first, second = sorted(either.rows(), key=lambda row: row["day"])
    assert (first["day"], second["day"]) == (FIRST, FIRST + timedelta(days=1))
    assert second["topics"] == ["lake"]
    languages = [(one["day"], one["language"]) for one in either.rows("repo_languages")]
    assert len(set(languages)) == 4
    assert len(either.rows("repo_states")) == 1


def test_without_a_token_rest_is_asked(one: Days) -> None:
    assert one.collect(FORGELAKE_GITHUB_TOKEN="").complete
    assert one.rows()[0]["watchers"] == 3
    assert one.github.asked("/graphql") == []


def test_what_changes_is_asked_for_anew(one: Days) -> None:
    one.collect()
    one.next()
    cat = one.github.repo("octo/cat")
    cat.stars, cat.releases[0].downloads, cat.topics = 6, [100], ["lake", "github"]
    one.collect()
    row = max(one.rows(), key=lambda row: row["day"])
    assert (row["stars"], row["release_downloads"], row["topics"]) == (6, 101, ["lake", "github"])


def test_long_lists_of_releases_come_whole(one: Days) -> None:
    one.github.repo("octo/cat").releases = [Release(f"v{number}", [1]) for number in range(150)]
    one.collect()
    (row,) = one.rows()
    assert (row["release_count"], row["release_downloads"]) == (150, 150)
    assert len(one.github.asked("/repos/octo/cat/releases")) == 2


def test_a_query_that_takes_too_long_is_halved(lake: Lake) -> None:
    names = [f"octo/r{number}" for number in range(12)]
    with days(lake, repos=" ".join(names)) as many:
        for name in names:
            many.github.repo(name)
        many.github.graphql_most = 4
        assert many.collect().complete
        assert len(many.rows()) == 12
        assert many.github.asked("/repositories/1000") == []


def test_owners_bring_all_their_repositories(lake: Lake) -> None:
    with days(lake, owners="octo") as owned:
        for number in range(130):
            owned.github.repo(f"octo/r{number}")
        owned.github.repo("other/r")
        assert owned.collect().complete
        assert len(owned.rows()) == 130
        assert len(owned.github.asked("/orgs/octo/repos")) == 2


def test_a_thousand_repositories_cost_less_than_two_hundred_points_and_unchanged_ones_less_than_sixty(
    lake: Lake,
) -> None:
    names = [f"octo/r{number}" for number in range(1000)]
    with days(lake, repos=" ".join(names)) as many:
        for name in names:
            many.github.repo(name).releases = [Release("v1", [number]) for number in range(3)]
        gathered = many.collect()
        assert gathered.complete
        assert gathered.counters.slices_done == 2000
        first = many.spent()
        many.next()
        assert many.collect().complete
        assert len(many.rows()) == 2000
        second = many.spent() - first
        # Traffic of 50 repositories takes four requests each, 200 in all.
        assert first + 200 < 400
        assert second < 60


def test_a_name_that_leads_nowhere_is_a_gap_with_its_reason(one: Days) -> None:
    one.tracked["FORGELAKE_GITHUB_REPOS"] = "octo/cat octo/gone"
    gathered = one.collect()
    assert not gathered.complete
    (fault,) = gathered.faults
    assert fault[0] == "octo/gone"
    assert "GitHub does not show it (404): deleted, or private to these tokens; correct github.repos" in fault[1]
    assert one.slices("snapshot")["octo/gone", FIRST].status is SliceStatus.MISSING
    assert one.slices("snapshot")["1000", FIRST].status is SliceStatus.RECEIVED


def test_nothing_to_collect_is_told(lake: Lake) -> None:
    with days(lake) as nothing, pytest.raises(ConfigurationError, match="name some of github"):
        nothing.collect()


def test_a_torn_body_and_a_bad_gateway_are_asked_for_again(one: Days) -> None:
    one.github.plan("/graphql", Fault(status=502), Fault(cut_after=20))
    one.github.graphql = True
    assert one.collect().complete
    assert one.rows()[0]["stars"] == 5


def test_rebuilding_from_landing_gives_the_same_rows(either: Days) -> None:
    either.collect()
    either.next()
    either.github.rename("octo/cat", "octo/dog")
    either.collect()
    tables = ("repo_snapshots", "repo_languages", "repo_releases", "repo_states")
    before = {name: either.lake.table(name) for name in tables}
    with either.lake.open() as context:
        counters = rebuild_daily(context, FIRST, date(2026, 12, 1))
    assert counters.slices_done >= 4
    assert {name: either.lake.table(name) for name in tables} == before
