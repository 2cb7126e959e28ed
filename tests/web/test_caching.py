"""Answers are made once, and told apart by strong ETags that follow from the data and the question."""

import gzip
import io
import shutil
import threading
import time
from pathlib import Path

import httpx2
import pyarrow as pa
import pytest

from forgelake.web.cache import Cache, Stored
from tests.pipelines.archive import hours, published
from tests.pipelines.lakes import Lake
from tests.web.conftest import Serving
from tests.web.serving import DAY, bearer

EVENTS = "/metrics/events/data"


@pytest.fixture
def small(tmp_path: Path) -> Lake:
    """Three hours, of which the first two are collected."""
    lake = Lake(tmp_path / "home", published(tmp_path / "hours", 3))
    lake.collect(*hours(2))
    return lake


def test_the_same_question_has_the_same_strong_etag_and_is_not_sent_again(served: Serving) -> None:
    first = served.get(EVENTS, **DAY)
    etag = first.headers["etag"]
    assert etag.startswith('"')
    again = served.get(EVENTS, {"If-None-Match": f'"other", {etag}'}, **DAY)
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == etag
    assert again.headers["cache-control"] == first.headers["cache-control"]
    assert served.get(EVENTS, {"If-None-Match": '"other"'}, **DAY).status_code == 200
    assert served.get(EVENTS, {"If-None-Match": "*"}, **DAY).status_code == 304


def test_questions_and_formats_differ_in_their_etags(served: Serving) -> None:
    asked = [
        served.get(EVENTS, **DAY),
        served.get(EVENTS, **DAY, interval="h"),
        served.get(EVENTS, **DAY, repo="a/b"),
        served.get(EVENTS + ".csv", **DAY),
        served.get(EVENTS, {"Accept-Encoding": "zstd"}, **DAY),
        served.get(EVENTS, {"Accept-Encoding": "identity"}, **DAY),
        served.get("/metrics/pushes/data", **DAY),
        served.get("/tables"),
    ]
    assert len({response.headers["etag"] for response in asked[1:]}) == len(asked) - 1


def test_words_that_mean_the_same_question_share_an_etag(served: Serving) -> None:
    one = served.get(EVENTS, from_="2016-01-01", to="2016-01-02", interval="day")
    two = served.get(EVENTS, to="2016-01-02T00:00:00Z", from_="2016-01-01T00:00", interval="d")
    assert one.headers["etag"] == two.headers["etag"]


def test_304_is_told_before_any_data_is_read(small: Lake) -> None:
    with Serving(small) as serving:
        etag = serving.get(EVENTS, **DAY).headers["etag"]
    shutil.rmtree(small.home / "lake" / "tables" / "events" / "data")
    with Serving(small) as serving:
        assert serving.get(EVENTS, {"If-None-Match": etag}, **DAY).status_code == 304
        assert serving.get(EVENTS, **DAY).status_code >= 500


def test_new_data_makes_new_answers_within_a_second_or_two(small: Lake) -> None:
    with Serving(small) as serving:
        before = serving.get(EVENTS, **DAY)
        small.collect(hours(3)[-1])
        after = _changed(serving, before.headers["etag"])
        assert after.json()["data"][0]["events"] == before.json()["data"][0]["events"] + 40
        assert after.json()["coverage"]["received"] == 3


def _changed(serving: Serving, etag: str) -> httpx2.Response:
    for _ in range(100):
        response = serving.get(EVENTS, {"If-None-Match": etag}, **DAY)
        if response.status_code == 200:
            return response
        time.sleep(0.05)
    pytest.fail("the new state was never seen")


def test_a_closed_and_whole_period_stays_fresh_for_a_day_and_others_until_the_next_hour(served: Serving) -> None:
    whole = served.get(EVENTS, from_="2016-01-01T01:00:00Z", to="2016-01-01T05:00:00Z", interval="h")
    assert whole.json()["coverage"]["share"] == 1
    assert whole.headers["cache-control"] == "public, max-age=86400"
    assert served.get(EVENTS, **DAY).headers["cache-control"] == "public, max-age=1200"
    assert served.get(EVENTS).headers["cache-control"] == "public, max-age=1200"


def test_answers_to_a_key_are_private(served: Serving) -> None:
    key = served.key("private")
    for headers, who in ((bearer(key), "private"), (None, "public"), (bearer(key), "private")):
        response = served.get(EVENTS, headers, **DAY)
        assert response.headers["cache-control"].startswith(who)
        assert "Authorization" in response.headers["vary"]


def test_encodings_hold_the_same_bytes(served: Serving) -> None:
    def raw(encoding: str) -> tuple[str, bytes]:
        wanted = {"Accept-Encoding": encoding}
        with served.client.stream("GET", EVENTS, params={**DAY, "interval": "h"}, headers=wanted) as response:
            return response.headers.get("content-encoding", ""), b"".join(response.iter_raw())

    _, plain = raw("identity")
    kind, packed = raw("gzip")
    assert kind == "gzip"
    assert gzip.decompress(packed) == plain
    kind, packed = raw("br, gzip;q=0.5, zstd;q=0.9")
    assert kind == "zstd"
    assert pa.CompressedInputStream(io.BytesIO(packed), "zstd").read() == plain
    assert len(packed) < len(plain) / 2
    assert raw("gzip;q=0, zstd;q=0")[0] == ""
    assert raw("br")[0] == ""


def test_answers_survive_no_restart_but_etags_do(small: Lake) -> None:
    with Serving(small) as serving:
        first = serving.get(EVENTS, **DAY)
    with Serving(small) as serving:
        assert serving.get(EVENTS, **DAY).headers["etag"] == first.headers["etag"]
        assert serving.get(EVENTS, **DAY).content == first.content


def _stored(name: str, size: int) -> Stored:
    return Stored(name, "text/plain", b"x" * size, "", closed=False)


def test_the_cache_lets_the_least_recently_used_go_when_bytes_are_too_many() -> None:
    cache = Cache(40_000)
    for name in "abc":
        cache.get(name, lambda name=name: _stored(name, 10_000))
        cache.remember(("request", name), _stored(name, 10_000))
    assert cache.known(("request", "a")) is not None
    cache.get("d", lambda: _stored("d", 10_000))
    assert cache.size <= 40_000
    assert cache.known(("request", "b")) is None
    assert cache.known(("request", "a")) is not None


def test_an_answer_larger_than_the_cache_is_given_and_not_kept() -> None:
    cache = Cache(1000)
    assert len(cache.get("a", lambda: _stored("a", 5000)).body) == 5000
    assert cache.size == 0


def test_a_failed_answer_is_tried_again_by_the_next_who_asks() -> None:
    def broken() -> Stored:
        raise ValueError

    cache = Cache(10_000)
    with pytest.raises(ValueError):  # noqa: PT011 - ours
        cache.get("a", broken)
    assert cache.get("a", lambda: _stored("a", 10)).etag == "a"


def test_threads_that_ask_at_the_same_time_have_an_answer_made_once() -> None:
    cache, made, together = Cache(10_000), list[int](), threading.Barrier(8)

    def make() -> Stored:
        made.append(1)
        time.sleep(0.05)
        return _stored("a", 10)

    def ask() -> None:
        together.wait(30)
        assert cache.get("a", make).etag == "a"

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert made == [1]
