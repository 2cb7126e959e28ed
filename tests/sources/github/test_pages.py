"""Pages of timelines: what is recognised, and what is refused."""

import gzip
import json
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forgelake.pipelines.polls.staging import without_known
from forgelake.settings.github import GithubSettings
from forgelake.sources.github.links import Api
from forgelake.sources.github.pages import BadPageError, Mark, marks, packed, unpacked
from forgelake.sources.github.timelines import slug, timelines


def _event(number: int) -> dict[str, object]:
    return {"id": str(number), "type": "WatchEvent", "created_at": "2026-01-01T00:00:00Z", "payload": {"a": "[]{},"}}


def test_events_are_recognised_by_id_and_time() -> None:
    body = json.dumps([_event(1), {"no": "event"}, 7, {"id": 2, "created_at": "x"}]).encode()
    assert marks(body) == (Mark("1", "2026-01-01T00:00:00Z"), Mark("2", "x"))
    assert marks(b"\xef\xbb\xbf" + body) == marks(body)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b" \n", "empty body"),
        (b"<html>oops", "HTML page"),
        (b'[{"id": "1"', "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b'{"message": "Server Error"}', "no list of events: {"),
        (b"null", "no list of events: null"),
        (b"[1, 2]", r"no list of events: \[1, 2"),
    ],
)
def test_what_is_no_page_is_refused(body: bytes, said: str) -> None:
    with pytest.raises(BadPageError, match=said):
        marks(body)


@given(st.lists(st.binary(max_size=200), max_size=4))
def test_pages_are_had_again_as_they_were(pages: list[bytes]) -> None:
    assert unpacked(packed(pages)) == pages
    assert gzip.decompress(packed(pages)) == b"".join(pages)


def test_a_torn_file_of_pages_is_told() -> None:
    data = packed([b"[1]", b"[2]"])
    for end in (len(data) - 1, len(data) // 2 + 1, 1):
        with pytest.raises(zlib.error):
            unpacked(data[:end])


@given(st.lists(st.integers(0, 20), max_size=20), st.sets(st.integers(0, 20)), st.integers(1, 7))
def test_known_events_become_blanks_and_the_rest_keeps_its_place(numbers: list[int], gone: set[int], size: int) -> None:
    events = [_event(number) for number in numbers]
    pages = [json.dumps(events[first : first + size]).encode() for first in range(0, len(events), size)]
    text = b"".join(pages)
    known = {Mark(str(number), "2026-01-01T00:00:00Z") for number in gone}
    kept, blanked = without_known(text, known)
    assert len(kept) == len(text)
    assert blanked == sum(number in gone for number in numbers)
    assert [one for one in numbers if one not in gone] == [
        int(json.JSONDecoder().raw_decode(text.decode(), place)[0]["id"])
        for place in range(len(text))
        if kept.startswith(b'{"id"', place)
    ]


def test_timelines_follow_from_the_settings() -> None:
    chosen = GithubSettings(repos="Octo/Cat octo/cat a/b.c", orgs=["x"], users="y z")  # type: ignore[arg-type]
    api = Api("https://api.github.com")
    assert [one.origin(api) for one in timelines(chosen)] == [
        "api.github.com/events",
        "api.github.com/repos/octo/cat/events",
        "api.github.com/repos/a/b.c/events",
        "api.github.com/orgs/x/events",
        "api.github.com/users/y/events/public",
        "api.github.com/users/z/events/public",
    ]
    assert len({slug(one.origin(api)) for one in timelines(chosen)}) == 6
    assert timelines(chosen)[1].url(api) == "https://api.github.com/repos/Octo/Cat/events?per_page=100"
