"""Lakes for the tests of pipelines."""

from pathlib import Path

import pytest

from tests.pipelines.lakes import Lake


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    """An empty lake whose only origin is the empty folder ``hours``."""
    folder = tmp_path / "hours"
    folder.mkdir()
    return Lake(tmp_path / "home", folder.as_uri())
