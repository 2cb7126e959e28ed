"""git's numbers, whatever the paths hold and wherever the pieces are cut."""

from typing import TypeAlias

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forgelake.model.errors import SkipError
from forgelake.normalise.git.changes import Change, blobs, changes

IDS = st.text("0123456789abcdef", min_size=40, max_size=40) | st.text("0123456789abcdef", min_size=64, max_size=64)
PATHS = st.binary(min_size=1, max_size=20).map(lambda path: path.replace(b"\0", b"?"))
NUMBERS = st.none() | st.tuples(st.integers(0, 10**9), st.integers(0, 10**9))
FILES = st.lists(st.tuples(PATHS, NUMBERS, st.none() | PATHS), max_size=5)


Files: TypeAlias = list[tuple[bytes, tuple[int, int] | None, bytes | None]]


def printed(commits: list[tuple[str, Files]]) -> bytes:
    """What git would print."""
    out = b""
    for commit, files in commits:
        out += commit.encode() + b"\0subject\tof it\0"
        for path, _, former in files:
            out += blobs_of(former) + b"\0" + (path if former is None else former + b"\0" + path) + b"\0"
        for path, numbers, former in files:
            head = b"-\t-\t" if numbers is None else b"%d\t%d\t" % numbers
            out += head + (path if former is None else b"\0" + former + b"\0" + path) + b"\0"
    return out


def blobs_of(former: bytes | None) -> bytes:
    return b":100644 100644 %b %b %b" % (b"0" * 40, b"a" * 40, b"M" if former is None else b"R087")


def cut(data: bytes, places: list[int]) -> list[bytes]:
    ends = sorted({place % (len(data) + 1) for place in places} | {len(data)})
    return [data[first:last] for first, last in zip([0, *ends], ends, strict=False)]


@given(st.lists(st.tuples(IDS, FILES), max_size=5), st.lists(st.integers(0, 10_000), max_size=20))
def test_any_paths_and_numbers_come_back_however_the_output_is_cut(
    commits: list[tuple[str, Files]], places: list[int]
) -> None:
    expected = [
        Change(
            [commit.encode(), b"subject\tof it"],
            [(path, *numbers) if numbers else (path, None, None) for path, numbers, _ in files],
            [(blobs_of(former), path if former is None else former, path) for path, _, former in files],
        )
        for commit, files in commits
    ]
    found = list(changes(cut(printed(commits), places), fields=2))
    assert found == expected
    assert {blobs(pair) for change in found for pair in change.pairs} <= {("0" * 40, "a" * 40)}


@given(st.binary(max_size=200))
def test_any_other_bytes_are_read_or_refused_and_nothing_else_happens(data: bytes) -> None:
    try:
        found = list(changes([data]))
    except SkipError:
        return
    assert all(len(change.commit) in (40, 64) for change in found)


def test_a_refusal_does_not_tell_a_path() -> None:
    with pytest.raises(SkipError) as refused:
        list(changes([b"a" * 40 + b"\0x\ty\tsecret/place\0"]))
    assert "secret" not in str(refused.value)
