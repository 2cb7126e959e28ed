"""A server that takes notices."""

from collections.abc import Iterator

import pytest

from forgelake.app.logs import configure
from forgelake.settings.sections import LogSettings
from tests.servers.hooks import Hooks


@pytest.fixture(autouse=True)
def _quiet() -> None:
    configure(LogSettings(level="error"), on_terminal=False)


@pytest.fixture
def hooks() -> Iterator[Hooks]:
    """A server of which nothing goes wrong yet."""
    with Hooks() as server:
        yield server
