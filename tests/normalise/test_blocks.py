"""Cutting text into blocks and finding objects in it, however the pieces happen to fall."""

from collections.abc import Callable
from itertools import pairwise

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forgelake.normalise.blocks import Block, LineNumbers, blocks
from forgelake.normalise.careful import CarefulReader, Rejected
from forgelake.normalise.scan import Span, Unfinished, scan
from tests.normalise.events import line, push

FIXTURES = settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
TOKENS = [
    b"\n",
    b"\r\n",
    b"{",
    b"}",
    b"}{",
    b'"',
    b"\\",
    b",",
    b"[",
    b"]",
    b"\0",
    b"a",
    b"\xff",
    b"\xc3\xa9",
    b'{"id":1}',
]
TEXTS = st.lists(st.sampled_from(TOKENS), max_size=40).map(b"".join)
CUTS = st.lists(st.integers(0, 200), max_size=8)
JUNK = [b"torn{", b"\0\0", b'{"id":"x', b"\n", b"]}", b"\xff"]
SPACED = b" \t\r\n,[]"


def split(text: bytes, cuts: list[int]) -> list[bytes]:
    """The text in pieces, empty ones among them."""
    borders = [0, *sorted(min(cut, len(text)) for cut in cuts), len(text)]
    return [text[start:end] for start, end in pairwise(borders)]


@FIXTURES
@given(text=TEXTS, cuts=CUTS, size=st.integers(1, 20), largest=st.integers(20, 60))
def test_blocks_joined_are_the_text(
    text: bytes, cuts: list[int], size: int, largest: int, cut_small: Callable[..., None]
) -> None:
    cut_small(size, largest)
    found = list(blocks(split(text, cuts)))
    assert b"".join(bytes(block.text) for block in found) == text
    assert [block.last for block in found] == [False] * (len(found) - 1) + [True]
    position = 0
    for block in found:
        assert block.position == position
        position += len(block.text)
        if not block.last:
            whole = bytes(block.text)
            assert whole.endswith(b"\n") or (whole.endswith(b"}") and text[position:].startswith(b"{")) or (
                len(whole) > largest
            )  # fmt: skip


@FIXTURES
@given(text=TEXTS, cuts=CUTS, positions=st.lists(st.integers(0, 200), min_size=1, max_size=6), size=st.integers(1, 20))
def test_a_position_is_in_the_line_that_the_newlines_before_it_say(
    text: bytes, cuts: list[int], positions: list[int], size: int, cut_small: Callable[..., None]
) -> None:
    cut_small(size)
    numbers = LineNumbers(lambda: blocks(split(text, cuts)))
    for position in positions:
        assert numbers.at(position) == 1 + text.count(b"\n", 0, position)


@FIXTURES
@given(text=TEXTS)
def test_spans_are_in_order_and_leave_out_only_blanks_and_punctuation(text: bytes) -> None:
    _assert_in_order(text, list(scan(text, final=True)))


@FIXTURES
@given(text=TEXTS)
def test_an_unfinished_object_begins_where_the_spans_end(text: bytes) -> None:
    spans, start = _until_unfinished(text)
    _assert_in_order(text[:start], spans)
    assert start == len(text) or text[start : start + 1] == b"{"


@FIXTURES
@given(parts=st.lists(st.integers(0, 9) | st.sampled_from(JUNK), max_size=8), cuts=st.lists(st.integers(0, 2000)))
def test_events_are_the_same_however_the_text_is_cut(parts: list[int | bytes], cuts: list[int]) -> None:
    text = b"".join(line(push(part)) if isinstance(part, int) else part for part in parts)
    whole, whole_rejects = _read([text])
    cut, rejects = _read(split(text, cuts))
    assert cut == whole
    assert b"".join(rejects) == b"".join(whole_rejects)


def _read(pieces: list[bytes]) -> tuple[list[object], list[bytes]]:
    rejects: list[Rejected] = []
    reader = CarefulReader(rejects.append)
    events: list[object] = []
    position = 0
    for number, piece in enumerate(pieces):
        last = number == len(pieces) - 1
        events += [event.id for event in reader.read(Block(piece, position, last=last))]
        position += len(piece)
    return events, [reject.data.translate(None, SPACED) for reject in rejects]


def _until_unfinished(text: bytes) -> tuple[list[Span], int]:
    spans: list[Span] = []
    try:
        spans.extend(scan(text, final=False))
    except Unfinished as unfinished:
        return spans, unfinished.start
    return spans, len(text)


def _assert_in_order(text: bytes, spans: list[Span]) -> None:
    position = 0
    for span in spans:
        assert text[position : span.start].translate(None, SPACED) == b""
        assert span.start <= span.end
        assert span.reason, "none of these texts is an event"
        position = span.end
    assert text[position:].translate(None, SPACED) == b""
