"""Inflating whatever bytes in whatever pieces."""

import json
from collections.abc import Callable
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forgelake.normalise.inflate import Damage, inflate
from tests.normalise.slices import members

FIXTURES = settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@FIXTURES
@given(
    texts=st.lists(st.binary(max_size=300) | st.integers(0, 3000).map(bytes), max_size=4),
    level=st.integers(0, 9),
    size=st.sampled_from([1, 13, 1000, 1 << 20]),
)
def test_inflating_gives_what_was_compressed_in_small_pieces(
    texts: list[bytes], level: int, size: int, cut_small: Callable[..., None], tmp_path: Path
) -> None:
    cut_small(size)
    path = tmp_path / "one.gz"
    path.write_bytes(members(*texts, level=level))
    damages: list[Damage] = []
    pieces = list(inflate(path, damages.append))
    assert b"".join(pieces) == b"".join(texts)
    assert damages == []
    assert all(0 < len(piece) <= size for piece in pieces)


@FIXTURES
@given(
    text=st.binary(min_size=1, max_size=400),
    edits=st.lists(st.tuples(st.integers(0, 500), st.binary(max_size=3), st.integers(0, 20)), min_size=1, max_size=3),
)
def test_whatever_happens_to_the_bytes_the_member_after_them_is_read(
    text: bytes, edits: list[tuple[int, bytes, int]], tmp_path: Path
) -> None:
    data = members(text, text)
    for number, new, removed in edits:
        place = number % len(data)
        data = data[:place] + new + data[place + removed :]
    good = json.dumps({"good": True}).encode() * 3
    path = tmp_path / "one.gz"
    path.write_bytes(data + members(good))
    damages: list[Damage] = []
    inflated = b"".join(inflate(path, damages.append))
    assert inflated.endswith(good)
    assert sum(damage.length for damage in damages) <= len(data)
    assert all(0 <= damage.after <= len(inflated) for damage in damages)
