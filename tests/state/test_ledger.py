"""The ledger, on both databases."""

import re
from dataclasses import fields, replace
from datetime import UTC, date, datetime, timedelta

import pytest

from forgelake.model.errors import StopError
from forgelake.model.slices import Counts, Receipt, SliceKey, SliceStatus
from forgelake.state.database import State
from forgelake.state.ledger_rows import LedgerRow, Verdict
from forgelake.state.schema import SLICES_COLUMNS
from tests.state.conftest import NOW

HOUR = timedelta(hours=1)
FIRST = datetime(2016, 1, 1, tzinfo=UTC)
ORIGIN = "data.gharchive.org"
KEY = SliceKey("gharchive", "2016-01-01-0", ORIGIN)
RECEIPT = Receipt(
    key=KEY,
    start=FIRST,
    end=FIRST + HOUR,
    path="landing/gharchive/2016-01-01-0.json.gz",
    url="https://data.gharchive.org/2016-01-01-0.json.gz",
    etag='"abc"',
    sha256="aa" * 32,
    size=5_000_000_000,
    received_at=NOW,
)
NEW_VERSION = replace(RECEIPT, sha256="bb" * 32, size=7, etag=None, path="landing/gharchive/2016-01-01-0.v2.json.gz")
COUNTS = Counts(
    events=10,
    duplicates=1,
    rejected=2,
    repaired=3,
    json_bytes=9_000_000_000,
    first_event=FIRST,
    last_event=FIRST + timedelta(minutes=59, microseconds=1),
    days=(date(2015, 12, 31), date(2016, 1, 1)),
)
NEW_COUNTS = Counts(events=4, days=(date(2016, 1, 1), date(2016, 1, 2)))


def row_of(state: State, key: SliceKey = KEY) -> LedgerRow:
    row = state.ledger.get(key)
    assert row is not None
    return row


def key_of(hour: int, origin: str = ORIGIN) -> SliceKey:
    return SliceKey("gharchive", f"2016-01-01-{hour}", origin)


def ask(
    state: State, hour: int, status: SliceStatus, *, origin: str = ORIGIN, next_ask_at: datetime | None = None
) -> None:
    start = FIRST + hour * HOUR
    state.ledger.asked(key_of(hour, origin), start, start + HOUR, status, "because", NOW, next_ask_at)


def receive(state: State, receipt: Receipt = RECEIPT, counts: Counts = COUNTS) -> None:
    state.ledger.landed(receipt, NOW)
    state.ledger.committing(receipt.key, counts)
    state.ledger.committed(receipt.key, counts, NOW)


def test_an_unknown_slice_has_no_row(state: State) -> None:
    assert state.ledger.get(KEY) is None
    assert state.ledger.rows("gharchive", FIRST, FIRST + HOUR) == []
    assert state.ledger.period("gharchive") is None


@pytest.mark.parametrize(
    "status", [SliceStatus.AWAITED, SliceStatus.MISSING, SliceStatus.REFUSED, SliceStatus.FAILED, SliceStatus.EMPTY]
)
def test_a_verdict_is_recorded_with_its_reason(state: State, status: SliceStatus) -> None:
    state.ledger.asked(KEY, FIRST, FIRST + HOUR, status, "the origin answered 404", NOW, NOW + HOUR)
    row = row_of(state)
    assert (row.key, row.start, row.end) == (KEY, FIRST, FIRST + HOUR)
    assert (row.status, row.reason, row.next_ask_at) == (status, "the origin answered 404", NOW + HOUR)
    assert (row.attempts, row.first_asked_at, row.last_asked_at) == (1, NOW, NOW)
    assert (row.receipt, row.counts) == (None, Counts())


def test_a_later_verdict_replaces_the_earlier_and_counts_the_attempt(state: State) -> None:
    ask(state, 0, SliceStatus.AWAITED, next_ask_at=NOW)
    state.ledger.asked(KEY, FIRST, FIRST + HOUR, SliceStatus.MISSING, "never published", NOW + HOUR)
    row = row_of(state)
    assert (row.status, row.reason, row.next_ask_at) == (SliceStatus.MISSING, "never published", None)
    assert (row.attempts, row.first_asked_at, row.last_asked_at) == (2, NOW, NOW + HOUR)


@pytest.mark.parametrize("status", [SliceStatus.RECEIVED, SliceStatus.LANDED])
def test_a_verdict_cannot_claim_bytes(state: State, status: SliceStatus) -> None:
    with pytest.raises(ValueError, match="no verdict"):
        ask(state, 0, status)
    assert state.ledger.get(KEY) is None


