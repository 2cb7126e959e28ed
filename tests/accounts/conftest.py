"""Worlds for tests of accounts."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.accounts.places import OnAzureDevOps, OnGitHub, OnGitLab, Place
from tests.accounts.worlds import World, world_on

ON: list[type[Place[Any]]] = [OnGitHub, OnGitLab, OnAzureDevOps]


@pytest.fixture(params=ON, ids=[one.forge for one in ON])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    """At each forge."""
    with world_on(tmp_path, request.param) as made:
        yield made


@pytest.fixture
def github(tmp_path: Path) -> Iterator[World]:
    """For what is the same at all of them."""
    with world_on(tmp_path, OnGitHub) as made:
        yield made
