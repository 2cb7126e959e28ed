"""Polling one timeline once: ask, land, record, and say what a person should know."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import structlog

from forgelake.model.coverage import Gap
from forgelake.model.errors import RetryError, SkipError
from forgelake.model.slices import SliceKey, SliceStatus
from forgelake.pipelines.clock import Clock
from forgelake.pipelines.context import Context
from forgelake.pipelines.polls.landing import Memory, land, record, recorded_late, refuse, remembered, unrecorded
from forgelake.pipelines.polls.watch import ASK_AGAIN, Watch, verdict
from forgelake.sources.github import SOURCE
from forgelake.sources.github.answer import NOT_MODIFIED, OK, Answer, LimitedError
from forgelake.sources.github.client import GithubClient
from forgelake.sources.github.poll import Poll, read_poll

TIMELINE = "timeline"
"""The name of the slice under which the ledger says what is wrong with a timeline as a whole."""

MOST_TOLD = 10
"""Gaps that a run remembers to tell: a live run may have one every minute for months."""

_log = structlog.get_logger()


@dataclass(slots=True)
class Tally:
    """What a run's polls came to.

    Attributes:
        answers: answers of any kind, "not modified" included.
        polls: polls that brought something new, and landed.
        events: new events in them.
        lost: how often something was lost between two polls.
        gaps: what was lost, by the timeline's title; of many only the latest.
        faults: what is wrong now, by the timeline's title.
        moved: timelines that answer under a new name.
    """

    answers: int = 0
    polls: int = 0
    events: int = 0
    lost: int = 0
    gaps: deque[tuple[str, Gap]] = field(default_factory=lambda: deque(maxlen=MOST_TOLD))
    faults: dict[str, str] = field(default_factory=dict)
    moved: dict[str, str] = field(default_factory=dict)

    def lose(self, title: str, gap: Gap) -> None:
        """Count what was lost; the ledger holds all of it."""
        self.lost += 1
        self.gaps.append((title, gap))


class Poller:
    """Polls timelines with one client."""

    def __init__(self, context: Context, clock: Clock, api: GithubClient, tally: Tally) -> None:
        self._context = context
        self._clock = clock
        self._api = api
        self._tally = tally

    def begin(self, watches: Sequence[Watch]) -> None:
        """Remember what earlier runs left of some timelines, and finish what a crash interrupted."""
        by_origin = {one.origin: one for one in watches}
        now = self._clock.now()
        for one in watches:
            one.memory = remembered(self._context, one.origin)
            fault = self._context.state.ledger.get(SliceKey(SOURCE, TIMELINE, one.origin))
            one.told = fault.reason or "" if fault else ""
            known = self._api.validator(one.url)
            # A wrong clock may have noted a time that never comes.
            one.next_at = min(max(known.ask_after, now), now + ASK_AGAIN) if known and known.ask_after else now
        for receipt in unrecorded(self._context, by_origin.keys(), self._clock.now().date()):
            one = by_origin[receipt.key.origin]
            gap = recorded_late(self._context, receipt, _memory(one), self._clock.now())
            self._note_gap(one, gap)

    def poll(self, one: Watch) -> None:
        """Poll a timeline and set when it is due again.

        Raises:
            LimitedError, RetryError, SkipError, ConfigurationError: as the client does; nothing was received then.
        """
        memory, before = _memory(one), self._api.requests
        known = memory.seen.marks if memory.seen else ()
        poll = read_poll(self._api, one.url, known, self._clock.now, self._clock.stopped)
        first = poll.first
        if first is None:
            return
        self._tally.answers += 1
        one.spent = self._api.requests - before - (poll.unchanged and self._api.authorized)
        interval = timedelta(seconds=self._context.settings.github.poll_seconds)
        one.next_at = first.poll_after or self._clock.now() + interval
        if first.status not in (OK, NOT_MODIFIED):
            status, reason = verdict(one.timeline, first)
            self.failed(one, reason, lasting=True, status=status)
            return
        self._received(one, poll, memory)
        # Of a poll that broke off, the rest has to be asked for again.
        self._api.keep(first, etag=poll.whole)
        if first.moved_to is not None:
            self._moved(one, first)

    def failed(self, one: Watch, reason: str, *, lasting: bool, status: SliceStatus = SliceStatus.FAILED) -> None:
        """Say once, and keep in the ledger, that a timeline cannot be had now."""
        now = self._clock.now()
        wait = ASK_AGAIN if lasting else timedelta(seconds=self._context.settings.github.poll_seconds)
        one.next_at = max(one.next_at, now + wait)
        self._tally.faults[one.timeline.title] = reason
        key = SliceKey(SOURCE, TIMELINE, one.origin)
        self._context.state.ledger.asked(key, now, now + wait, status, reason, now, one.next_at)
        if one.told != reason:
            one.told = reason
            _log.warning("cannot be polled", timeline=one.timeline.title, reason=reason)

    def _received(self, one: Watch, poll: Poll, memory: Memory) -> None:
        new = memory.brings(poll)
        if new is not None:
            receipt = land(self._context, one.origin, one.url, poll)
            self._note_gap(one, record(self._context, receipt, poll, memory, self._clock.now()))
            self._tally.polls += 1
            self._tally.events += new
        _log.info("polled", timeline=one.timeline.title, new=new or 0, pages=len(poll.pages), whole=poll.whole)
        if poll.bad_body is not None:
            self.failed(one, refuse(self._context, one.origin, poll, self._clock.now()), lasting=False)
        elif poll.stopped_by is not None and not isinstance(poll.stopped_by, LimitedError):
            self.failed(one, str(poll.stopped_by), lasting=False)
        else:
            self._works(one)

    def _works(self, one: Watch) -> None:
        """A timeline that could not be had can be had again."""
        if one.told:
            self._context.state.ledger.forget(SliceKey(SOURCE, TIMELINE, one.origin))
        one.told = ""
        self._tally.faults.pop(one.timeline.title, None)

    def _note_gap(self, one: Watch, gap: Gap | None) -> None:
        if gap is not None:
            self._tally.lose(one.timeline.title, gap)
            _log.warning("events were lost", timeline=one.timeline.title, reason=gap.reason)

    def _moved(self, one: Watch, first: Answer) -> None:
        """Ask under the new address from now on, and say once what it is called now."""
        place = first.url.partition("?")[0].removesuffix("/events")
        try:
            named = self._api.get(place)
            name = named.field("full_name") or named.field("login") or place
        except (RetryError, SkipError):
            name = place
        title, setting = one.timeline.title, one.timeline.setting
        one.url = first.url
        self._tally.moved[title] = f"{title} is called {name} now (301); write the new name in {setting}"
        _log.warning("moved", timeline=title, reason=self._tally.moved[title])


def _memory(one: Watch) -> Memory:
    if one.memory is None:
        message = f"{one.origin} is polled without its lease"
        raise AssertionError(message)
    return one.memory
