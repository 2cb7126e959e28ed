"""Byte order marks and UTF-16, as saved API answers have them."""

import codecs
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.normalise.events import line, lines, push
from tests.normalise.slices import assert_accounted, members, normalised, normalised_gzip

EVENTS = [push(1), push(2, actor={"id": 7, "login": "ada \U0001f600 é"}), push(3)]
SIZES = [1 << 20, 50, 1]


@pytest.mark.parametrize("size", SIZES)
def test_a_utf8_mark_is_no_text_but_counts_in_positions(
    size: int, cut_small: Callable[..., None], tmp_path: Path
) -> None:
    cut_small(size)
    text = codecs.BOM_UTF8 + b"torn\n" + lines(EVENTS)
    slice_ = normalised(text, tmp_path)
    assert_accounted(text, slice_, [line(event) for event in EVENTS])
    assert [(reject["position"], reject["bytes"]) for reject in slice_.lost()] == [(3, b"torn")]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("form", ["lines", "array", "wrapper"])
def test_utf16_is_read(form: str, encoding: str, size: int, cut_small: Callable[..., None], tmp_path: Path) -> None:
    cut_small(size)
    texts = {
        "lines": "\ufeff" + lines(EVENTS).decode(),
        "array": "\ufeff" + json.dumps(EVENTS, indent=2, ensure_ascii=False).replace("\n", "\r\n"),
        "wrapper": "\ufeff" + json.dumps({"value": EVENTS, "Count": 3}, indent=4, ensure_ascii=False),
    }
    slice_ = normalised(texts[form].encode(encoding), tmp_path)
    assert slice_.rejects() == []
    assert {row["id"]: row["actor_login"] for row in slice_.rows()} == {1: "ada", 2: "ada \U0001f600 é", 3: "ada"}


def test_half_a_utf16_character_is_mended_and_a_torn_end_rejected(tmp_path: Path) -> None:
    halved = line(push(1)).decode().replace('"ada"', '"a\ud800b"') + "\n"
    data = codecs.BOM_UTF16_LE + halved.encode("utf-16-le", "surrogatepass") + b"{"
    slice_ = normalised(data, tmp_path)
    assert slice_.ids() == [1]
    assert [reject["scope"] for reject in slice_.rejects()] == ["value", "object"]


def test_a_mark_may_be_split_over_gzip_members(tmp_path: Path) -> None:
    text = codecs.BOM_UTF8 + lines(EVENTS)
    slice_ = normalised_gzip(members(text[:1], text[1:2], b"", text[2:]), tmp_path)
    assert slice_.rejects() == []
    assert slice_.ids() == [1, 2, 3]


def test_a_mark_within_the_text_is_rejected_and_what_follows_it_read(tmp_path: Path) -> None:
    text = lines(EVENTS[:2]) + codecs.BOM_UTF8 + lines(EVENTS[2:])
    slice_ = normalised(text, tmp_path)
    assert_accounted(text, slice_, [line(event) for event in EVENTS])
    assert [reject["bytes"] for reject in slice_.lost()] == [codecs.BOM_UTF8]
