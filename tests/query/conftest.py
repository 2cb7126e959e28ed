"""Lakes for the tests of reading."""

from pathlib import Path

import pytest

from forgelake.model.hours import Hour
from tests.pipelines.archive import publish, some
from tests.pipelines.lakes import Lake

DAYS = [Hour.parse(f"2016-01-0{day}T05") for day in range(1, 7)]
PER_DAY = 20


def filled(folder: Path) -> Lake:
    """An hour of each of six days, the last of which is published and not collected."""
    lake = Lake(folder / "home", publish(folder / "hours", {hour: some(hour, 0, PER_DAY) for hour in DAYS}))
    for hour in DAYS[:-1]:
        lake.collect(hour)
    return lake


@pytest.fixture(scope="module")
def days(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """A lake that tests only read."""
    return filled(tmp_path_factory.mktemp("days"))


@pytest.fixture
def own_days(tmp_path: Path) -> Lake:
    """The same for one test, which may change it."""
    return filled(tmp_path)
