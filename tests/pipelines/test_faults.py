"""Bad days of an origin: each leaves a reason in the ledger, and the hours around it are collected."""

from pathlib import Path

import pytest

from forgelake.model.errors import RetryError
from forgelake.state.ledger_rows import LedgerRow
from tests.pipelines.archive import FIRST, PER_HOUR, file_name, hours, packed, publish, published, some, text, url_path
from tests.pipelines.lakes import BEFORE_ALL, Lake
from tests.servers.mirror import Fault, Mirror

HTML = b"<!DOCTYPE html><html><head><title>404</title></head></html>"
XML = b'<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>'


@pytest.fixture
def mirrored(lake: Lake, mirror: Mirror) -> Lake:
    """A lake whose only origin is the mirror, which has three hours."""
    mirror.files.update({url_path(hour): packed(some(hour)) for hour in hours(3)})
    lake.urls = mirror.url
    return lake


def _of(lake: Lake, number: int = 0) -> LedgerRow:
    """The ledger's row of one of the hours, of the first origin by name."""
    return next(row for row in lake.ledger() if row.name == FIRST.shifted(number).name)


def test_later_hours_are_collected_although_one_is_not_published(mirrored: Lake, mirror: Mirror) -> None:
    del mirror.files[url_path(FIRST)]
    collected = mirrored.collect(FIRST, FIRST.shifted(2))
    assert (collected.coverage.received, collected.coverage.expected, collected.complete) == (2, 3, False)
    assert len(mirrored.rows()) == 2 * PER_HOUR


@pytest.mark.parametrize(
    ("now", "status"),
    [("2016-01-01T02:30:00Z", "awaited"), ("2016-01-03T01:59:00Z", "awaited"), ("2016-01-03T02:00:00Z", "missing")],
)
def test_an_unpublished_hour_is_awaited_for_two_days_then_missing(
    lake: Lake, mirror: Mirror, now: str, status: str
) -> None:
    lake.urls = mirror.url
    lake.collect(FIRST, FORGELAKE_NOW=now)
    assert lake.statuses() == {FIRST.name: [status]}


def test_the_second_origin_is_asked_for_what_the_first_does_not_have(
    tmp_path: Path, lake: Lake, mirror: Mirror
) -> None:
    folder = published(tmp_path / "second", 2)
    mirror.files[url_path(FIRST)] = packed(some(FIRST))
    both = lake.beside("both", f"{mirror.url} {folder}")
    collected = both.collect(FIRST, FIRST.shifted(1))
    assert collected.complete
    assert {row.name: row.origin.split(":")[0] for row in both.ledger() if row.status == "received"} == {
        FIRST.name: "127.0.0.1",
        FIRST.shifted(1).name: "file",
    }


def test_before_uniting_only_the_first_origin_that_has_an_hour_is_asked(
    tmp_path: Path, lake: Lake, mirror: Mirror
) -> None:
    both = lake.beside("both", f"{published(tmp_path / 'first', 2)} {mirror.url}")
    mirror.files.update({url_path(hour): packed(some(hour)) for hour in hours(2)})
    both.collect(FIRST, FIRST.shifted(1), FORGELAKE_GHARCHIVE_UNITE_FROM=str(FIRST.shifted(1)))
    assert mirror.asked(url_path(FIRST)) == []
    assert len(mirror.asked(url_path(FIRST.shifted(1)))) == 1
    assert sorted(len(sources) for sources in both.sources()) == [1, 2]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (HTML, "HTML page"),
        (XML, "XML document (AccessDenied)"),
        (b'{"message": "rate limit"}', "JSON text, not gzip"),
        (b"", "empty body"),
        (b"\x1f", "not gzip"),
    ],
)
def test_a_body_that_is_no_gzip_file_is_set_aside(mirrored: Lake, mirror: Mirror, body: bytes, reason: str) -> None:
    mirror.files[url_path(FIRST)] = body
    mirrored.collect(FIRST, FIRST.shifted(1))
    row = _of(mirrored)
    assert row.status == "refused"
    assert reason in (row.reason or "")
    assert row.next_ask_at is not None
    (kept,) = mirrored.objects("refused")
    assert kept in (row.reason or "")
    assert not [path for path in mirrored.objects("landing") if FIRST.name in path]
    assert len(mirrored.rows()) == PER_HOUR


