"""What the traffic endpoints answer, and what is made of days that they leave out."""

import json
from datetime import UTC, date, datetime

import pytest

from forgelake.model.traffic import Popular, TrafficDay, TrafficWindow
from forgelake.sources.github.traffic import CLONES, PATHS, REFERRERS, VIEWS, BadTrafficError, path, traffic

TAKEN_AT = datetime(2026, 5, 14, 23, 30, tzinfo=UTC)


def series(name: str, days: dict[int, tuple[int, int]], count: int = 99, uniques: int = 9) -> bytes:
    listed = [{"timestamp": f"2026-05-{day:02}T00:00:00Z", "count": n, "uniques": u} for day, (n, u) in days.items()]
    return json.dumps({"count": count, "uniques": uniques, name: listed}).encode()


def test_views_and_clones_of_a_day_become_one_day() -> None:
    bodies = {VIEWS: series("views", {14: (5, 2)}), CLONES: series("clones", {14: (3, 1)}, 40, 4)}
    seen = traffic(bodies, TAKEN_AT)
    assert seen.days == (TrafficDay(date(2026, 5, 14), 5, 2, 3, 1),)
    assert seen.window == TrafficWindow(99, 9, 40, 4)
    assert (seen.referrers, seen.paths) == (None, None)


def test_clones_on_a_day_without_views_are_kept() -> None:
    seen = traffic({VIEWS: series("views", {13: (5, 2)}), CLONES: series("clones", {14: (3, 1)})}, TAKEN_AT)
    assert seen.days == (
        TrafficDay(date(2026, 5, 13), 5, 2, None, None),
        TrafficDay(date(2026, 5, 14), None, None, 3, 1),
    )


def test_a_day_left_out_had_no_traffic_once_it_can_no_longer_change() -> None:
    seen = traffic({VIEWS: series("views", {9: (5, 2), 14: (1, 1)})}, TAKEN_AT)
    assert [(day.day.day, day.views) for day in seen.days] == [(9, 5), (10, 0), (11, 0), (14, 1)]


def test_nothing_is_known_of_days_before_the_first_one_listed() -> None:
    assert traffic({VIEWS: series("views", {}, 0, 0)}, TAKEN_AT).days == ()


def test_an_endpoint_that_did_not_answer_leaves_its_values_unknown() -> None:
    seen = traffic({CLONES: series("clones", {10: (3, 1)})}, TAKEN_AT)
    assert seen.days[0] == TrafficDay(date(2026, 5, 10), None, None, 3, 1)
    assert seen.window == TrafficWindow(None, None, 99, 9)


def test_top_tens_keep_their_order() -> None:
    referrers = [{"referrer": "Google", "count": 9, "uniques": 4}, {"referrer": "t.co", "count": 9, "uniques": 2}]
    paths = [{"path": "/octo/cat", "title": "octo/cat", "count": 7, "uniques": 3}]
    seen = traffic({REFERRERS: json.dumps(referrers).encode(), PATHS: json.dumps(paths).encode()}, TAKEN_AT)
    assert seen.referrers == (Popular(1, "Google", 9, 4), Popular(2, "t.co", 9, 2))
    assert seen.paths == (Popular(1, "/octo/cat", 7, 3, "octo/cat"),)
    assert (seen.days, seen.window) == ((), None)


@pytest.mark.parametrize(
    ("part", "body", "said"),
    [
        (VIEWS, b"<html>", "not JSON"),
        (VIEWS, b"", "empty body"),
        (VIEWS, b"[]", "no views by day"),
        (CLONES, b'{"count": 1, "uniques": 1, "views": []}', "no clones by day"),
        (VIEWS, b'{"count": 1, "uniques": 1, "views": [{"timestamp": "x", "count": 1, "uniques": 1}]}', "no views"),
        (VIEWS, b'{"count": -1, "uniques": 1, "views": []}', "no views"),
        (VIEWS, b'{"count": true, "uniques": 1, "views": []}', "no views"),
        (REFERRERS, b'{"message": "x"}', "no list of referrers"),
        (PATHS, b'[{"path": "/a"}]', "no list of paths"),
    ],
)
def test_what_is_no_traffic_is_refused_by_name(part: str, body: bytes, said: str) -> None:
    with pytest.raises(BadTrafficError, match=said):
        traffic({part: body}, TAKEN_AT)


def test_endpoints_are_asked_for_by_their_documented_addresses() -> None:
    assert path("octo/cat", REFERRERS) == "/repos/octo/cat/traffic/popular/referrers"
