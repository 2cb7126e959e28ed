"""``forgelake collect events`` as a person or a script meets it."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.cli.processes import fresh
from tests.pipelines.lakes import QUICK
from tests.servers.github import GitHub


@pytest.fixture
def variables(github: GitHub) -> dict[str, str]:
    github.happen(*(github.push() for _ in range(120)))
    return {"FORGELAKE_GITHUB_API_URL": github.url, "FORGELAKE_GITHUB_TOKEN": "secret"}


def test_the_public_timeline_is_polled_for_a_time_and_answers(
    run: Run, github: GitHub, variables: dict[str, str], tmp_path: Path
) -> None:
    ended = fresh(["collect", "events", "--for", "1s"], {**QUICK, **variables}, tmp_path)
    assert (ended.code, ended.out) == (0, "")
    assert ended.err.startswith("1 answer, 1 of them with something new: 120 events; this run committed 1 poll with")
    assert [request.path for request in github.requests] == ["/events?per_page=100", "/events?per_page=100&page=2"]
    sql = "SELECT count(*) AS rows, min(sources[1]) LIKE 'github:%/events' AS named FROM events"
    answer = run("sql", sql, "--format", "json", **variables)
    assert json.loads(answer.out) == [{"rows": 120, "named": True}]


def test_what_was_lost_or_cannot_be_had_is_said_and_ends_with_three(
    run: Run, github: GitHub, variables: dict[str, str]
) -> None:
    github.poll_interval = 0
    variables["FORGELAKE_GITHUB_REPOS"] = "octo/gone"
    first = run("collect", "events", "--for", "1s", FORGELAKE_GITHUB_POLL_SECONDS="2", **variables)
    assert first.code == 3
    assert "not polled: repository octo/gone: there is none, or it is private; correct github.repos" in first.err
    github.happen(*(github.push() for _ in range(301)))
    second = run("collect", "events", "--for", "1s", FORGELAKE_GITHUB_EVENTS="public", **variables)
    assert second.code == 3
    assert "lost: public timeline: the timeline moved on faster than it was polled" in second.err
    sql = "SELECT status, reason FROM slices WHERE source = 'github' AND status = 'missing' ORDER BY name"
    told = json.loads(run("sql", sql, "--format", "json", **variables).out)
    assert [one["status"] for one in told] == ["missing", "missing"]
    runs = json.loads(run("runs", "--format", "json", **variables).out)
    assert [(one["job"], one["status"]) for one in runs] == [("collect events", "done_with_gaps")] * 2
    assert "secret" not in json.dumps(runs)


@pytest.mark.parametrize("text", ["5", "m", "0s", "5w", "-1m"])
def test_a_time_that_is_none_is_refused(run: Run, text: str) -> None:
    ended = run("collect", "events", f"--for={text}")
    assert ended.code == 2
    assert "write it like 90s, 5m, 2h or 1d" in ended.err


def test_an_api_that_cannot_be_reached_is_told(run: Run) -> None:
    ended = run(
        "collect", "events", "--for", "1s", FORGELAKE_GITHUB_API_URL="http://127.0.0.1:9", FORGELAKE_HTTP_ATTEMPTS="2"
    )
    assert ended.code == 1
    assert "http://127.0.0.1:9/events failed: ConnectError" in ended.err


def test_polls_are_made_again_from_landing(run: Run, variables: dict[str, str]) -> None:
    run("collect", "events", "--for", "1s", **variables)
    again = run("rebuild", **variables)
    assert "1 poll with 120 events" in again.err
    assert run("sql", "SELECT count(*) FROM events", "--format", "csv", **variables).out.split() == [
        "count_star()",
        "120",
    ]
