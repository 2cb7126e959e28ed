"""What goes into the ledger and what comes out of it."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any, Self

from forgelake.model.slices import Counts, Receipt, SliceKey, SliceStatus


@dataclass(frozen=True, slots=True)
class Verdict:
    """What asking an origin for a slice came to when it brought no bytes that could be used.

    Attributes:
        key: which slice of which origin.
        start, end: the period that the slice is named for, end excluded (UTC).
        status: awaited, missing, refused, failed, or empty (asked again, and still without an event).
        reason: why, in words for the reader of a coverage report.
        next_ask_at: when to ask again; None for never.
    """

    key: SliceKey
    start: datetime
    end: datetime
    status: SliceStatus
    reason: str | None
    next_ask_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """A row of the ledger; the fields are the columns, described in ``schema.SLICES_COLUMNS``.

    The counts tell of what the lake holds: after a new version has landed they stay those of the old one until the
    new one is committed.
    """

    source: str
    name: str
    origin: str
    start: datetime
    end: datetime
    status: SliceStatus
    reason: str | None
    url: str | None
    etag: str | None
    sha256: str | None
    size: int | None
    path: str | None
    received_at: datetime | None
    attempts: int
    first_asked_at: datetime
    last_asked_at: datetime
    next_ask_at: datetime | None
    events: int
    duplicates: int
    rejected: int
    repaired: int
    json_bytes: int
    first_event: datetime | None
    last_event: datetime | None
    days: tuple[date, ...]
    committed_at: datetime | None
    changed: int

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Self:
        """From a row of the table."""
        read: dict[str, Any] = {**values, "status": SliceStatus(values["status"])}
        return cls(**read)

    @property
    def key(self) -> SliceKey:
        """Which slice of which origin."""
        return SliceKey(self.source, self.name, self.origin)

    @property
    def counts(self) -> Counts:
        """What the lake holds of it."""
        return Counts(**{field.name: getattr(self, field.name) for field in fields(Counts)})

    @property
    def receipt(self) -> Receipt | None:
        """Its bytes in landing; None when none were ever received."""
        if self.path is None or self.url is None or self.sha256 is None or self.size is None:
            return None
        if self.received_at is None:
            return None
        return Receipt(
            self.key, self.start, self.end, self.path, self.url, self.etag, self.sha256, self.size, self.received_at
        )


@dataclass(frozen=True, slots=True)
class Changes:
    """What has become of the ledger.

    Attributes:
        version: what it is at now.
        whole: whether ``rows`` are all there are, not only those that changed.
        rows: as the database keeps them (all but PostgreSQL: instants and days as text), and thereby read five times as
            fast.
    """

    version: int
    whole: bool
    rows: list[tuple[Any, ...]]
