"""Days of collecting from a fake GitHub: a lake whose clock and server stand at the day that a test says."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from forgelake.model.slices import SliceStatus
from forgelake.pipelines.daily.run import DailyJob, Gathered, run_daily
from forgelake.pipelines.repos import snapshot, stars
from forgelake.sources.github.pieces import parsed
from forgelake.state.ledger_rows import LedgerRow
from tests.pipelines.lakes import Lake
from tests.pipelines.timelines import PassingTime
from tests.servers.github import GitHub

FIRST = date(2026, 9, 7)
REPOS, STARS = snapshot.JOB, stars.JOB


@dataclass
class Days:
    """A lake and a GitHub on the same day; ``time`` is the clock of both."""

    lake: Lake
    github: GitHub
    time: PassingTime
    tracked: dict[str, str] = field(default_factory=dict)

    def go_to(self, day: date, hour: int = 12) -> None:
        """Let it be noon of a day."""
        self.time.instant = datetime(day.year, day.month, day.day, hour, tzinfo=UTC)

    def next(self) -> None:
        """Let it be noon of the next day."""
        self.go_to(self.time.instant.date() + timedelta(days=1))

    def collect(self, job: DailyJob = REPOS, **variables: str) -> Gathered:
        """Like ``forgelake collect repos``, at this moment."""
        now = f"{self.time.instant:%Y-%m-%dT%H:%M:%SZ}"
        with self.lake.open(FORGELAKE_NOW=now, **{**self.tracked, **variables}) as context:
            return run_daily(context, self.time, job)

    def rows(self, table: str = "repo_snapshots") -> list[dict[str, Any]]:
        """Every row of a table."""
        return self.lake.rows(table)

    def slices(self, kind: str) -> dict[tuple[str, date], LedgerRow]:
        """The ledger's rows of a kind, by subject and day."""
        names = ((parsed(row.name), row) for row in self.lake.ledger() if row.source == "github")
        return {(name.subject, name.day): row for name, row in names if name and name.kind == kind}

    def statuses(self, kind: str = "snapshot") -> list[SliceStatus]:
        """The statuses of a kind's slices, by subject and day."""
        return [row.status for _, row in sorted(self.slices(kind).items())]

    def spent(self) -> int:
        """Points spent so far, of all resources together."""
        return sum(self.github.spent.values())


@contextmanager
def days(lake: Lake, **tracked: str) -> Iterator[Days]:
    """Days that begin on the first one, with a token, tracking octo/cat if nothing else is said."""
    time = PassingTime(datetime(FIRST.year, FIRST.month, FIRST.day, 12, tzinfo=UTC))
    with GitHub(time.now) as github:
        named = {f"FORGELAKE_GITHUB_{name.upper()}": value for name, value in tracked.items()}
        settings = {"FORGELAKE_GITHUB_API_URL": github.url, "FORGELAKE_GITHUB_TOKEN": "secret", **named}
        yield Days(lake, github, time, settings)
