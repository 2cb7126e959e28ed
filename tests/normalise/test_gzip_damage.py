"""Gzip files that are damaged: all that can be inflated is read, the rest reported."""

import gzip
import zlib
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest

from forgelake.normalise import inflate as module
from forgelake.normalise.inflate import Damage, inflate
from tests.normalise.events import line, lines, push
from tests.normalise.slices import members, normalised_gzip

EVENTS = [push(number) for number in range(1, 40)]
TEXT = lines(EVENTS)
WHOLE = gzip.compress(TEXT, 6, mtime=0)
GOOD = lines([push(100), push(101)])


def inflated(data: bytes, folder: Path) -> tuple[bytes, list[Damage]]:
    path = folder / "one.gz"
    path.write_bytes(data)
    damages: list[Damage] = []
    return b"".join(inflate(path, damages.append)), damages


def by_zlib(data: bytes) -> bytes:
    """All that zlib gives up to the damage, byte by byte."""
    inflater, text = zlib.decompressobj(31), b""
    for position in range(len(data)):
        try:
            text += inflater.decompress(data[position : position + 1])
        except zlib.error:
            break
    return text


@pytest.mark.parametrize("size", [1 << 20, 64])
def test_a_file_cut_off_at_any_byte_gives_all_before_it(
    size: int, cut_small: Callable[..., None], tmp_path: Path
) -> None:
    cut_small(size)
    for end in range(1, len(WHOLE)):
        text, damages = inflated(WHOLE[:end], tmp_path)
        assert text == by_zlib(WHOLE[:end]), end
        assert [damage.reason for damage in damages] == ["the gzip data is truncated"]
        assert damages[0].after == len(text)


@pytest.mark.parametrize("size", [1 << 20, 64])
def test_a_member_after_one_cut_off_at_any_byte_is_read(
    size: int, cut_small: Callable[..., None], tmp_path: Path
) -> None:
    cut_small(size)
    for end in range(1, len(WHOLE)):
        text, damages = inflated(WHOLE[:end] + gzip.compress(GOOD), tmp_path)
        assert text.endswith(GOOD), end
        assert text.startswith(by_zlib(WHOLE[:end])), end
        assert damages, end


def test_a_flipped_byte_anywhere_is_reported_and_the_next_member_read(tmp_path: Path) -> None:
    harmless = (*range(4, 8), 8, 9)  # of the header: the time, how hard it was compressed, and where
    for place in range(len(WHOLE)):
        data = bytearray(WHOLE)
        data[place] ^= 0x55
        text, damages = inflated(bytes(data) + gzip.compress(GOOD), tmp_path)
        assert text.endswith(GOOD), place
        assert damages or (place in harmless and text == TEXT + GOOD), place
        assert text.startswith(by_zlib(bytes(data))), place


@pytest.mark.parametrize("place", range(30, len(WHOLE) - 8, 61))
def test_of_a_damaged_file_every_event_before_the_damage_is_kept(place: int, tmp_path: Path) -> None:
    data = bytearray(WHOLE)
    data[place] ^= 0xFF
    slice_ = normalised_gzip(bytes(data) + gzip.compress(GOOD), tmp_path)
    whole = by_zlib(WHOLE[:place]).count(b"\n")
    assert set(slice_.ids()) >= set(range(1, whole + 1)) | {100, 101}
    damage = slice_.lost()[-1] if len(slice_.lost()) == 1 else next(r for r in slice_.lost() if "gzip" in r["reason"])
    assert damage["line"] >= whole + 1
    assert slice_.counts.rejected == len(slice_.lost())


def test_members_are_read_as_one_text(tmp_path: Path) -> None:
    cuts = [0, 1, 50, 51, 400, 400, 2000, len(TEXT)]
    parts = [TEXT[start:end] for start, end in pairwise(cuts)]
    slice_ = normalised_gzip(members(*parts), tmp_path)
    assert slice_.rejects() == []
    assert slice_.ids() == list(range(1, 40))


GARBAGE = {
    "text": b"<html>gone</html>",
    "magic": b"\x1f\x8b\x08 no header",
    "zeros": b"\0\0x",
    "much": b"\xff" * 300_000,
}


@pytest.mark.parametrize("garbage", GARBAGE.values(), ids=GARBAGE)
def test_garbage_after_or_between_members_is_reported(garbage: bytes, tmp_path: Path) -> None:
    data = WHOLE + garbage + gzip.compress(GOOD) + garbage
    slice_ = normalised_gzip(data, tmp_path)
    assert slice_.ids() == [*range(1, 40), 100, 101]
    first, second = slice_.lost()
    assert (first["position"], first["line"], first["length"]) == (len(TEXT), 40, len(garbage))
    assert (second["position"], second["line"]) == (len(TEXT + GOOD), 42)
    assert first["bytes"] == garbage[: 1 << 16]


def test_zeros_after_the_end_are_padding(tmp_path: Path) -> None:
    slice_ = normalised_gzip(WHOLE + b"\0" * 1000, tmp_path)
    assert slice_.rejects() == []
    assert slice_.counts.events == len(EVENTS)


EMPTY = [b"", members(b""), members(b"\n \r\n"), members(b"", b"")]


@pytest.mark.parametrize("data", EMPTY, ids=["no bytes", "nothing", "blank lines", "two members"])
def test_an_empty_hour_has_no_events_and_no_rejects(data: bytes, tmp_path: Path) -> None:
    slice_ = normalised_gzip(data, tmp_path)
    assert slice_.rejects() == []
    assert slice_.counts.events == 0
    assert slice_.counts.first_event is None


NO_GZIP = {
    "text": b"<html>",
    "1 byte": b"\x1f",
    "2 bytes": b"\x1f\x8b",
    "magic": b"\x1f\x8b\x08\xff",
    "much": b"x" * 500_000,
}


@pytest.mark.parametrize("data", NO_GZIP.values(), ids=NO_GZIP)
def test_what_is_no_gzip_file_is_one_reject(data: bytes, tmp_path: Path) -> None:
    slice_ = normalised_gzip(data, tmp_path)
    (reject,) = slice_.lost()
    assert "gzip" in reject["reason"]
    assert (reject["position"], reject["line"]) == (0, 1)
    assert slice_.counts.events == 0


def test_an_event_torn_by_damage_does_not_take_the_next_member_with_it(tmp_path: Path) -> None:
    torn = members(line(push(1)) + b"\n" + line(push(2)))[:-14]
    slice_ = normalised_gzip(torn + members(GOOD), tmp_path)
    assert set(slice_.ids()) >= {1, 100, 101}
    assert any("truncated" in reject["reason"] or "damaged" in reject["reason"] for reject in slice_.lost())


def test_damage_between_two_pieces_of_output_loses_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    data = WHOLE[:-8] + b"\0" * 8  # a wrong checksum, found when all text has been given out
    for size in range(1, 200, 7):
        monkeypatch.setattr(module, "OUTPUT_BYTES", size)
        text, damages = inflated(data, tmp_path)
        assert text == TEXT
        assert [damage.after for damage in damages] == [len(TEXT)]
