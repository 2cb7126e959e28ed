"""What the ledger knows of one slice as one origin holds it."""

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum


class SliceStatus(StrEnum):
    """Where one origin's copy of a slice stands."""

    LANDED = "landed"
    """Its bytes are in landing, its rows are not in the lake yet."""
    RECEIVED = "received"
    """Its rows are in the lake."""
    AWAITED = "awaited"
    """The origin has not published it yet, and may still do so in time."""
    MISSING = "missing"
    """The origin does not have it, and the time for publishing it is over."""
    REFUSED = "refused"
    """What the origin sent is not an archive hour; it was set aside."""
    EMPTY = "empty"
    """The origin published it without a single event in it."""
    FAILED = "failed"
    """It could not be fetched or read; it will be tried again."""


@dataclass(frozen=True, slots=True)
class SliceKey:
    """A slice of a source, as one origin holds it.

    Attributes:
        source: the source's name, e.g. ``gharchive``.
        name: the slice's name within the source, e.g. ``2016-01-01-1``.
        origin: which of the source's places it came from, e.g. ``data.gharchive.org``.
    """

    source: str
    name: str
    origin: str

    def __str__(self) -> str:
        return f"{self.source}:{self.name}@{self.origin}"


@dataclass(frozen=True, slots=True)
class Receipt:
    """A slice's bytes as received, and where they lie in landing.

    Attributes:
        key: which slice of which origin.
        start, end: the period that the slice is named for, end excluded (UTC).
        path: the object's path in the storage.
        url: where the bytes came from.
        etag: the origin's own version mark, if it gave one.
        sha256: hexadecimal digest of the bytes.
        size: number of bytes.
        received_at: when the last byte arrived (UTC).
    """

    key: SliceKey
    start: datetime
    end: datetime
    path: str
    url: str
    etag: str | None
    sha256: str
    size: int
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Counts:
    """What normalising a slice yielded.

    ``read = events + duplicates`` and every object of the slice is either read or rejected.

    Attributes:
        events: distinct events.
        duplicates: further copies of an event within the slice, or events that the poll before had.
        rejected: stretches of input that could not be read as an event.
        repaired: events kept although one value in them had to be left out or mended.
        json_bytes: size of the text after inflating.
        first_event, last_event: the earliest and latest ``created_at``.
        days: the UTC days that the events lie under.
    """

    events: int = 0
    duplicates: int = 0
    rejected: int = 0
    repaired: int = 0
    json_bytes: int = 0
    first_event: datetime | None = None
    last_event: datetime | None = None
    days: tuple[date, ...] = field(default_factory=tuple)