def test_a_refused_hour_is_received_once_the_origin_sends_it(mirrored: Lake, mirror: Mirror) -> None:
    mirror.plan(url_path(FIRST), Fault(body=HTML))
    mirrored.collect(FIRST)
    assert mirrored.collect(FIRST).complete
    assert _of(mirrored).attempts == 2
    assert len(mirrored.rows()) == PER_HOUR


def test_a_broken_transfer_goes_on_where_it_broke(mirrored: Lake, mirror: Mirror) -> None:
    mirror.plan(url_path(FIRST), Fault(cut_after=200), Fault(cut_after=300, reset=True))
    assert mirrored.collect(FIRST).complete
    ranges = [request.headers.get("range") for request in mirror.asked(url_path(FIRST))]
    assert ranges[:2] == [None, "bytes=200-"]
    assert _of(mirrored).size == len(mirror.files[url_path(FIRST)])
    assert len(mirrored.rows()) == PER_HOUR


def test_an_origin_that_recovers_is_asked_until_it_answers(mirrored: Lake, mirror: Mirror) -> None:
    mirror.plan(url_path(FIRST), Fault(status=503), Fault(refuse=True), Fault(status=429))
    assert mirrored.collect(FIRST).complete
    assert len(mirror.asked(url_path(FIRST))) == 4


def test_an_hour_that_fails_every_time_is_told_and_tried_by_the_next_run(mirrored: Lake, mirror: Mirror) -> None:
    mirror.plan(url_path(FIRST), *[Fault(status=500)] * 2)
    collected = mirrored.collect(FIRST, FIRST.shifted(1), FORGELAKE_HTTP_ATTEMPTS="2")
    assert collected.coverage.received == 1
    assert "answered 500" in collected.coverage.gaps[0].reason
    assert mirrored.collect(FIRST, FIRST.shifted(1)).complete


