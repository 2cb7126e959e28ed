"""A client that does not wait long, shared because reading the system's certificates takes a moment."""

from collections.abc import Iterator

import pytest

from forgelake.transport import HttpClient, HttpOptions


@pytest.fixture(scope="session")
def client() -> Iterator[HttpClient]:
    """Three attempts, milliseconds apart."""
    options = HttpOptions(timeout_seconds=2, attempts=3, backoff_seconds=0.001, backoff_max_seconds=0.01)
    with HttpClient(options) as made:
        yield made
