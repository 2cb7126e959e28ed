"""Clients of a fake GitHub, by a clock that a test sets."""

import gzip
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from forgelake.sources.github.client import GithubClient
from forgelake.sources.github.token import Token
from forgelake.state.database import State
from forgelake.transport.client import HttpOptions
from tests.servers.github import GitHub

OPTIONS = HttpOptions(timeout_seconds=10, attempts=3, backoff_seconds=0.001, backoff_max_seconds=0.002)


class Hands:
    """A clock whose hands a test moves."""

    def __init__(self) -> None:
        self.instant = datetime(2026, 9, 6, 12, tzinfo=UTC)
        self.slept: list[float] = []

    def now(self) -> datetime:
        return self.instant

    def move(self, seconds: float) -> None:
        self.instant += timedelta(seconds=seconds)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


@pytest.fixture(scope="session")
def exchanges(sample_data: Path) -> list[dict[str, Any]]:
    """Real exchanges with GitHub's API, recorded by other projects."""
    file = sample_data / "http" / "github.jsonl.gz"
    if not file.is_file():
        pytest.skip(f"the recorded exchanges are not there: {file}")
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


@pytest.fixture
def hands() -> Hands:
    return Hands()


@pytest.fixture
def github(hands: Hands) -> Iterator[GitHub]:
    with GitHub(hands.now) as server:
        yield server


@pytest.fixture
def state(tmp_path: Path) -> Iterator[State]:
    with State.open(f"sqlite:///{tmp_path}/state.db") as opened:
        yield opened


@pytest.fixture
def client(github: GitHub, state: State, hands: Hands) -> Iterator[GithubClient]:
    with connect(github, state, hands) as opened:
        yield opened


def connect(github: GitHub, state: State, hands: Hands, token: str = "secret") -> GithubClient:  # noqa: S107 - opens nothing
    """A client with a token."""
    return GithubClient(github.url, Token(token), OPTIONS, state, hands.now, hands.sleep)
