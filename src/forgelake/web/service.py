"""What every endpoint works with: the lake, the catalogue of metrics, the answers in memory, and how fresh data is."""

import time
from collections.abc import Hashable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

import anyio
import anyio.to_thread

from forgelake.accounts.login.entrance import Entrance
from forgelake.accounts.people import People
from forgelake.accounts.sessions import Sessions
from forgelake.metrics.catalogue import Catalogue
from forgelake.metrics.svg import Drawer
from forgelake.model.hours import ONE_HOUR, Hour, horizon
from forgelake.pages.addresses import ServerAddresses
from forgelake.pages.assets import Assets
from forgelake.pages.kept import KeptCards
from forgelake.pipelines.context import Context
from forgelake.query.lake import Lake
from forgelake.query.snapshot import Snapshot
from forgelake.settings.api import ApiSettings
from forgelake.web.cache import Cache

SNAPSHOT_SECONDS: Final = 1.0
"""How old the known state of the lake may be when a request is answered."""

CLOSED_SECONDS: Final = 86_400


@dataclass
class Service:
    """One for each server."""

    context: Context
    lake: Lake
    catalogue: Catalogue
    cache: Cache
    drawer: Drawer
    assets: Assets
    cards: KeptCards
    people: People
    sessions: Sessions
    entrance: Entrance
    _newest: tuple[Snapshot, float] | None = None
    _threads: anyio.CapacityLimiter = field(default_factory=lambda: anyio.CapacityLimiter(1))

    @property
    def settings(self) -> ApiSettings:
        """The section [api]."""
        return self.context.settings.api

    @property
    def public_url(self) -> str:
        """How others reach the server, for what they copy to other places."""
        return self.settings.address

    @property
    def is_secure(self) -> bool:
        """Whether others reach the server over TLS."""
        return self.public_url.startswith("https://")

    def addresses(self) -> ServerAddresses:
        """Where a page of this moment leads."""
        state = self.context.state
        ranked = state.keeps_people and state.profiles.any_ranked()
        return ServerAddresses(self.assets, self.public_url, ranked=ranked)

    def snapshot(self) -> Snapshot:
        """The lake as it is now, or was at most a second ago."""
        snapshot = self.lake.now(SNAPSHOT_SECONDS)
        self._newest = (snapshot, time.monotonic())
        return snapshot

    async def snapshot_soon(self) -> Snapshot:
        """The same without holding up the event loop; one request at a time looks, the others wait for it."""
        if (snapshot := self._recent()) is not None:
            return snapshot
        return await anyio.to_thread.run_sync(lambda: self._recent() or self.snapshot(), limiter=self._threads)

    def request_key(self, snapshot: Snapshot, *parts: Hashable) -> Hashable:
        """What makes two requests the same: their words, the data, and the hour, for periods may end with "now"."""
        return (snapshot.id, Hour.containing(self.context.clock()), *parts)

    def horizon(self, end: datetime) -> datetime:
        """How far a period is over by now."""
        return horizon(end, self.context.clock())

    def fresh_seconds(self, *, closed: bool) -> int:
        """How long an answer stays right: a day if its period is closed, else until the next hour is due."""
        if closed:
            return CLOSED_SECONDS
        delay = timedelta(minutes=self.context.settings.gharchive.publish_delay_minutes)
        now = self.context.clock()
        return max(1, int((_next_due(now, delay) - now).total_seconds()))

    def _recent(self) -> Snapshot | None:
        if self._newest is None or time.monotonic() - self._newest[1] > SNAPSHOT_SECONDS:
            return None
        return self._newest[0]


def _next_due(now: datetime, delay: timedelta) -> datetime:
    return Hour.containing(now - delay).start + ONE_HOUR + delay
