"""Who may ask, how often, and what is kept of it."""

import time
from collections.abc import Iterator

import pytest

from forgelake.accounts.keys import Keys
from forgelake.model.errors import ConfigurationError
from forgelake.settings.loading import load
from forgelake.web.server import check_exposure
from tests.pipelines.lakes import Lake
from tests.web.conftest import Serving
from tests.web.serving import DAY, bearer, problem

EVENTS = "/metrics/events/data"


@pytest.fixture(scope="module")
def closed(day: Lake) -> Iterator[Serving]:
    """A server that nobody may read from without a key."""
    with Serving(day, {"FORGELAKE_API_ANONYMOUS": "never"}) as serving:
        yield serving


@pytest.fixture(scope="module")
def strict(day: Lake) -> Iterator[Serving]:
    """A server that lets an address ask three times a minute, and a key five times."""
    limits = {"FORGELAKE_API_ADDRESS_PER_MINUTE": "3", "FORGELAKE_API_KEY_PER_MINUTE": "5"}
    with Serving(day, limits) as serving:
        yield serving


def test_without_anonymous_reading_a_key_is_needed_for_all_but_health(closed: Serving) -> None:
    for path in ("/metrics", EVENTS, "/repos", "/tables", "/runs", "/nothing"):
        response = closed.get(path)
        assert problem(response, 401)["parameter"] == "Authorization"
        assert response.headers["www-authenticate"].startswith("Bearer")
    for path in ("/health", "/ready", "/openapi.json"):
        assert closed.get(path).status_code == 200
    assert closed.get(EVENTS, bearer(closed.key("reader")), **DAY).status_code == 200


def test_a_key_does_what_its_scopes_say(closed: Serving) -> None:
    reader, asker, operator = closed.key("r", "read"), closed.key("s", "sql"), closed.key("a", "admin")
    assert problem(closed.ask("SELECT 1", reader), 403)["detail"].startswith("the key does not have the scope")
    problem(closed.get("/metrics", bearer(asker)), 403)
    assert closed.ask("SELECT 1 AS one", operator).json()["data"] == [{"one": 1}]
    assert closed.get("/metrics", bearer(operator)).status_code == 200


@pytest.mark.parametrize(
    "header",
    ["Bearer", "Bearer nonsense", "Basic dXNlcjpwYXNz", "flk_" + "A" * 43, "Bearer flk_" + "A" * 43,
     "Bearer flk_%27 OR 1=1--", "bearer flk_" + "\N{SNOWMAN}" * 3],
)  # fmt: skip
def test_what_is_no_live_key_opens_nothing_even_where_no_key_is_needed(served: Serving, header: str) -> None:
    problem(served.client.get("/metrics", headers=[(b"Authorization", header.encode())]), 401)


def test_a_revoked_key_stops_within_seconds_and_an_expired_one_at_once(closed: Serving) -> None:
    key = closed.key("short-lived")
    assert closed.get("/metrics", bearer(key)).status_code == 200
    Keys(closed.context.state.api_keys).revoke("short-lived")
    ends = time.monotonic() + 10
    while closed.get("/metrics", bearer(key)).status_code == 200:
        assert time.monotonic() < ends
        time.sleep(0.05)
    problem(closed.get("/metrics", bearer(key)), 401)


def test_the_last_use_of_a_key_is_noted(closed: Serving) -> None:
    key = closed.key("noted")
    assert closed.get("/metrics", bearer(key)).status_code == 200
    (row,) = [row for row in closed.context.state.api_keys.all() if row.name == "noted"]
    assert row.last_used_at is not None


def test_too_many_requests_are_told_when_to_come_again(strict: Serving) -> None:
    answers = [strict.get("/repos", q=str(number)) for number in range(5)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 429]
    assert [answer.headers["ratelimit"].split(";")[1] for answer in answers[:3]] == ["r=2", "r=1", "r=0"]
    assert answers[0].headers["ratelimit-policy"] == '"address";q=3;w=60'
    problem(answers[3], 429)
    assert 1 <= int(answers[3].headers["retry-after"]) <= 60
    assert strict.get("/health").status_code == 200


def test_known_answers_cost_nothing_and_are_given_even_then(strict: Serving) -> None:
    key = bearer(strict.key("counted"))
    assert strict.get(EVENTS, key, **DAY).headers["ratelimit"].split(";")[1] == "r=4"
    for _ in range(20):
        assert strict.get(EVENTS, key, **DAY).headers["ratelimit"].split(";")[1] == "r=4"
    assert [strict.get("/repos", key, q=f"k{n}").status_code for n in range(5)] == [200] * 4 + [429]
    assert strict.get(EVENTS, key, **DAY).status_code == 200


def test_trying_keys_is_counted_too(day: Lake) -> None:
    with Serving(day, {"FORGELAKE_API_ADDRESS_PER_MINUTE": "3"}) as serving:
        tried = [serving.get("/metrics", bearer(f"flk_{number:043}")) for number in range(5)]
        assert [answer.status_code for answer in tried] == [401, 401, 401, 429, 429]


def test_keys_are_counted_apart(strict: Serving) -> None:
    for name in ("one", "two"):
        key = bearer(strict.key(name))
        assert [strict.get("/repos", key, q=f"{name}{n}").status_code for n in range(6)] == [200] * 5 + [429]


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "example.org"])  # noqa: S104 - that is the point
def test_a_lake_is_not_shown_to_a_network_by_mistake(day: Lake, host: str) -> None:
    chosen = load({**day.environ, "FORGELAKE_API_HOST": host}, day.home.parent)
    with pytest.raises(ConfigurationError) as caught:
        check_exposure(chosen)
    assert 'api.anonymous = "never"' in str(caught.value)
    assert 'api.anonymous = "always"' in str(caught.value)
    for way in ("never", "always"):
        check_exposure(
            load({**day.environ, "FORGELAKE_API_HOST": host, "FORGELAKE_API_ANONYMOUS": way}, day.home.parent)
        )


def test_pages_of_other_origins_may_read_only_where_it_is_allowed(day: Lake, served: Serving) -> None:
    origin = {"Origin": "https://app.example"}
    assert "access-control-allow-origin" not in served.get("/metrics", origin).headers
    with Serving(day, {"FORGELAKE_API_CORS_ORIGINS": "https://app.example"}) as opened:
        assert opened.get("/metrics", origin).headers["access-control-allow-origin"] == "https://app.example"
        assert "access-control-allow-origin" not in opened.get("/metrics", {"Origin": "https://evil.example"}).headers
        asked = {**origin, "Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "authorization"}
        assert opened.client.options("/metrics", headers=asked).status_code == 200
