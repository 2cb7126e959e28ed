"""Borders between pieces and blocks where a test wants them."""

from collections.abc import Callable

import pytest

from forgelake.normalise import blocks, inflate, scan


@pytest.fixture
def cut_small(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Makes pieces of a few bytes, and if asked to, an object too large that has more than some bytes."""

    def set_sizes(piece_bytes: int, largest_object: int = blocks.LARGEST_OBJECT) -> None:
        monkeypatch.setattr(inflate, "OUTPUT_BYTES", piece_bytes)
        monkeypatch.setattr(inflate, "READ_BYTES", max(1, piece_bytes // 3))
        monkeypatch.setattr(blocks, "WITHOUT_NEWLINE", 3 * piece_bytes)
        for module in (blocks, scan):
            monkeypatch.setattr(module, "LARGEST_OBJECT", largest_object)

    return set_sizes
