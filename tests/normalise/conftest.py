"""Borders between pieces and blocks where a test wants them."""

from collections.abc import Callable

import pytest

from forgelake.normalise import blocks, inflate, scan


@pytest.fixture
def cut_small(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Makes pieces of a few bytes, and everything that is measured against them small in proportion."""

    def set_sizes(piece_bytes: int) -> None:
        monkeypatch.setattr(inflate, "OUTPUT_BYTES", piece_bytes)
        monkeypatch.setattr(inflate, "READ_BYTES", max(1, piece_bytes // 3))
        monkeypatch.setattr(blocks, "WITHOUT_NEWLINE", 3 * piece_bytes)
        for module in (blocks, scan):
            monkeypatch.setattr(module, "LARGEST_OBJECT", max(1000, 30 * piece_bytes))

    return set_sizes
