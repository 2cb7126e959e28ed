"""A server over the lake that has something on every page, and one over a lake without anything."""

from collections.abc import Iterator

import pytest

from tests.pipelines.lakes import Lake
from tests.web.serving import Serving


@pytest.fixture(scope="session")
def serving(full: Lake) -> Iterator[Serving]:
    """Everything is there."""
    with Serving(full) as started:
        yield started


@pytest.fixture(scope="session")
def nothing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """Nothing is there."""
    folder = tmp_path_factory.mktemp("nothing")
    with Serving(Lake(folder / "home", folder.as_uri())) as started:
        yield started
