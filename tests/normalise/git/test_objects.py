"""Objects, wherever the pieces are cut."""

from hypothesis import given
from hypothesis import strategies as st

from forgelake.normalise.git.objects import objects

KINDS = st.sampled_from(["blob", "tree", "missing"])


@given(st.lists(st.tuples(KINDS, st.binary(max_size=30)), max_size=6), st.integers(1, 50), st.integers(0, 40))
def test_blobs_come_back_and_nothing_else(told: list[tuple[str, bytes]], size: int, most: int) -> None:
    printed, expected = b"", list[tuple[str, bytes]]()
    for number, (kind, data) in enumerate(told):
        name = f"{number:040x}"
        if kind == "missing":
            printed += f"{name} missing\n".encode()
            continue
        printed += f"{name} {kind} {len(data)}\n".encode() + data + b"\n"
        expected += [(name, data[:most])] if kind == "blob" else []
    pieces = [printed[at : at + size] for at in range(0, len(printed), size)]
    assert list(objects(pieces, most)) == expected


@given(st.binary(max_size=80))
def test_any_other_bytes_are_read_to_their_end(data: bytes) -> None:
    assert all(len(content) <= 10 for _, content in objects([data], 10))
