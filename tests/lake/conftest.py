"""A place to commit to."""

from pathlib import Path

import pytest

from tests.lake.staging import Place


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """An empty lake without ledger and landing."""
    return Place(tmp_path)
