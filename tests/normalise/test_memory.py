"""Memory stays bounded, whatever a small file inflates to."""

import gzip
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest

from forgelake.normalise import slice as slice_module
from forgelake.normalise.inflate import Damage, inflate
from tests.normalise.events import line, lines, push
from tests.normalise.slices import Slice, normalised_gzip

MB = 1 << 20
BOMBS = {
    "zeros": b"\0" * MB,
    "one long line": b"x" * MB,
    "one long text": b'"' + b"x" * (MB - 1),
    "blank lines": b"\n" * MB,
    "blanks": b" " * MB,
    "brackets": b"[" * MB,
    "events with a megabyte that is not kept": line(push(1, note="x" * MB)) + b"\n",
}


def _peak(data: bytes, folder: Path) -> tuple[Slice, int]:
    tracemalloc.start()
    try:
        slice_ = normalised_gzip(data, folder)
        return slice_, tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_long_text_is_never_held_whole(
    bomb: str, cut_small: Callable[..., None], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    cut_small(MB // 4, MB)
    monkeypatch.setattr(slice_module, "TEXT_AT_ONCE", 2 * MB)
    data = gzip.compress(BOMBS[bomb], 6) * 64 + gzip.compress(b"\n" + lines([push(2)]))
    slice_, peak = _peak(data, tmp_path)
    assert slice_.counts.json_bytes > 64 * MB
    assert 2 in slice_.ids()
    assert peak < 40 * MB


@pytest.mark.parametrize("bomb", ["blank lines", "events with a megabyte that is not kept"])
def test_a_bomb_takes_no_more_than_a_few_large_objects_would(bomb: str, tmp_path: Path) -> None:
    _, peak = _peak(gzip.compress(BOMBS[bomb], 6) * 300, tmp_path)
    assert peak < 150 * MB


def test_pieces_are_small_however_well_the_file_was_compressed(tmp_path: Path) -> None:
    path = tmp_path / "bomb.gz"
    path.write_bytes(gzip.compress(b"\0" * (64 * MB)))
    damages: list[Damage] = []
    sizes = [len(piece) for piece in inflate(path, damages.append)]
    assert sum(sizes) == 64 * MB
    assert max(sizes) <= 2 * MB
    assert damages == []


def test_a_damaged_bomb_is_salvaged_in_small_pieces(tmp_path: Path) -> None:
    path = tmp_path / "bomb.gz"
    data = bytearray(gzip.compress(b"\0" * (64 * MB)))
    data[-20] ^= 0xFF
    path.write_bytes(bytes(data))
    damages: list[Damage] = []
    sizes = [len(piece) for piece in inflate(path, damages.append)]
    assert max(sizes) <= 2 * MB
    assert sum(sizes) > 60 * MB
    assert len(damages) == 1


def test_rejects_are_written_before_they_are_many_megabytes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(slice_module, "_REJECT_BYTES_AT_ONCE", 300_000)
    garbage = [b"{" + bytes([97 + number]) * 100_000 for number in range(20)]
    slice_ = normalised_gzip(gzip.compress(b"\n".join(garbage)), tmp_path)
    assert [reject["length"] for reject in slice_.lost()] == [100_001] * 20
    assert [reject["bytes"] for reject in slice_.lost()] == [data[: 1 << 16] for data in garbage]
    assert len([file for file in slice_.files if file.table == "rejects"]) == 4
