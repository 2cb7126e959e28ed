"""Events in arrays and wrappers, as the API answers them."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.normalise.events import Raw, line, push
from tests.normalise.slices import normalised

EVENTS = [push(number) for number in range(1, 30)]
IDS = list(range(1, 30))
SHAPES: dict[str, tuple[Any, int | None]] = {
    "array": (EVENTS, None),
    "array, pretty": (EVENTS, 2),
    "wrapper": ({"value": EVENTS, "Count": 29}, None),
    "wrapper, pretty": ({"value": EVENTS, "Count": 29}, 4),
    "wrapper with more before it": ({"page": {"next": None, "list": []}, "items": EVENTS}, 1),
    "array of arrays": ([EVENTS[:10], EVENTS[10:]], 1),
    "array of wrappers": ([{"items": EVENTS[:10]}, {"items": EVENTS[10:]}], 2),
}


@pytest.mark.parametrize("size", [1 << 20, 64])
@pytest.mark.parametrize("ending", [b"\n", b"\r\n"])
@pytest.mark.parametrize("shape", SHAPES)
def test_events_within_are_read_across_any_border(
    shape: str, ending: bytes, size: int, cut_small: Callable[..., None], tmp_path: Path
) -> None:
    cut_small(size)
    value, indent = SHAPES[shape]
    text = json.dumps(value, indent=indent).encode().replace(b"\n", ending)
    slice_ = normalised(text, tmp_path)
    assert slice_.rejects() == []
    assert slice_.ids() == IDS


def test_a_wrapper_too_large_to_wait_for_is_read_event_by_event(cut_small: Callable[..., None], tmp_path: Path) -> None:
    cut_small(100, 1000)
    slice_ = normalised(json.dumps({"value": EVENTS, "Count": 29}, indent=4).encode(), tmp_path)
    assert slice_.ids() == IDS
    assert len(slice_.lost()) == slice_.counts.rejected <= 3


@pytest.mark.parametrize("end", range(100, 4000, 171))
def test_of_an_array_cut_off_anywhere_all_whole_events_are_read(end: int, tmp_path: Path) -> None:
    text = json.dumps({"value": EVENTS}, indent=2).encode()
    # An event ends with the brace that is indented by four.
    whole = text[:end].count(b"\n    }")
    slice_ = normalised(text[:end], tmp_path)
    assert slice_.ids() == IDS[:whole]
    assert slice_.counts.rejected > 0


def test_what_is_no_event_in_a_list_of_events_is_reported(tmp_path: Path) -> None:
    value: Raw = {"value": [push(1), {"message": "Not Found"}, 5, push(2)]}
    slice_ = normalised(line(value) + b"\n" + line(push(3)) + b"\n", tmp_path)
    assert slice_.ids() == [1, 2, 3]
    (reject,) = slice_.rejects()
    assert reject["reason"] == "2 of 4 listed values are not events"
    assert reject["bytes"] == line(value)


def test_an_answer_without_events_is_rejected_whole(tmp_path: Path) -> None:
    answer = b'{\n  "message": "API rate limit exceeded",\n  "list": [{"id": 1}]\n}'
    slice_ = normalised(answer, tmp_path)
    (reject,) = slice_.lost()
    assert (reject["bytes"], reject["line"], reject["position"]) == (answer, 1, 0)
    assert "not an event" in reject["reason"]
