"""Traffic collected day by day from the fake GitHub, and the truth that it should come to."""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from forgelake.pipelines.context import Context
from forgelake.pipelines.daily.run import DailyJob, Gathered, run_daily
from forgelake.pipelines.traffic.collect import JOB
from tests.pipelines.lakes import Lake
from tests.pipelines.timelines import PassingTime
from tests.servers.github_http import Request
from tests.servers.github_traffic import TrafficGitHub, Visits
from tests.servers.mirror import NO_FAULT, Fault

FIRST = date(2026, 5, 1)
TOKEN = "secret"
FAULTS = (Fault(status=500), Fault(status=502), Fault(refuse=True), Fault(cut_after=1))


@dataclass
class World(TrafficGitHub):
    """A fake GitHub whose day a test sets, and whose calls fail now and then.

    Attributes:
        today: the day that it is there.
        failing: the share of calls that fail.
        down: by a part of paths, e.g. ``octo/cat``, days on which all of their calls fail.
        watch: told of every request.
    """

    today: date = FIRST
    failing: float = 0.0
    down: dict[str, set[date]] = field(default_factory=dict)
    watch: Callable[[], None] = lambda: None

    def __post_init__(self) -> None:
        super().__init__(lambda: instant(self.today))
        self._dice = random.Random(7)  # noqa: S311 - a simulation

    def fault(self, request: Request) -> Fault:
        self.watch()
        planned = super().fault(request)
        if planned is not NO_FAULT:
            return planned
        down = any(self.today in days and f"/{name}" in request.path for name, days in self.down.items())
        if down or self._dice.random() < self.failing:
            # "Not modified" has no body that could break off.
            return self._dice.choice(FAULTS[:3] if "if-none-match" in request.headers else FAULTS)
        return NO_FAULT

    def with_repo(self, name: str, days: int = 0, *, shown: bool = True) -> int:
        """A repository with that many days of traffic; its id."""
        repo_id = self.repo(name).id
        self.shown_to[repo_id] = {TOKEN} if shown else set()
        for number in range(days):
            self.desk.visits[repo_id][FIRST + timedelta(days=number)] = self._visits(quiet=number % 11 == 7)
        return repo_id

    def _visits(self, *, quiet: bool) -> Visits:
        if quiet:
            return self._dice.choice((Visits(0, 0, 0, 0), Visits(0, 0, 3, 1)))
        views, clones = self._dice.randint(1, 400), self._dice.randint(0, 90)
        return Visits(views, self._dice.randint(1, views), clones, self._dice.randint(0, clones))


def instant(day: date) -> datetime:
    """When everything of a day happens."""
    return datetime(day.year, day.month, day.day, 20, tzinfo=UTC)


@contextmanager
def collecting(lake: Lake, github: World, *repos: str) -> Iterator[Context]:
    """The lake opened with some repositories tracked."""
    variables = {
        "FORGELAKE_GITHUB_API_URL": github.url,
        "FORGELAKE_GITHUB_REPOS": " ".join(repos),
        "FORGELAKE_GITHUB_TOKEN": TOKEN,
        "FORGELAKE_HTTP_ATTEMPTS": "1",
    }
    with lake.open(**variables) as context:
        yield context


def collect(context: Context, github: World, time: PassingTime | None = None, job: DailyJob = JOB) -> Gathered:
    """Like ``forgelake collect traffic``, or another job, on the day that it is at GitHub."""
    on_the_day = replace(context, clock=lambda: instant(github.today))
    return run_daily(on_the_day, time or PassingTime(instant(github.today)), job)


def rows(context: Context, sql: str) -> list[dict[str, Any]]:
    """The rows of an answer."""
    with context.lake.now(0).session() as session:
        return session.run(sql).read_all().to_pylist()


def days(context: Context, repo_id: int) -> dict[date, dict[str, Any]]:
    """What readers see of a repository's days."""
    sql = f"SELECT * FROM traffic_days WHERE repo_id = {repo_id} ORDER BY traffic_day"
    return {row["traffic_day"]: row for row in rows(context, sql)}


def values(row: dict[str, Any]) -> Visits:
    """A day's numbers as the truth has them."""
    return Visits(row["views"], row["view_uniques"], row["clones"], row["clone_uniques"])
