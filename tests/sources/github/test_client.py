"""The client: what every request says, what costs nothing, and limits that are kept to exactly."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
from pydantic import SecretStr

from forgelake.model.errors import ConfigurationError, RetryError, SkipError
from forgelake.settings.github import GithubSettings
from forgelake.sources.github.answer import LimitedError
from forgelake.sources.github.client import API_VERSION, GithubClient
from forgelake.sources.github.limits import is_limited
from forgelake.sources.github.links import CORE, Api
from forgelake.sources.github.token import Token
from forgelake.state.database import State
from forgelake.transport.exchange import Exchange
from forgelake.transport.urls import next_page
from tests.servers.github import Budget, GitHub
from tests.servers.mirror import Fault, Mirror
from tests.sources.github.conftest import Hands, connect


def test_every_request_names_version_agent_and_token(client: GithubClient, github: GitHub) -> None:
    client.get(f"{github.url}/events")
    [request] = github.requests
    assert request.headers["x-github-api-version"] == API_VERSION
    assert request.headers["accept"] == "application/vnd.github+json"
    assert request.headers["user-agent"] == "forgelake"
    assert request.headers["authorization"] == "Bearer secret"


def test_what_is_kept_is_asked_for_with_its_etag_and_costs_nothing(client: GithubClient, github: GitHub) -> None:
    github.happen(github.push())
    url = f"{github.url}/events"
    first = client.get(url, conditional=True)
    assert client.get(url, conditional=True).status == 200, "nothing was kept yet"
    client.keep(first)
    again = client.get(url, conditional=True)
    assert (again.status, again.body) == (304, b"")
    assert github.tokens["secret"].used == 2
    client.keep(again)
    assert client.get(url, conditional=True).status == 304


def test_etags_are_kept_for_each_token(client: GithubClient, github: GitHub, state: State, hands: Hands) -> None:
    client.keep(client.get(f"{github.url}/events", conditional=True))
    with connect(github, state, hands, "") as nobody:
        assert nobody.get(f"{github.url}/events", conditional=True).status == 200
    assert "if-none-match" not in github.requests[-1].headers


def test_a_token_stands_nowhere(client: GithubClient, github: GitHub, tmp_path: Path) -> None:
    github.happen(github.push())
    client.keep(client.get(f"{github.url}/events"))
    assert "secret" not in repr(Token("secret"))
    assert client.budget().token == Token("secret").mark
    files = [file for file in tmp_path.rglob("*") if file.is_file()]
    assert files
    assert not any(b"secret" in file.read_bytes() for file in files)


def test_a_spent_budget_is_known_before_asking_again_even_after_a_restart(
    client: GithubClient, github: GitHub, state: State, hands: Hands
) -> None:
    github.tokens["secret"] = Budget(2)
    url = f"{github.url}/events"
    for _ in range(2):
        client.get(url)
    hands.move(600)
    with connect(github, state, hands) as restarted:
        with pytest.raises(LimitedError) as limited:
            restarted.get(url)
        assert len(github.requests) == 2
        assert limited.value.until == hands.now() + timedelta(seconds=3001)
        hands.move(3001)
        assert restarted.get(url).status == 200


def test_a_wrong_clock_on_our_side_does_no_harm(github: GitHub, state: State) -> None:
    slow = Hands()
    slow.move(-86_400)
    github.tokens["secret"] = Budget(1)
    with connect(github, state, slow) as client:
        client.get(f"{github.url}/events")
        assert client.free_at(1, slow.now()) == slow.now() + timedelta(seconds=3601)


def test_retry_after_is_kept_to(client: GithubClient, github: GitHub, hands: Hands) -> None:
    url = f"{github.url}/events"
    for headers, seconds in (({"Retry-After": "90"}, 90), ({"Retry-After": "Sun, 06 Sep 2026 12:03:30 GMT"}, 120)):
        github.plan("/events", Fault(status=429, headers=headers, body=b"{}"))
        with pytest.raises(LimitedError) as limited:
            client.get(url)
        assert limited.value.until == hands.now() + timedelta(seconds=seconds)
        with pytest.raises(LimitedError):
            client.get(url)
        hands.move(seconds)
    assert client.get(url).status == 200
    assert len(github.requests) == 3


def test_a_secondary_limit_without_a_time_is_waited_for_longer_each_time(
    client: GithubClient, github: GitHub, hands: Hands
) -> None:
    waits = []
    body = b'{"message": "You have exceeded a secondary rate limit. Please wait a few minutes."}'
    github.plan("/events", *[Fault(status=403, body=body)] * 8)
    for _ in range(8):
        with pytest.raises(LimitedError) as limited:
            client.get(f"{github.url}/events")
        waits.append((limited.value.until - hands.now()).total_seconds())
        hands.instant = limited.value.until
    assert waits == [60, 120, 240, 480, 960, 1920, 3600, 3600]
    assert client.get(f"{github.url}/events").status == 200
    assert client.budget().refusals == 0


def test_a_missing_permission_is_no_limit(client: GithubClient, github: GitHub) -> None:
    body = b'{"message": "Resource not accessible by personal access token"}'
    github.plan("/events", Fault(status=403, body=body))
    answer = client.get(f"{github.url}/events")
    assert (answer.status, answer.message) == (403, "Resource not accessible by personal access token")


def test_a_refused_token_is_said_with_what_to_do(github: GitHub, state: State, hands: Hands) -> None:
    with connect(github, state, hands, "stolen") as client, pytest.raises(ConfigurationError) as refused:
        client.get(f"{github.url}/events")
    assert "FORGELAKE_GITHUB_TOKEN" in str(refused.value)
    assert "stolen" not in str(refused.value)


def test_redirects_are_followed_within_the_api_and_no_further(
    client: GithubClient, github: GitHub, mirror: Mirror
) -> None:
    github.happen(github.push())
    github.rename("octo/cat", "octo/lynx")
    answer = client.get(f"{github.url}/repos/octo/cat/events?per_page=100")
    number = github.repo("octo/lynx").id
    assert answer.status == 200
    assert answer.moved_to == answer.url == f"{github.url}/repositories/{number}/events?per_page=100"
    for target in (f"{mirror.url}/events", "/events"):
        github.plan("/events", *[Fault(status=302, headers={"Location": target})] * 5)
        with pytest.raises(SkipError, match="in circles, or to another host"):
            client.get(f"{github.url}/events")
        github._faults.clear()
    assert mirror.requests == []


@pytest.mark.parametrize("fault", [Fault(status=503), Fault(cut_after=20), Fault(refuse=True)])
def test_passing_faults_are_tried_again_and_lasting_ones_told(
    client: GithubClient, github: GitHub, hands: Hands, fault: Fault
) -> None:
    github.happen(github.push())
    github.plan("/events", fault, fault)
    assert client.get(f"{github.url}/events").status == 200
    github.plan("/events", fault, fault, fault)
    with pytest.raises(RetryError, match="given up after 3 attempts"):
        client.get(f"{github.url}/events")
    assert len(hands.slept) == 4


def test_links_stay_within_the_api() -> None:
    api = Api("http://here:1/v3")
    assert api.name == "here:1/v3"
    assert Api("https://user:password@here").name == "here"
    here, second = "http://here:1/v3/events", "http://here:1/v3/events?page=2"
    header = '<https://x/?page=1>; rel="prev", <{}>; rel="next", <https://x>; rel="last"'
    for link in (
        second,
        "https://api.github.com/events?page=2",
        "/v3/events?page=2",
        "http://there:2/v3/events?page=2",
    ):
        assert next_page(api.base, header.format(link), here) == second
    assert next_page(api.base, '<https://x>; rel="last"', here) is None
    assert api.own("https://api.github.com/events?page=2", here) == second
    for foreign in ("http://there/events", "http://here:1/v3.evil/events", "http://here:12/v3/events"):
        assert api.own(foreign, here) is None


def test_a_token_comes_from_a_variable_or_a_file(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("from-file\n")
    assert Token.of(GithubSettings(token_file=str(file))).secret == "from-file"
    assert Token.of(GithubSettings(token=SecretStr("given"), token_file=str(file))).secret == "given"
    assert Token.of(GithubSettings()).mark == "anonymous"
    with pytest.raises(ConfigurationError, match=r'"GH_TOKEN".*is not set'):
        Token.of(GithubSettings(token_env="GH_TOKEN"))
    with pytest.raises(ConfigurationError, match="cannot be read: No such file"):
        Token.of(GithubSettings(token_file=str(tmp_path / "none")))
    file.write_text("two words")
    with pytest.raises(ConfigurationError, match="holds no token"):
        Token.of(GithubSettings(token_file=str(file)))
    for bad in ("ghp\n1", "gh p1", "ghp\u00fc"):
        with pytest.raises(ConfigurationError, match="holds no token") as refused:
            Token.of(GithubSettings(token=SecretStr(bad)))
        assert bad not in str(refused.value)


# What api.github.com really answered.

LIMITED = ("API Rate Limit Exceeded", "abuse detection", "secondary rate limit")


def test_real_refusals_are_told_apart(exchanges: list[dict[str, Any]]) -> None:
    found = 0
    for one in exchanges:
        if one["status"] not in (403, 429) or one["edited"]:
            continue
        exchange = Exchange(one["url"], one["status"], httpx2.Headers(one["headers"]), one["body"].encode())
        assert is_limited(exchange) == any(words in one["body"] for words in LIMITED), one["url"]
        found += 1
    assert found > 5


def test_real_answers_of_timelines_are_read(
    exchanges: list[dict[str, Any]], client: GithubClient, github: GitHub
) -> None:
    found = 0
    for one in exchanges:
        path = one["url"].removeprefix("https://api.github.com").partition("?")[0]
        if one["status"] != 200 or not path.endswith("/events") or "/issues" in path:
            continue
        headers = {name: value for name, value in one["headers"].items() if name != "date"}
        github.plan(path, Fault(status=200, headers=headers, body=one["body"].encode()))
        answer = client.get(github.url + path)
        assert answer.body == one["body"].encode()
        assert answer.etag == one["headers"].get("etag")
        assert (answer.next_url or github.url).startswith(github.url)
        assert ("next" in one["headers"].get("link", "")) == (answer.next_url is not None)
        assert (answer.poll_after is not None) == ("x-poll-interval" in one["headers"])
        found += 1
    assert found > 10
    assert client.budget().resource == CORE


def test_what_a_wrong_clock_noted_blocks_nobody_for_ever(github: GitHub, state: State) -> None:
    fast, right = Hands(), Hands()
    fast.move(400 * 86_400)
    github.tokens["secret"] = Budget(1)
    with connect(github, state, fast) as client:
        client.get(f"{github.url}/events")
        assert client.free_at(1, fast.now()) > fast.now()
        assert client.free_at(1, right.now()) == right.now()
