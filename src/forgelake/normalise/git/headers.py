"""``git log -z`` with the format below: who wrote which commit, and when.

Commits come with dates, names and bytes that no tool should have let through. What is not believable becomes None;
nothing here fails.
"""

from collections.abc import Callable, Container, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final, NamedTuple

from forgelake.model.commits import Role

_CO_AUTHORS: Final = "%(trailers:key=Co-authored-by,valueonly,separator=%x0A)"
FORMAT: Final = f"%H%x00%P%x00%ae%x00%at%x00%ct%x00%ad%x00{_CO_AUTHORS}%x00%s"
"""For ``git log -z --date=raw --format=tformat:…``; no field can hold NUL."""

FIELDS: Final = FORMAT.count("%x00") + 1
_MOST_OFFSET: Final = 14 * 60
_MOST_DIGITS: Final = 11


class Header(NamedTuple):
    """A commit without its files.

    Attributes:
        email: the author's address as written, lower case.
        authored_at, utc_offset: see ``MinedCommit``.
        subject: the first paragraph of its message on one line.
        role: what whoever was asked for did in it.
    """

    id: str
    parents: tuple[str, ...]
    email: str
    authored_at: datetime | None
    utc_offset: int | None
    subject: str
    role: Role = Role.AUTHOR

    @property
    def is_merge(self) -> bool:
        """Whether it has several parents."""
        return len(self.parents) > 1


def headers(chunks: Iterable[bytes], wanted: Container[str] | None, now: datetime) -> Iterator[Header]:
    """The commits that some people wrote, alone or with others, in git's order; see ``choosing``."""
    chosen = choosing(wanted, now)
    return (header for fields in _records(chunks) if (header := chosen(fields)))


def choosing(wanted: Container[str] | None, now: datetime) -> Callable[[list[bytes]], Header | None]:
    """What makes a header of a commit's fields; None of one that nobody wanted has written.

    Args:
        wanted: people's e-mail addresses in folded case (``str.casefold``); None for everybody.
        now: times more than a day later are not believed.
    """
    latest = int((now + timedelta(days=1)).timestamp())

    def chosen(fields: list[bytes]) -> Header | None:
        email = fields[2].decode("utf-8", errors="surrogateescape").casefold()
        if wanted is None or email in wanted:
            return _header(fields, email, Role.AUTHOR, latest)
        if fields[6] and any(one in wanted for one in _co_authors(fields[6])):
            return _header(fields, email, Role.CO_AUTHOR, latest)
        return None

    return chosen


def _co_authors(trailers: bytes) -> Iterator[str]:
    """The addresses of lines like ``Name <address>``."""
    for line in trailers.decode("utf-8", errors="surrogateescape").splitlines():
        yield line.rpartition("<")[2].partition(">")[0].strip().casefold()


def _records(chunks: Iterable[bytes]) -> Iterator[list[bytes]]:
    rest = list[bytes]()
    for chunk in chunks:
        pieces = chunk.split(b"\0")
        if rest:
            pieces[0] = rest.pop() + pieces[0]
        rest += pieces
        whole = (len(rest) - 1) // FIELDS * FIELDS
        for first in range(0, whole, FIELDS):
            yield rest[first : first + FIELDS]
        del rest[:whole]


def _header(fields: list[bytes], email: str, role: Role, latest: int) -> Header:
    commit, parents, _, authored, committed, raw_date, _, subject = fields
    authored_at = believable(authored, latest)
    return Header(
        commit.decode("ascii"),
        tuple(parents.decode("ascii").split()),
        email,
        authored_at or believable(committed, latest),
        _offset(raw_date.partition(b" ")[2]) if authored_at else None,
        subject.decode("utf-8", errors="replace"),
        role,
    )


def believable(seconds: bytes, latest: int) -> datetime | None:
    """Seconds since 1970 as an instant (UTC); None if they are no number, before 1970 or too late."""
    if not seconds.isdigit() or len(seconds) > _MOST_DIGITS:
        return None
    number = int(seconds)
    return datetime.fromtimestamp(number, UTC) if number <= latest else None


@lru_cache(maxsize=256)
def _offset(zone: bytes) -> int | None:
    """Minutes of ``+0130``."""
    if len(zone) != 5 or zone[:1] not in b"+-" or not zone[1:].isdigit():  # noqa: PLR2004 - +0130
        return None
    minutes = int(zone[1:3]) * 60 + int(zone[3:])
    if minutes > _MOST_OFFSET:
        return None
    return -minutes if zone[:1] == b"-" else minutes
