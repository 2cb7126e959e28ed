"""How a drawing is asked for: what a chart cannot do is refused, and a frame's own parameters lead back to it."""

import pytest

from forgelake.metrics.catalogue import Catalogue
from forgelake.metrics.frame import Frame, asked
from forgelake.metrics.values import ParameterError

CATALOGUE = Catalogue.load()


@pytest.mark.parametrize(
    "frame",
    [
        Frame(),
        Frame(column="forks"),
        Frame(log=True),
        Frame(column="forks", log=True, series=(("a/b", "a/c"), ("d/e",))),
    ],
)
def test_a_frames_own_parameters_lead_back_to_it(frame: Frame) -> None:
    assert asked(CATALOGUE.get("compare_repos"), frame.query) == frame


@pytest.mark.parametrize(
    ("metric", "name", "text", "good"),
    [
        ("compare_repos", "column", "fork", "stars, forks, watchers"),
        ("busiest_repos", "column", "events", "left out"),
        ("compare_repos", "log", "true", "1"),
        ("compare_new", "log", "10", "1"),
        ("busiest_repos", "log", "1", "left out"),
        ("events", "series", "a/b", "left out"),
        ("compare_repos", "series", "a/b,,c/d", "up to 10"),
        ("compare_repos", "series", ",".join(f"a/{number}" for number in range(11)), "up to 10"),
    ],
)
def test_what_a_chart_cannot_do_is_refused(metric: str, name: str, text: str, good: str) -> None:
    with pytest.raises(ParameterError) as refused:
        asked(CATALOGUE.get(metric), {name: text})
    assert refused.value.parameter == name
    assert good in refused.value.good
