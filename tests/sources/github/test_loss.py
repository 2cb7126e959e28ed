"""Overlap and loss: whatever happens between two polls, what is not seen is said, and nothing else is."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from forgelake.model.coverage import Gap
from forgelake.sources.github.loss import Seen, lost
from forgelake.sources.github.pages import Mark
from forgelake.sources.github.poll import Poll

START = datetime(2026, 9, 6, tzinfo=UTC)
WINDOW = 8

_gaps = st.lists(st.integers(0, 3), max_size=40)


def _stream(steps: list[int]) -> list[Mark]:
    """Events some seconds apart, oldest first."""
    instants: list[datetime] = []
    at = START
    for step in steps:
        at += timedelta(seconds=step)
        instants.append(at)
    return [Mark(str(number), f"{at:%Y-%m-%dT%H:%M:%SZ}") for number, at in enumerate(instants)]


def _poll(stream: list[Mark], at: datetime = START) -> Poll:
    """The window's newest events, as a whole poll sees them."""
    shown = stream[-WINDOW:][::-1]
    return Poll(at, at, marks=shown, exhausted=len(stream) < WINDOW, whole=True)


@given(_gaps, st.integers(0, 40))
def test_there_is_a_gap_exactly_if_an_event_was_missed(steps: list[int], seen: int) -> None:
    stream = _stream(steps)
    before, after = _poll(stream[:seen]), _poll(stream)
    missed = set(stream[seen:]) - set(after.marks)
    gap = lost(Seen(before.asked_at, before.marks), after)
    # Without a common event it cannot be known whether anything lay between.
    blind = len(stream) >= WINDOW and set(before.marks).isdisjoint(after.marks)
    assert (gap is not None) == blind
    assert gap is not None or not missed


@given(_gaps, st.integers(1, 40))
def test_all_that_was_missed_lies_within_the_gap(steps: list[int], seen: int) -> None:
    stream = _stream(steps)
    before, after = _poll(stream[:seen]), _poll(stream)
    gap = lost(Seen(before.asked_at, before.marks), after)
    missed = [datetime.fromisoformat(mark.created_at) for mark in set(stream[seen:]) - set(after.marks)]
    assert gap is not None or not missed
    assert gap is None or all(gap.start <= instant < gap.end for instant in missed)
    assert gap is None or gap.start < gap.end


@given(_gaps, st.lists(st.integers(0, 40), min_size=2, max_size=6))
def test_polls_one_after_the_other_account_for_every_event(steps: list[int], moments: list[int]) -> None:
    stream = _stream(steps)
    held: set[Mark] = set()
    gaps: list[Gap | None] = []
    seen: Seen | None = None
    for moment in sorted(moments):
        poll = _poll(stream[:moment])
        gaps.append(lost(seen, poll) if seen else None)
        seen = Seen(poll.asked_at, poll.marks)
        held |= set(poll.marks)
    first, last = min(moments), max(moments)
    missed = set(stream[first:last]) - held
    covered = [gap for gap in gaps if gap is not None]
    for mark in missed:
        assert any(gap.start <= datetime.fromisoformat(mark.created_at) < gap.end for gap in covered)


def test_a_timeline_that_was_empty_may_have_lost_anything_since() -> None:
    after = _poll(_stream([60] * 20))
    gap = lost(Seen(START, ()), after)
    assert gap is not None
    assert gap.start == START
    assert gap.end == datetime.fromisoformat(after.marks[-1].created_at) + timedelta(seconds=1)


def test_times_that_are_none_do_no_harm() -> None:
    after = Poll(START, START, marks=[Mark("1", "yesterday")], whole=True)
    gap = lost(Seen(START, (Mark("2", "None"),)), after)
    assert gap is not None
    assert gap.start < gap.end
