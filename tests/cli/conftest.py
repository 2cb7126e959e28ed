"""Commands run in a folder of their own."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pytest

from tests.cli.processes import Nursery, Result
from tests.pipelines.lakes import QUICK

Run: TypeAlias = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, nursery: Nursery) -> Run:
    """``run("collect", "gharchive", …, FORGELAKE_…="…")`` with the test's folder as the working folder."""

    def command(*arguments: str, **variables: str) -> Result:
        return nursery.run(list(arguments), {**QUICK, **variables}, tmp_path)

    return command


@pytest.fixture
def folder(tmp_path: Path) -> str:
    """The URL of an empty folder of archive hours."""
    hours = tmp_path / "hours"
    hours.mkdir()
    return hours.as_uri()
