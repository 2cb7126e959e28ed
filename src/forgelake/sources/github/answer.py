"""What the API said, and the two errors that only an API has."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from forgelake.model.errors import RetryError

OK, ACCEPTED, NOT_MODIFIED, UNAUTHORIZED, FORBIDDEN, NOT_FOUND, BLOCKED = 200, 202, 304, 401, 403, 404, 451
_SHOWN: Final = 200


class LimitedError(RetryError):
    """A limit is reached; ``until`` is when the API may be asked again."""

    def __init__(self, until: datetime, now: datetime) -> None:
        super().__init__(f"GitHub's rate limit is reached until {until:%H:%M:%S} UTC", (until - now).total_seconds())
        self.until = until


@dataclass(frozen=True, slots=True)
class Answer:
    """What the API said.

    Attributes:
        url: what was asked for in the end, redirects followed.
        moved_to: where it lives now, if the API says that it has moved for good.
        body: as received; empty when not modified.
        next_url: the next page, if there is one.
        poll_after: when the API wants to be asked again at the earliest, if it says so.
        last_page: the number of the last page, if the API says so.
        needs: the permissions that the API asks for, e.g. ``administration=read``, if it says so.
    """

    url: str
    moved_to: str | None
    status: int
    body: bytes
    etag: str | None
    next_url: str | None
    poll_after: datetime | None
    last_page: int | None = None
    needs: str = ""

    @property
    def message(self) -> str:
        """What an error says, in GitHub's words."""
        return self.field("message")

    def field(self, name: str) -> str:
        """A value of an object, shortened for people; empty if there is none."""
        try:
            said = json.loads(self.body)[name]
        except (ValueError, TypeError, KeyError, RecursionError):
            return ""
        return "".join(c for c in str(said)[:_SHOWN] if c.isprintable())
