"""A live run in time that a test makes pass."""

import heapq
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from forgelake.model.slices import SliceStatus
from forgelake.pipelines.polls.run import Polled, poll_events
from forgelake.state.ledger_rows import LedgerRow
from tests.pipelines.lakes import Lake
from tests.servers.github import GitHub

START = datetime(2026, 9, 6, 12, 0, 0, tzinfo=UTC)


class PassingTime:
    """A clock that moves only when somebody waits, and then at once; what is planned happens on the way."""

    def __init__(self, start: datetime = START) -> None:
        self.instant = start
        self.ended = False
        self._plans: list[tuple[datetime, int, Callable[[], object]]] = []
        self._order = count()

    def now(self) -> datetime:
        """The instant; every look takes a millisecond."""
        self.instant += timedelta(milliseconds=1)
        return self.instant

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.pass_to(self.instant + timedelta(seconds=max(0.0, seconds)))

    def stopped(self) -> bool:
        """Whether somebody has called ``end``."""
        return self.ended

    def end(self) -> None:
        """What a signal does."""
        self.ended = True

    def plan(self, seconds: float, act: Callable[[], object]) -> None:
        """Let something happen that many seconds after the start."""
        heapq.heappush(self._plans, (START + timedelta(seconds=seconds), next(self._order), act))

    def pass_to(self, end: datetime) -> None:
        """Let time pass up to an instant."""
        while self._plans and self._plans[0][0] <= end:
            at, _, act = heapq.heappop(self._plans)
            self.instant = max(self.instant, at)
            act()
        self.instant = max(self.instant, end)


def watching(lake: Lake, github: GitHub, **variables: str) -> Lake:
    """The lake as one that polls only what is tracked, by default the repository octo/cat."""
    lake.variables |= {
        "FORGELAKE_GITHUB_API_URL": github.url,
        "FORGELAKE_GITHUB_EVENTS": "tracked",
        "FORGELAKE_GITHUB_REPOS": "octo/cat",
        "FORGELAKE_GITHUB_TOKEN": "secret",
        **variables,
    }
    return lake


def poll(lake: Lake, time: PassingTime, seconds: float | None = 1, **variables: str) -> Polled:
    """Like ``forgelake collect events --for …``; a second is one poll of every timeline."""
    with lake.open(**variables) as context:
        return poll_events(context, time, seconds=seconds)


def made(github: GitHub) -> list[str]:
    """The ids of all events that happened."""
    return sorted(one.event["id"] for one in github.events)


def held(lake: Lake) -> list[str]:
    """The ids of all events in the table, one for each row."""
    return sorted(str(row["id"]) for row in lake.rows())


def ledger(lake: Lake, status: SliceStatus) -> list[LedgerRow]:
    """The ledger's rows of GitHub with a status."""
    return [row for row in lake.ledger() if row.source == "github" and row.status is status]


def content(lake: Lake) -> list[dict[str, Any]]:
    """The rows without what depends on when polls were made."""
    return [{name: value for name, value in row.items() if name != "sources"} for row in lake.rows()]