def test_a_body_cut_short_for_good_keeps_the_events_that_arrived(mirrored: Lake, mirror: Mirror) -> None:
    whole = mirror.files[url_path(FIRST)]
    mirror.files[url_path(FIRST)] = whole[: len(whole) // 2]
    collected = mirrored.collect(FIRST)
    assert collected.coverage.received == 1
    assert not collected.complete
    assert 0 < len(mirrored.rows()) < PER_HOUR
    reasons = " ".join(row["reason"] for row in mirrored.rows("rejects"))
    assert "the gzip data is truncated" in reasons


def test_an_hour_without_a_single_event_is_a_gap(mirrored: Lake, mirror: Mirror) -> None:
    mirror.files[url_path(FIRST)] = packed(b"")
    collected = mirrored.collect(FIRST, FIRST.shifted(1))
    assert _of(mirrored).status == "empty"
    assert [(gap.start, gap.end) for gap in collected.coverage.gaps] == [(FIRST.start, FIRST.end)]


def test_an_empty_hour_is_taken_from_another_origin(tmp_path: Path, mirrored: Lake, mirror: Mirror) -> None:
    mirror.files[url_path(FIRST)] = packed(b"")
    both = mirrored.beside("both", f"{mirror.url} {published(tmp_path / 'second', 1)}")
    assert both.collect(FIRST).complete
    assert sorted(both.statuses()[FIRST.name]) == ["empty", "received"]


def test_bad_lines_are_kept_with_their_place_and_reason(mirrored: Lake, mirror: Mirror) -> None:
    good = some(FIRST)
    mirror.files[url_path(FIRST)] = packed(text(good[:3]) + b'{"id": "7", "type": \n' + text(good[3:]))
    collected = mirrored.collect(FIRST)
    assert (collected.coverage.received, collected.coverage.rejected, collected.complete) == (1, 1, False)
    (reject,) = mirrored.rows("rejects")
    assert (reject["line"], reject["position"]) == (4, len(text(good[:3])))
    assert reject["bytes"].startswith(b'{"id": "7"')
    assert reject["path"] in mirrored.objects("landing")
    assert len(mirrored.rows()) == PER_HOUR


def test_rejects_of_an_hour_collected_again_are_replaced(mirrored: Lake, mirror: Mirror) -> None:
    mirror.files[url_path(FIRST)] = packed(b'{"no": "event"}\n' * 3)
    mirrored.collect(FIRST)
    assert _of(mirrored).status == "empty"
    mirrored.collect(FIRST)
    assert [row["line"] for row in mirrored.rows("rejects")] == [1, 2, 3]
    mirror.files[url_path(FIRST)] = packed(some(FIRST))
    assert mirrored.collect(FIRST).complete
    assert mirrored.rows("rejects") == []


def test_rejects_are_replaced_although_the_events_lie_under_another_day(mirrored: Lake, mirror: Mirror) -> None:
    mirror.files[url_path(FIRST)] = packed(b"no event\n" + text(some(FIRST.shifted(24))))
    mirrored.collect(FIRST)
    mirrored.collect(FIRST, again=True)
    assert len(mirrored.rows("rejects")) == 1


def test_no_origin_at_all_is_told_before_any_hour_is_tried(lake: Lake) -> None:
    lake.urls = "http://127.0.0.1:9"
    with pytest.raises(RetryError, match=r"no origin .* can be reached .*FORGELAKE_GHARCHIVE_URLS.* make demo"):
        lake.collect(FIRST)
    assert lake.ledger() == []


def test_an_unreachable_origin_does_not_stop_the_other(tmp_path: Path, lake: Lake) -> None:
    lake.urls = f"http://127.0.0.1:9 {published(tmp_path / 'second', 3)}"
    collected = lake.collect(FIRST, FIRST.shifted(2), FORGELAKE_HTTP_ATTEMPTS="1")
    assert collected.complete
    assert lake.statuses()[FIRST.name] == ["failed", "received"]


def test_an_origin_that_goes_away_ends_the_run_soon(lake: Lake, mirror: Mirror) -> None:
    lake.urls = mirror.url
    for hour in hours(6):
        mirror.plan(url_path(hour), Fault(refuse=True))
    with pytest.raises(RetryError, match="make demo"):
        lake.collect(FIRST, FIRST.shifted(5), FORGELAKE_HTTP_ATTEMPTS="1")
    assert len(lake.ledger()) == 3


def test_landed_bytes_that_are_gone_are_asked_for_again(tmp_path: Path, lake: Lake) -> None:
    published(tmp_path / "hours", 2)
    lake.collect(FIRST)
    with lake.open() as context:
        (row,) = context.state.ledger.all_rows()
        assert row.receipt is not None
        context.landing.remove(row.receipt)
        context.state.ledger.forget(row.key)
        context.state.ledger.landed(row.receipt, context.clock())
    lake.collect(FIRST, FIRST.shifted(1))
    assert lake.collect(FIRST, FIRST.shifted(1)).complete
    assert len(lake.rows()) == 2 * PER_HOUR


def test_an_hour_received_from_one_origin_stays_received_when_the_other_fails(
    tmp_path: Path, lake: Lake, mirror: Mirror
) -> None:
    published(tmp_path / "hours", 1)
    mirror.files[url_path(FIRST)] = HTML
    united = lake.beside("united", f"{lake.urls} {mirror.url}", FORGELAKE_GHARCHIVE_UNITE_FROM=BEFORE_ALL)
    assert united.collect(FIRST).complete
    assert sorted(united.statuses()[FIRST.name]) == ["received", "refused"]
    publish(tmp_path / "hours", {})
    (tmp_path / "hours" / file_name(FIRST)).write_bytes(HTML)
    united.collect(FIRST, again=True)
    assert len(united.rows()) == PER_HOUR
