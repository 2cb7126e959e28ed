"""A lake with real hours of every form of events, and the same hours in plain Python."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from forgelake.metrics.answer import answer
from forgelake.metrics.binding import bind
from forgelake.metrics.catalogue import Catalogue
from forgelake.model.hours import Hour
from forgelake.pipelines import rollups
from forgelake.pipelines.context import Context
from tests.metrics.library.plainly import SAMPLES, Ask, Row, day, read_samples
from tests.pipelines.lakes import Lake

LIBRARY = Path(__file__).parents[3] / "src" / "forgelake" / "metrics" / "library"


@pytest.fixture(scope="session")
def happened(sample_data: Path) -> dict[str, list[Row]]:
    """What happened in the sample hours, by year, read without the product."""
    return read_samples(sample_data / "gharchive")


@pytest.fixture(scope="session")
def sample_lake(sample_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Context]:
    """The sample hours, collected, and rolled up: whatever the library answers, it may answer from rollups."""
    folder = tmp_path_factory.mktemp("archive")
    for sample, hour in SAMPLES.items():
        (folder / f"{hour}.json.gz").symlink_to(sample_data / "gharchive" / f"{sample}.json.gz")
    home = tmp_path_factory.mktemp("sample_lake") / "home"
    lake = Lake(home, folder.as_uri(), {"FORGELAKE_NOW": "2026-06-02T00:00:00Z"})
    for hour in SAMPLES.values():
        lake.collect(Hour.parse(_padded(hour)))
    with lake.open() as context:
        assert rollups.build(context)
        yield context


@pytest.fixture(scope="session")
def ask(sample_lake: Context) -> Ask:
    """Asks the library: ``ask("events", "2015", interval="h")``; the period is that year's day if not given."""
    catalogue = Catalogue.load([LIBRARY])

    def asked(name: str, year: str, **given: str) -> list[Row]:
        begin = day(year)
        period = {"from": begin.isoformat(), "to": (begin + timedelta(days=1)).isoformat()}
        question = period | {key.rstrip("_"): value for key, value in given.items()}
        lake = sample_lake.lake
        return answer(lake, bind(catalogue.get(name), question, lake.clock())).table.to_pylist()

    return asked


def _padded(hour: str) -> str:
    date, _, number = hour.rpartition("-")
    return f"{date}T{int(number):02}"
