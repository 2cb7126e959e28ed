"""Real exchanges with GitHub's API, recorded by other projects: every one is understood, or fails as it should."""

import json
import re
from collections import Counter
from datetime import UTC, date, datetime
from typing import Any

import pytest

from forgelake.model.errors import RetryError, SkipError
from forgelake.sources.github.answer import Answer, LimitedError
from forgelake.sources.github.client import GithubClient, RefusedTokenError
from forgelake.sources.github.graphql import found
from forgelake.sources.github.pieces import Name, Piece
from forgelake.sources.github.said import Said
from forgelake.sources.github.snapshots import snapshot_rows
from forgelake.sources.github.token import Token
from forgelake.state.database import State
from tests.servers.github_http import Reply, Request, Served
from tests.sources.github.conftest import OPTIONS, Hands

PATIENT = OPTIONS.__class__(timeout_seconds=10, attempts=1, backoff_seconds=0.001, backoff_max_seconds=0.002)
_KEPT = ("etag", "link", "location", "retry-after", "x-poll-interval", "x-accepted-github-permissions")


class Recorded(Served):
    """Answers one exchange to whatever is asked, until the next one is put on."""

    exchange: dict[str, Any]

    def reply(self, request: Request) -> Reply:
        del request
        kept = {
            name: value
            for name, value in self.exchange["headers"].items()
            if name.lower() in _KEPT or name.lower().startswith("x-ratelimit")
        }
        return Reply(self.exchange["status"], kept, self.exchange["body"].encode())


@pytest.fixture(scope="module")
def replayed(
    exchanges: list[dict[str, Any]], tmp_path_factory: pytest.TempPathFactory
) -> list[tuple[dict[str, Any], object]]:
    """Every exchange with what our client makes of it: an answer or an error."""
    hands, results = Hands(), list[tuple[dict[str, Any], object]]()
    place = tmp_path_factory.mktemp("replay") / "state.db"
    with Recorded() as server, State.open(f"sqlite:///{place}") as state:
        server.clock = hands.now
        with GithubClient(server.url, Token("secret"), PATIENT, state, hands.now, hands.sleep) as client:
            for exchange in exchanges:
                server.exchange = exchange
                results.append((exchange, outcome(client, exchange)))
                # What one recording says of limits is no concern of the next.
                hands.move(2 * 86_400)
    return results


def outcome(client: GithubClient, exchange: dict[str, Any]) -> object:
    path = "/" + re.sub(r"^https?://[^/]+(/api/v3)?", "", exchange["url"]).lstrip("/")
    try:
        if exchange["method"] == "POST":
            return client.graphql("query { viewer { login } }", {})
        return client.get(client.api.url(path))
    except (RetryError, SkipError, RefusedTokenError) as error:
        return error


def test_every_exchange_is_answered_or_fails_as_documented(replayed: list[tuple[dict[str, Any], object]]) -> None:
    seen: Counter[tuple[int, str]] = Counter()
    for exchange, result in replayed:
        kind = "answer" if isinstance(result, Answer) else type(result).__name__
        seen[exchange["status"], kind] += 1
    assert len(replayed) == 664
    allowed = {
        200: {"answer", "LimitedError"}, 202: {"RetryError"}, 204: {"answer"}, 304: {"answer"}, 400: {"answer"},
        301: {"SkipError"}, 302: {"SkipError"}, 401: {"RefusedTokenError"}, 403: {"answer", "LimitedError"},
        404: {"answer"}, 422: {"answer"}, 429: {"LimitedError"}, 500: {"RetryError"}, 502: {"RetryError"},
        503: {"RetryError"},
    }  # fmt: skip
    assert {(status, kind) for status, kind in seen if kind not in allowed[status]} == set()
    assert {kind for status, kind in seen if status == 200} == {"answer"}


def test_limits_are_told_from_missing_permissions(replayed: list[tuple[dict[str, Any], object]]) -> None:
    for exchange, result in replayed:
        if exchange["status"] in (403, 429):
            said_so = any(word in exchange["body"].lower() for word in ("rate limit", "rate-limit", "abuse"))
            limited = said_so or "retry-after" in exchange["headers"]
            assert isinstance(result, LimitedError) == limited, (exchange["n"], exchange["body"][:200])


def test_repositories_become_rows(replayed: list[tuple[dict[str, Any], object]]) -> None:
    made = 0
    for exchange, result in replayed:
        if exchange["endpoint"] != "repo" or not isinstance(result, Answer) or result.status != 200:
            continue
        try:
            body = json.loads(result.body)
        except ValueError:
            # A recording whose ids were blotted out: refused with its reason, as any torn body.
            with pytest.raises(ValueError, match="Expecting value"):
                rows(result, "repo")
            continue
        if not isinstance(body, dict) or "full_name" not in body:
            continue
        (row,) = rows(result, "repo")["repo_snapshots"]
        assert row["repo_name"] == body["full_name"]
        assert row["stars"] == body.get("stargazers_count")
        made += 1
    assert made > 30


def test_releases_are_read_or_refused(replayed: list[tuple[dict[str, Any], object]]) -> None:
    made = 0
    for exchange, result in replayed:
        if exchange["endpoint"] == "releases" and isinstance(result, Answer) and result.status == 200:
            listed = json.loads(result.body)
            if isinstance(listed, list) and listed and "tag_name" in listed[0]:
                found_rows = rows(result, "releases")["repo_releases"]
                assert len(found_rows) == sum(not one["draft"] for one in listed)
                made += 1
    assert made >= 5


def test_queries_are_answered_whole_in_parts_or_not_at_all(replayed: list[tuple[dict[str, Any], object]]) -> None:
    ends: Counter[str] = Counter()
    for exchange, result in replayed:
        if exchange["method"] != "POST" or not isinstance(result, Answer):
            continue
        try:
            data = found(said(result))
        except RetryError:
            ends["failed"] += 1
            assert not isinstance(json.loads(result.body).get("data"), dict)
        else:
            ends["in parts" if data.errors else "whole"] += 1
    assert ends["whole"] > 20
    assert ends["in parts"] > 0


def said(answer: Answer) -> Said:
    return Said("recorded", answer.status, datetime(2026, 9, 6, tzinfo=UTC), answer.body)


def rows(answer: Answer, role: str) -> dict[str, list[dict[str, Any]]]:
    """The rows of a snapshot with that answer in one role."""
    repo = json.dumps({"id": 1, "full_name": "octo/cat", "private": False}).encode()
    answers = [said(answer)] if role == "repo" else [Said("made", 200, said(answer).at, repo), said(answer)]
    roles = ["repo"] if role == "repo" else ["repo", role]
    return snapshot_rows(Piece(Name("snapshot", "1", date(2026, 9, 6)), tuple(answers), {"repo_id": 1, "roles": roles}))