def test_a_slice_goes_from_asked_to_received(state: State) -> None:
    ask(state, 0, SliceStatus.AWAITED, next_ask_at=NOW)
    state.ledger.landed(RECEIPT, NOW + HOUR)
    landed = row_of(state)
    assert (landed.status, landed.reason, landed.next_ask_at) == (SliceStatus.LANDED, None, None)
    assert (landed.receipt, landed.attempts, landed.last_asked_at) == (RECEIPT, 2, NOW + HOUR)
    state.ledger.committing(KEY, COUNTS)
    committing = row_of(state)
    assert (committing.status, committing.days, committing.events) == (SliceStatus.LANDED, COUNTS.days, 0)
    state.ledger.committed(KEY, COUNTS, NOW + 2 * HOUR)
    received = row_of(state)
    assert (received.status, received.counts) == (SliceStatus.RECEIVED, COUNTS)
    assert received.committed_at == NOW + 2 * HOUR
    assert received.receipt == RECEIPT


def test_every_instant_comes_back_aware(state: State) -> None:
    receive(state)
    row = row_of(state)
    instants = [value for field in fields(row) if isinstance(value := getattr(row, field.name), datetime)]
    assert len(instants) == 8
    assert all(instant.tzinfo is UTC for instant in instants)


@pytest.mark.parametrize(
    "status", [SliceStatus.AWAITED, SliceStatus.MISSING, SliceStatus.REFUSED, SliceStatus.FAILED, SliceStatus.EMPTY]
)
def test_a_received_slice_is_never_downgraded(state: State, status: SliceStatus) -> None:
    receive(state)
    before = row_of(state)
    state.ledger.asked(KEY, FIRST, FIRST + HOUR, status, "gone today", NOW + HOUR, NOW + 2 * HOUR)
    asked = replace(before, attempts=before.attempts + 1, last_asked_at=NOW + HOUR, changed=before.changed + 1)
    assert row_of(state) == asked


def test_landed_bytes_stay_landed_when_the_origin_has_them_no_more(state: State) -> None:
    state.ledger.landed(RECEIPT, NOW)
    ask(state, 0, SliceStatus.MISSING)
    assert row_of(state).status == SliceStatus.LANDED
    ask(state, 0, SliceStatus.REFUSED)
    assert row_of(state).status == SliceStatus.REFUSED


def test_the_same_bytes_again_change_nothing_but_the_facts_of_receiving(state: State) -> None:
    receive(state)
    state.ledger.landed(replace(RECEIPT, etag='"def"', received_at=NOW + HOUR), NOW + HOUR)
    row = row_of(state)
    assert (row.status, row.counts, row.etag, row.received_at) == (SliceStatus.RECEIVED, COUNTS, '"def"', NOW + HOUR)
    assert state.ledger.landed_not_committed("gharchive") == []


def test_other_bytes_land_again_and_the_days_of_the_old_rows_are_kept_until_committed(state: State) -> None:
    receive(state)
    state.ledger.landed(NEW_VERSION, NOW + HOUR)
    landed = row_of(state)
    assert (landed.status, landed.receipt, landed.days) == (SliceStatus.LANDED, NEW_VERSION, COUNTS.days)
    state.ledger.committing(KEY, NEW_COUNTS)
    assert row_of(state).days == (date(2015, 12, 31), date(2016, 1, 1), date(2016, 1, 2))
    state.ledger.committed(KEY, NEW_COUNTS, NOW)
    assert (row_of(state).status, row_of(state).counts) == (SliceStatus.RECEIVED, NEW_COUNTS)


def test_a_crash_between_commits_leaves_a_trace_of_all_days(state: State) -> None:
    receive(state)
    state.ledger.landed(NEW_VERSION, NOW)
    state.ledger.committing(KEY, NEW_COUNTS)
    (left,) = state.ledger.landed_not_committed("gharchive")
    assert left.receipt == NEW_VERSION
    state.ledger.committing(KEY, Counts(events=1, days=(date(2016, 1, 3),)))
    assert row_of(state).days == (date(2015, 12, 31), *(date(2016, 1, day) for day in (1, 2, 3)))


