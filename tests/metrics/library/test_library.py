"""The library as a whole: every metric is tested, explained, and honest about the eras and the bots."""

from pathlib import Path

import pytest

from forgelake.lake.columns import ALL_ERAS
from forgelake.metrics.checking import check, metric_files
from forgelake.metrics.definition import Metric
from forgelake.metrics.reading import read
from tests.metrics.library.conftest import LIBRARY

FILES = metric_files([LIBRARY])
METRICS = {path.stem: read(path) for path in FILES}
every_metric = pytest.mark.parametrize("metric", METRICS.values(), ids=METRICS)

SHOWS_BOTS_ITSELF = {"bot_share", "busiest_bots"}
NOT_OF_ACTORS = {"age_of_open_items"}
"""It is about items at the end of the period, whoever changed them."""


def test_there_are_enough_metrics() -> None:
    assert len(FILES) >= 38


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
def test_its_cases_pass(path: Path) -> None:
    checked = check(path)
    assert checked.problems == ()
    assert checked.cases >= 2


@every_metric
def test_it_is_explained(metric: Metric) -> None:
    assert metric.caveats
    assert metric.chart is not None
    assert metric.source.url or metric.source.name == "forgelake"


@every_metric
def test_an_era_that_cannot_answer_is_explained(metric: Metric) -> None:
    if set(metric.eras) != set(ALL_ERAS):
        assert "there is no answer" in " ".join(metric.caveats)


@every_metric
def test_bots_can_be_told_apart(metric: Metric) -> None:
    if "events" not in metric.tables:
        assert "bots" not in metric.parameters
        return
    assert ("bots" in metric.parameters) != (metric.name in SHOWS_BOTS_ITSELF | NOT_OF_ACTORS)
