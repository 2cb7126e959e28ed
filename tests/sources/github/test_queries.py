"""GraphQL, results that are still being computed, budgets by resource, and what answers say of the token."""

from datetime import UTC, datetime

import pytest

from forgelake.model.errors import RetryError
from forgelake.sources.github.answer import LimitedError
from forgelake.sources.github.client import ASKED_AGAIN, GithubClient, RefusedTokenError
from forgelake.sources.github.graphql import SNAPSHOT, found, resolving
from forgelake.sources.github.links import Api, last_page
from forgelake.sources.github.said import Said
from forgelake.state.database import State
from tests.servers.github import GitHub
from tests.servers.mirror import Fault
from tests.sources.github.conftest import Hands, connect

RATE_LIMITED = b'{"errors": [{"type": "RATE_LIMITED", "message": "API rate limit exceeded for user ID 1."}]}'


def said(body: bytes, status: int = 200) -> Said:
    return Said("api/graphql#1", status, datetime(2026, 9, 6, tzinfo=UTC), body)


def test_a_query_finds_repositories_by_name_and_says_which_it_did_not(client: GithubClient, github: GitHub) -> None:
    github.repo("octo/cat")
    answer = client.graphql(*resolving(["octo/cat", "octo/gone"]))
    data = found(said(answer.body))
    assert data.data["r0"]["databaseId"] == 1000
    assert data.data["r1"] is None
    assert data.errors == {("r1",): "Could not resolve to a Repository with the name 'octo/gone'."}


def test_points_are_counted_apart_and_what_a_query_cost_is_kept(
    client: GithubClient, github: GitHub, state: State
) -> None:
    ids = [github.repo(f"octo/r{number}").node_id for number in range(50)]
    client.graphql(SNAPSHOT, {"ids": ids})
    client.get(client.api.url("/repos/octo/r1"))
    client.note_costs("test", "2026-09-06")
    budgets = {row.resource: row.remaining for row in state.budgets.all_rows()}
    assert budgets == {"graphql": 4998, "core": 4999}
    costs = {row.resource: (row.requests, row.points) for row in state.tokens.costs("2026-09-06")}
    assert costs == {"graphql": (1, 2), "core": (1, 1)}


def test_a_limit_that_is_told_in_an_answer_of_status_200_is_a_limit(
    client: GithubClient, github: GitHub, hands: Hands
) -> None:
    reset = int(hands.instant.timestamp()) + 600
    headers = {
        "X-RateLimit-Remaining": "0", "X-RateLimit-Limit": "5000", "X-RateLimit-Resource": "graphql",
        "X-RateLimit-Reset": str(reset),
    }  # fmt: skip
    github.plan("/graphql", Fault(status=200, body=RATE_LIMITED, headers=headers))
    with pytest.raises(LimitedError) as limited:
        client.graphql(SNAPSHOT, {"ids": []})
    assert (limited.value.until - hands.instant).total_seconds() == 601
    asked = client.requests
    with pytest.raises(LimitedError):
        client.graphql(SNAPSHOT, {"ids": []})
    assert client.requests == asked
    assert client.get(client.api.url("/events")).status == 200


def test_being_refused_for_too_much_at_once_holds_for_every_resource(
    client: GithubClient, github: GitHub, hands: Hands
) -> None:
    github.per_minute, github.retry_after = 1, 30
    client.get(client.api.url("/events"))
    with pytest.raises(LimitedError):
        client.get(client.api.url("/search/repositories?q=topic:lake"))
    with pytest.raises(LimitedError):
        client.graphql(SNAPSHOT, {"ids": []})
    assert len(github.requests) == 2
    hands.move(61)
    assert client.graphql(SNAPSHOT, {"ids": []}).status == 200
    assert github.offences == []


def test_searches_have_a_limit_of_their_own(client: GithubClient, github: GitHub, hands: Hands) -> None:
    github.searches = 1
    search = client.api.url("/search/repositories?q=topic:lake")
    client.get(search)
    with pytest.raises(LimitedError):
        client.get(search)
    assert client.get(client.api.url("/events")).status == 200
    hands.move(61)
    assert client.get(search).status == 200


def test_what_is_still_being_computed_is_asked_for_again(client: GithubClient, github: GitHub, hands: Hands) -> None:
    github.repo("octo/cat")
    github.plan("/repos/octo/cat/languages", Fault(status=202, body=b"{}"), Fault(status=202, body=b"{}"))
    assert client.get(client.api.url("/repos/octo/cat/languages")).status == 200
    assert hands.slept == [1.0, 2.0]
    github.plan("/repos/octo/cat/languages", *(Fault(status=202, body=b"{}") for _ in range(ASKED_AGAIN)))
    with pytest.raises(RetryError, match="still being computed by GitHub"):
        client.get(client.api.url("/repos/octo/cat/languages"))


def test_the_permission_that_is_missing_is_told(client: GithubClient, github: GitHub) -> None:
    headers = {"X-Accepted-GitHub-Permissions": "administration=read"}
    github.plan("/repos/octo/cat/traffic/views", Fault(status=403, body=b"{}", headers=headers))
    answer = client.get(client.api.url("/repos/octo/cat/traffic/views"))
    assert (answer.status, answer.needs) == (403, "administration=read")


@pytest.mark.parametrize(
    ("told", "end"),
    [
        ("2026-12-24 10:00:00 UTC", datetime(2026, 12, 24, 10, tzinfo=UTC)),
        ("2026-12-24 10:00:00 +0100", datetime(2026, 12, 24, 9, tzinfo=UTC)),
        ("soon", None),
    ],
)
def test_the_end_of_the_token_is_kept(
    client: GithubClient, github: GitHub, state: State, told: str, end: datetime | None
) -> None:
    github.expiry = told
    client.get(client.api.url("/events"))
    client.note_costs("test", "2026-09-06")
    assert [row.expires_at for row in state.tokens.all_tokens()] == [end]


def test_a_refused_token_is_never_told(github: GitHub, state: State, hands: Hands) -> None:
    with connect(github, state, hands, token="ghp_very_secret") as client, pytest.raises(RefusedTokenError) as refused:
        client.graphql(SNAPSHOT, {"ids": []})
    assert "ghp_very_secret" not in str(refused.value)


@pytest.mark.parametrize(
    "body",
    [
        b"<html>",
        b"[]",
        b'{"data": null, "errors": [{"message": "Something went wrong while executing your query."}]}',
        b'{"message": "Not Found"}',
    ],
)
def test_an_answer_without_data_may_be_asked_for_again(body: bytes) -> None:
    with pytest.raises(RetryError):
        found(said(body))


def test_addresses_of_github_and_of_enterprise_servers() -> None:
    assert Api("https://api.github.com").graphql == "https://api.github.com/graphql"
    assert Api("https://git.example.org/api/v3").graphql == "https://git.example.org/api/graphql"
    links = '<https://api.github.com/x?page=2>; rel="next", <https://api.github.com/x?a=b&page=7>; rel="last"'
    assert (last_page(links), last_page("")) == (7, None)
