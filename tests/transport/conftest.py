"""Clients are shared by a module's tests, because reading the system's certificates takes a moment."""

from collections.abc import Iterator

import pytest

from forgelake.transport import HttpClient
from tests.transport.clients import IMPATIENT


@pytest.fixture(scope="module")
def client() -> Iterator[HttpClient]:
    """A client that does not wait long."""
    with HttpClient(IMPATIENT) as made:
        yield made
