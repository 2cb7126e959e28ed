"""A bench on each kind of database."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from forgelake.app.logs import configure
from forgelake.settings.sections import LogSettings
from tests.jobs.bench import Bench, opened
from tests.pipelines.lakes import Lake


@pytest.fixture(autouse=True)
def _quiet() -> None:
    configure(LogSettings(level="error"), on_terminal=False)


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    """An empty lake whose only origin is the empty folder ``hours``."""
    folder = tmp_path / "hours"
    folder.mkdir()
    return Lake(tmp_path / "home", folder.as_uri())


@pytest.fixture
def bench(lake: Lake) -> Iterator[Bench]:
    """A bench on SQLite."""
    with opened(lake) as found:
        yield found


@pytest.fixture(params=["sqlite", "postgresql"])
def either(request: pytest.FixtureRequest, lake: Lake) -> Iterator[Bench]:
    """A bench on SQLite, and on a real PostgreSQL."""
    lake.variables |= {"FORGELAKE_JOBS_EXPORT_TRAFFIC_AFTER": "collect_gharchive"}
    if request.param == "postgresql":
        url = str(request.getfixturevalue("fresh_postgresql_url"))
        lake.variables |= {"FORGELAKE_STATE_URL": url}
    with opened(lake) as found:
        yield found