def test_a_slice_without_events_is_empty_and_may_be_asked_for_again(state: State) -> None:
    state.ledger.landed(RECEIPT, NOW)
    state.ledger.committed(KEY, Counts(json_bytes=0), NOW, next_ask_at=NOW + HOUR)
    assert (row_of(state).status, row_of(state).days) == (SliceStatus.EMPTY, ())
    assert state.ledger.due("gharchive", NOW) == []
    assert [row.key for row in state.ledger.due("gharchive", NOW + HOUR)] == [KEY]


def test_a_received_slice_is_not_due(state: State) -> None:
    state.ledger.landed(RECEIPT, NOW)
    state.ledger.committed(KEY, COUNTS, NOW, next_ask_at=NOW)
    assert row_of(state).next_ask_at is None
    assert state.ledger.due("gharchive", NOW + HOUR) == []


def test_what_was_never_asked_for_cannot_be_committed(state: State) -> None:
    state.ledger.landed(RECEIPT, NOW)
    counts = {KEY: COUNTS, key_of(5): COUNTS}
    with pytest.raises(StopError, match=re.escape(str(key_of(5)))):
        state.ledger.committing_many(counts)
    with pytest.raises(StopError, match=re.escape(str(key_of(5)))):
        state.ledger.committed_many(counts, NOW)
    assert (row_of(state).status, row_of(state).days) == (SliceStatus.LANDED, ())


def test_many_slices_are_committed_at_once(state: State) -> None:
    counts = {
        key_of(hour): Counts(events=hour, days=(date(2016, 1, 1) + timedelta(days=hour // 24),)) for hour in range(310)
    }
    start_of = {key_of(hour): FIRST + hour * HOUR for hour in range(310)}
    verdicts = [Verdict(key, start, start + HOUR, SliceStatus.AWAITED, None) for key, start in start_of.items()]
    state.ledger.asked_many(verdicts, NOW)
    state.ledger.committing_many(counts)
    state.ledger.committed_many(counts, NOW)
    rows = state.ledger.rows("gharchive", FIRST, FIRST + 310 * HOUR)
    assert {row.key: row.counts for row in rows} == counts
    assert [row.status for row in rows[:2]] == [SliceStatus.EMPTY, SliceStatus.RECEIVED]


def test_nothing_many_times_is_nothing(state: State) -> None:
    state.ledger.asked_many([], NOW)
    state.ledger.committing_many({})
    state.ledger.committed_many({}, NOW)
    assert list(state.ledger.all_rows()) == []


def test_rows_are_of_one_source_and_period_in_order(state: State) -> None:
    for hour, origin in ((10, "b"), (9, "b"), (9, "a"), (11, "a"), (8, "a")):
        ask(state, hour, SliceStatus.AWAITED, origin=origin)
    other = SliceKey("other", "x", "a")
    state.ledger.asked(other, FIRST + 9 * HOUR, FIRST + 10 * HOUR, SliceStatus.AWAITED, None, NOW)
    rows = state.ledger.rows("gharchive", FIRST + 9 * HOUR, FIRST + 11 * HOUR)
    assert [(row.start, row.origin) for row in rows] == [
        (FIRST + 9 * HOUR, "a"),
        (FIRST + 9 * HOUR, "b"),
        (FIRST + 10 * HOUR, "b"),
    ]
    assert state.ledger.period("gharchive") == (FIRST + 8 * HOUR, FIRST + 12 * HOUR)


def test_due_are_those_whose_time_has_come(state: State) -> None:
    ask(state, 3, SliceStatus.FAILED, next_ask_at=NOW)
    ask(state, 1, SliceStatus.AWAITED, next_ask_at=NOW - HOUR)
    ask(state, 2, SliceStatus.AWAITED, next_ask_at=NOW + timedelta(microseconds=1))
    ask(state, 4, SliceStatus.MISSING)
    assert [row.key for row in state.ledger.due("gharchive", NOW)] == [key_of(1), key_of(3)]
    assert state.ledger.due("other", NOW) == []


def test_a_forgotten_slice_is_as_if_never_asked(state: State) -> None:
    ask(state, 0, SliceStatus.MISSING)
    ask(state, 1, SliceStatus.MISSING)
    state.ledger.forget(KEY)
    state.ledger.forget(KEY)
    assert [row.key for row in state.ledger.all_rows()] == [key_of(1)]


def test_all_rows_has_the_described_columns_in_order(state: State) -> None:
    receive(state)
    (row,) = state.ledger.all_rows()
    assert row == row_of(state)
    assert [field.name for field in fields(row)] == [column.name for column in SLICES_COLUMNS]
