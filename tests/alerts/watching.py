"""A lake that is watched: its hours, its time and its settings are what a test says."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from forgelake.alerts.checking import check
from forgelake.alerts.status import AlertStatus, statuses
from forgelake.model.hours import Hour
from forgelake.pipelines import plan
from forgelake.pipelines.collect import collect
from forgelake.pipelines.context import Context
from forgelake.sources.github.token import Token
from forgelake.state.jobs import Ended
from forgelake.state.runs import RunStatus
from tests.jobs.bench import Stop
from tests.pipelines.archive import FIRST, publish, some
from tests.pipelines.lakes import Lake
from tests.servers.hooks import Hooks

SECRET = "only-we-know"
HOOK = """
[channels.team]
kind = "webhook"
url = "{url}/hook"
secret = "env:HOOK_SECRET"
"""


@dataclass
class Watched:
    """An open lake with alerts; ``instant`` is the time."""

    context: Context
    folder: Path
    hooks: Hooks
    instant: datetime

    def passes(self, **span: float) -> None:
        """Let time pass."""
        self.instant += timedelta(**span)

    def publish(self, events: dict[int, int]) -> None:
        """Have the archive hold hours with that many events, by their number after the first."""
        publish(self.folder, {FIRST.shifted(number): some(FIRST.shifted(number), 0, n) for number, n in events.items()})

    def collect(self, last: int) -> None:
        """Collect all hours up to one, by its number; it is half past the hour after it then."""
        hour = FIRST.shifted(last)
        self.instant = max(self.instant, hour.end + timedelta(minutes=30))
        collect(self.context, plan.period(FIRST, hour, self.context.clock(), again=False))

    def check(self) -> list[str]:
        """Check the alerts, and tell their channels."""
        return check(self.context, Stop())

    def named(self, name: str) -> AlertStatus:
        """How an alert stands."""
        return next(one for one in statuses(self.context) if one.name == name)

    def job_ends(self, name: str, status: RunStatus, error: str | None = None) -> None:
        """Have a job's run end so."""
        jobs = self.context.state.jobs
        jobs.add(name, "", None)
        jobs.begin(name, "1" * 32, self.instant, None)
        jobs.end(name, "1" * 32, Ended(status, error), self.instant)

    def token_seen(self, secret: str, days: float | None) -> None:
        """Have the API say when a token ends."""
        end = None if days is None else self.instant + timedelta(days=days)
        self.context.state.tokens.seen("api.github.com", Token(secret).mark, end, self.instant)

    def without_alerts(self) -> "Watched":
        """The same lake after all alerts were taken out of the settings."""
        settings = self.context.settings.model_copy(update={"alerts": {}})
        return replace(self, context=replace(self.context, settings=settings))

    def events(self) -> list[str]:
        """What the hook was told, in order."""
        return [told["event"] for told in self.hooks.told()]


def start(number: int) -> datetime:
    """The begin of an hour by its number."""
    hour: Hour = FIRST.shifted(number)
    return hour.start


@contextmanager
def watched(folder: Path, hooks: Hooks, alerts: str, channels: str = HOOK, **variables: str) -> Iterator[Watched]:
    """Open a lake with these alerts, in an empty folder."""
    hours = folder / "hours"
    hours.mkdir()
    (folder / "forgelake.toml").write_text(alerts + channels.format(url=hooks.url), encoding="utf-8")
    own: dict[str, Any] = {"HOOK_SECRET": SECRET, "FORGELAKE_GHARCHIVE_MISSING_AFTER_HOURS": "1", **variables}
    with Lake(folder / "home", hours.as_uri(), own).open() as context:
        found = Watched(context, hours, hooks, start(0))
        found.context = replace(context, clock=lambda: found.instant)
        yield found
