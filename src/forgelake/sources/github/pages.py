"""Reading a page of a timeline, as far as polling needs it. No network, no state.

What is no JSON array is refused here; what its items are worth, the normaliser says.
"""

import gzip
import json
import re
import zlib
from collections.abc import Iterable
from typing import Final, NamedTuple

from forgelake.model.errors import SkipError

_SHOWN: Final = 60
_GZIP: Final = 31  # zlib's window bits for "gzip header and trailer"
_HTML = re.compile(rb"\s*<(!doctype|html|head|body)\b", re.IGNORECASE)


class Mark(NamedTuple):
    """What an event is recognised by from poll to poll: ids alone have been used twice."""

    id: str
    created_at: str


class BadPageError(SkipError):
    """A body that is not a page of a timeline; the message says what it is instead."""


def marks(body: bytes) -> tuple[Mark, ...]:
    """The events of a page in its order; single items that are none are left out.

    Raises:
        BadPageError: it is no JSON array, or one of something else.
    """
    if not body.strip() or _HTML.match(body):
        message = "HTML page" if body.strip() else "empty body"
        raise BadPageError(message)
    try:
        # Bytes that are no UTF-8 cost an event's value in the normaliser, and nothing here.
        items = json.loads(body.decode("utf-8-sig", errors="replace"))
    except (ValueError, RecursionError) as error:
        message = f"not JSON: {error}"
        raise BadPageError(message) from error
    found = [item for item in items if isinstance(item, dict) and "id" in item] if isinstance(items, list) else []
    if not isinstance(items, list) or (items and not found):
        message = f"no list of events: {body[:_SHOWN].decode('utf-8', errors='replace')}"
        raise BadPageError(message)
    return tuple(map(mark, found))


def mark(item: dict[str, object]) -> Mark:
    """What an event is recognised by."""
    return Mark(str(item.get("id")), str(item.get("created_at")))


def packed(pages: Iterable[bytes]) -> bytes:
    """Pages as one gzip file, a member for each, so that every page can be had again as it was received."""
    return b"".join(gzip.compress(page, mtime=0) for page in pages)


def unpacked(data: bytes) -> list[bytes]:
    """The pages of such a file.

    Raises:
        zlib.error: it is no gzip file, or not a whole one.
    """
    pages: list[bytes] = []
    while data:
        member = zlib.decompressobj(_GZIP)
        pages.append(member.decompress(data))
        if not member.eof:
            message = "the gzip data is truncated"
            raise zlib.error(message)
        data = member.unused_data
    return pages
