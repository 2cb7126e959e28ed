"""Torn text: what lies around it is read, what is lost is reported with its place."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.normalise.events import line, push, timeline
from tests.normalise.slices import assert_accounted, normalised

TORN = line(push(1))
SIZES = [1 << 20, 150, 7]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("between", [b"\n", b"", b"\0\0\0"], ids=["line", "same line", "NULs"])
@pytest.mark.parametrize("part", ["head", "tail", "without middle"])
def test_an_event_torn_at_any_byte_costs_only_itself(
    part: str, between: bytes, size: int, cut_small: Callable[..., None], tmp_path: Path
) -> None:
    cut_small(size)
    kept, pieces = list[bytes](), list[bytes]()
    for cut in range(1, len(TORN)):
        kept.append(line(push(1000 + cut)))
        torn = {"head": TORN[:cut], "tail": TORN[cut:], "without middle": TORN[:cut] + TORN[cut + 9 :]}[part]
        if part == "without middle" and _is_json(torn):
            continue
        pieces += [torn, between, kept[-1], b"\n"]
    text = b"".join(pieces)
    kept = [event for event in kept if event in text]
    slice_ = normalised(text, tmp_path)
    assert slice_.ids() == sorted(slice_.ids(), key=lambda number: number or 0)
    assert_accounted(text, slice_, kept)


def _is_json(data: bytes) -> bool:
    try:
        return bool(json.loads(data))
    except ValueError:
        return False


@pytest.mark.parametrize("cut", [1, 20, len(TORN) // 2, len(TORN) - 1])
@pytest.mark.parametrize("place", ["first", "last"])
def test_a_slice_may_begin_or_end_torn(place: str, cut: int, tmp_path: Path) -> None:
    good = line(push(2)) + b"\n" + line(push(3))
    text = TORN[cut:] + b"\n" + good if place == "first" else good + b"\n" + TORN[:cut]
    slice_ = normalised(text, tmp_path)
    assert slice_.ids() == [2, 3]
    assert_accounted(text, slice_, good.split(b"\n"))


SEPARATORS = {
    "nothing": b"",
    "blanks": b" \t ",
    "blank lines": b"\n \r\n\n",
    "crlf": b"\r\n",
    "comma": b",",
    "comma and line": b",\n",
    "one NUL": b"\0",
    "NULs": b"\0" * 5000,
    "NULs on a line": b"\n" + b"\0" * 100 + b"\n",
    "letters": b"garbage",
    "brace": b"{",
    "closing brace": b"}",
    "bracket": b"[[",
    "closing bracket": b"]]\n",
    "quote": b'"',
    "backslash": b"\\",
    "byte order mark": b"\xef\xbb\xbf",
    "invalid UTF-8": b"\xff\xfe\x80",
    "no-break space": b"\xa0\x85",
    "form feed": b"\x0c\n",
    "null": b"null",
    "number": b"12\n",
    "empty object": b"{}",
    "text": b'"{}{}"',
    "object": b'{"id":1,"note":"x"}\n',
    "object that wants an event": b'{"id":"1","type":"PushEvent"}',
    "HTML": b"<html>\n<body>\n",
    "torn text": b'{"a":"b\n',
}


@pytest.mark.parametrize("size", [1 << 20, 64])
@pytest.mark.parametrize("name", SEPARATORS)
def test_events_are_found_whatever_stands_between_them(
    name: str, size: int, cut_small: Callable[..., None], tmp_path: Path
) -> None:
    cut_small(size)
    events = [line(push(1)), line(push(2)), line(timeline(3)), line(push(4))]
    text = SEPARATORS[name].join([*events, b""])
    assert_accounted(text, normalised(text, tmp_path), events)


@pytest.mark.parametrize("size", [1 << 20, 40])
def test_an_hour_without_newlines_is_read(size: int, cut_small: Callable[..., None], tmp_path: Path) -> None:
    cut_small(size)
    # "}{" may stand in a text, too.
    events = [line(timeline(number, note="}{" * (number % 3))) for number in range(40)]
    text = b"".join(events)
    slice_ = normalised(text, tmp_path)
    assert slice_.rejects() == []
    assert_accounted(text, slice_, events)


def test_an_event_across_the_end_of_a_long_stretch_of_nothing_is_kept(
    cut_small: Callable[..., None], tmp_path: Path
) -> None:
    cut_small(64, 1600)
    event = line(push(1))
    for nuls in range(1600, 1600 + len(event), 13):
        text = b"\0" * nuls + event + b"\0" * 2000
        assert_accounted(text, normalised(text, tmp_path), [event])


def test_a_text_that_never_ends_is_given_up_in_stretches(cut_small: Callable[..., None], tmp_path: Path) -> None:
    cut_small(64, 1600)
    event = line(push(1))
    text = b'{"id":"' + b"x" * 20_000 + b"\n" + event + b"\n"
    assert_accounted(text, normalised(text, tmp_path), [event])


def test_nothing_but_garbage_gives_rejects_and_no_rows(tmp_path: Path) -> None:
    text = b"<?xml version='1.0'?>\n<Error><Code>AccessDenied</Code></Error>\n"
    slice_ = normalised(text, tmp_path)
    assert_accounted(text, slice_, [])
    assert slice_.event_files == []
    assert slice_.counts.days == ()


# Torn within a text, so that no line end between the two halves can make an event of them again.
_WITHIN = TORN.index(b"ada") + 1
JUNK = [*SEPARATORS.values(), TORN[:_WITHIN], TORN[_WITHIN:], b'{"type":"X","created_at":"2016-01-01T01:00:00Z"}']


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    parts=st.lists(st.sampled_from(JUNK) | st.integers(0, 9) | st.binary(max_size=9), max_size=12),
    size=st.sampled_from([5, 33, 200, 5000]),
)
def test_any_sequence_of_events_and_junk_is_accounted_for(
    parts: list[bytes | int], size: int, cut_small: Callable[..., None], tmp_path: Path
) -> None:
    cut_small(size, 1000)
    # A line of its own protects an event from a text that begins in the junk before it.
    made = [line(push(100 * place + part)) if isinstance(part, int) else part for place, part in enumerate(parts)]
    text = b"\n".join(made)
    kept = [data for data, part in zip(made, parts, strict=True) if isinstance(part, int)]
    if not text.startswith((b"\xff\xfe", b"\xfe\xff")):
        assert_accounted(text, normalised(text, tmp_path), kept)
