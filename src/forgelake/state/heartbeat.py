"""A thread that keeps an owner's leases from expiring while the work goes on."""

import logging
import threading
import time
from collections.abc import Callable, Collection
from datetime import UTC, datetime
from types import TracebackType
from typing import Protocol, Self

from forgelake.model.errors import RetryError
from forgelake.state.owners import Owner

_log = logging.getLogger(__name__)


class Renewable(Protocol):
    """What a heartbeat needs of the leases."""

    def renew(self, owner: Owner, ttl_seconds: float, now: datetime) -> int:
        """Extend all leases of an owner."""
        ...

    def lost(self, owner: Owner) -> frozenset[str]:
        """Names that the owner claimed, did not give back and does not hold any more."""
        ...


class Heartbeat:
    """Renews all leases of an owner every quarter of their time to live, from entering to leaving.

    Attributes:
        lost: set once a lease was found to be held by another, or renewing failed for a whole time to live. Look at
            it before doing what only the holder may do.
    """

    def __init__(
        self,
        leases: Renewable,
        owner: Owner,
        ttl_seconds: float,
        *,
        names: Collection[str] | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """``names`` limits which losses count; all of the owner's leases are renewed in any case."""
        self.lost = threading.Event()
        self._leases = leases
        self._owner = owner
        self._ttl_seconds = ttl_seconds
        self._names = None if names is None else frozenset(names)
        self._clock = clock
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._beat, name=f"heartbeat-{owner.run_id}", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()

    def _beat(self) -> None:
        renewed_at = time.monotonic()
        while not self._stop.wait(self._ttl_seconds / 4):
            try:
                self._leases.renew(self._owner, self._ttl_seconds, self._clock())
            except RetryError as error:
                _log.warning("leases of %s could not be renewed: %s", self._owner, error)
                if time.monotonic() - renewed_at >= self._ttl_seconds:
                    self.lost.set()
                continue
            renewed_at = time.monotonic()
            self._look_for_losses()

    def _look_for_losses(self) -> None:
        lost = self._leases.lost(self._owner)
        if lost if self._names is None else lost & self._names:
            self.lost.set()
