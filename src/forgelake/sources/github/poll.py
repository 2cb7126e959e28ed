"""One poll: the pages of a timeline as it is now, newest first."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime

from forgelake.model.errors import RetryError, SkipError
from forgelake.sources.github.answer import NOT_MODIFIED, OK, Answer
from forgelake.sources.github.client import GithubClient
from forgelake.sources.github.pages import BadPageError, Mark, marks
from forgelake.sources.github.timelines import MOST_EVENTS, MOST_PAGES


@dataclass(slots=True)
class Poll:
    """What a poll brought.

    Attributes:
        asked_at, received_at: when the first page was asked for and the last one had arrived.
        first: the answer to the first page.
        pages: the pages' bodies as received, each a JSON array.
        marks: the events in them, newest first.
        exhausted: whether nothing lies behind the last page: the timeline holds no more, and lost nothing.
        whole: whether all was received that the timeline holds or that the poll before did not have.
        stopped_by: what ended the poll early, if not what it was asked for.
        bad_body: a body that is no page.
    """

    asked_at: datetime
    received_at: datetime
    first: Answer | None = None
    pages: list[bytes] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    exhausted: bool = False
    whole: bool = False
    stopped_by: RetryError | SkipError | None = None
    bad_body: bytes | None = None

    @property
    def unchanged(self) -> bool:
        """Whether the timeline is as it was."""
        return self.first is not None and self.first.status == NOT_MODIFIED


def read_poll(
    client: GithubClient, url: str, known: Collection[Mark], now: Callable[[], datetime], stopped: Callable[[], bool]
) -> Poll:
    """Ask for a timeline's pages until one brings nothing that is not known, or there are no more.

    Pages that came before something went wrong are kept.

    Raises:
        RetryError, SkipError, ConfigurationError: as the client does, if it happens at the first page.
    """
    asked_at = now()
    poll = Poll(asked_at, asked_at)
    next_url: str | None = url
    while next_url is not None and not poll.whole and len(poll.pages) < MOST_PAGES and not (poll.pages and stopped()):
        try:
            answer = client.get(next_url, conditional=not poll.pages)
        except (RetryError, SkipError) as error:
            if not poll.pages:
                raise
            poll.stopped_by = error
            return poll
        poll.first = poll.first or answer
        poll.received_at = now()
        if answer.status != OK or not _take(poll, answer, known):
            return poll
        next_url = answer.next_url
    poll.exhausted = next_url is None and len(poll.marks) < MOST_EVENTS
    poll.whole = poll.whole or next_url is None or len(poll.pages) == MOST_PAGES
    return poll


def _take(poll: Poll, answer: Answer, known: Collection[Mark]) -> bool:
    try:
        found = marks(answer.body)
    except BadPageError as error:
        poll.stopped_by, poll.bad_body = error, answer.body
        return False
    poll.pages.append(answer.body)
    poll.marks += found
    # What is new lies in front of what is known; events that come late are placed among the newest, too.
    poll.whole = bool(found) and all(mark in known for mark in found)
    return True
