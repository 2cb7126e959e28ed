"""``forgelake collect repos`` and ``collect stars`` as a person or a script meets them, and ``forgelake github``."""

import json

import pytest

from tests.cli.conftest import Run
from tests.servers.github import GitHub


@pytest.fixture
def variables(github: GitHub) -> dict[str, str]:
    github.repo("octo/cat").stars = 42
    return {
        "FORGELAKE_GITHUB_API_URL": github.url,
        "FORGELAKE_GITHUB_TOKEN": "secret",
        "FORGELAKE_GITHUB_REPOS": "octo/cat",
        # The server goes by the real clock, so the lake has to.
        "FORGELAKE_NOW": "",
    }


def test_a_snapshot_is_taken_and_can_be_read(run: Run, variables: dict[str, str]) -> None:
    ended = run("collect", "repos", **variables)
    assert (ended.code, ended.out) == (0, "")
    assert ended.err.startswith("2 slices landed with 4 requests; this run committed 2 slices with 4 rows")
    answer = run("sql", "SELECT repo_name, stars FROM repo_snapshots", "--format", "json", **variables)
    assert json.loads(answer.out) == [{"repo_name": "octo/cat", "stars": 42}]
    again = run("collect", "repos", **variables)
    assert again.err.startswith("0 slices landed with 0 requests")


def test_stars_are_collected_and_rebuilt_from_landing(run: Run, variables: dict[str, str]) -> None:
    assert run("collect", "stars", **variables).code == 0
    count = ("sql", "SELECT count(*) AS rows FROM star_days", "--format", "json")
    before = json.loads(run(*count, **variables).out)
    rebuilt = run("rebuild", **variables)
    assert "1 daily slices with" in rebuilt.err
    assert json.loads(run(*count, **variables).out) == before
    assert before[0]["rows"] > 365


def test_what_cannot_be_had_is_said_and_ends_with_three(run: Run, variables: dict[str, str]) -> None:
    variables["FORGELAKE_GITHUB_REPOS"] = "octo/cat octo/gone"
    ended = run("collect", "repos", **variables)
    assert ended.code == 3
    assert "not collected: octo/gone: GitHub does not show it (404)" in ended.err


def test_budgets_costs_and_the_end_of_tokens_are_shown(run: Run, github: GitHub, variables: dict[str, str]) -> None:
    github.expiry = "2099-12-24 10:00:00 UTC"
    run("collect", "repos", **variables)
    budgets = json.loads(run("github", "--format", "json", **variables).out)
    shown = {row["resource"]: (row["allowance"], row["left"], str(row["expires_at"])[:10]) for row in budgets}
    assert shown["core"] == (5000, 4999, "2099-12-24")
    assert shown["graphql"] == (5000, 4997, "2099-12-24")
    costs = json.loads(run("github", "--show", "costs", "--format", "json", **variables).out)
    assert {(row["job"], row["resource"], row["points"]) for row in costs} == {
        ("collect repos", "core", 1),
        ("collect repos", "graphql", 3),
    }
    assert "secret" not in json.dumps([budgets, costs])
    assert run("github", "--show", "costs", "--days", "0", **variables).code == 2


def test_nothing_to_collect_is_wrong_use(run: Run, variables: dict[str, str]) -> None:
    del variables["FORGELAKE_GITHUB_REPOS"]
    ended = run("collect", "repos", **variables)
    assert ended.code == 2
    assert "name some of github.repos, owners, topics and searches" in ended.err
