"""Whatever is put into a parameter is a value: it is refused or compared, and nothing else."""

import re
from collections.abc import Iterator
from urllib.parse import quote

import pytest

from forgelake.metrics.catalogue import Catalogue
from tests.web.conftest import HOSTILE, Serving
from tests.web.serving import DAY, problem

ATTEMPTS = (
    "'", '"', "';--", "' OR '1'='1", "1; DROP TABLE events", "a/b' UNION SELECT * FROM duckdb_settings() --",
    "$from", "{{7*7}}", "${jndi:x}", "a/b\x00", "a/b\r\nSet-Cookie: x=1", "../../../etc/passwd", "%27%20OR%201=1",
    "\N{FULLWIDTH APOSTROPHE} OR 1=1", "\U0001f4a9/x", "x" * 5000, "-1", "1e309", "NaN", "0x10", "1_000",
    "read_text('/etc/passwd')", "a/b, c/d", "null", "[]", "a/b]]>", "<svg onload=alert(1)>/x",
)  # fmt: skip
CATALOGUE = Catalogue.load()


def _parameters() -> Iterator[tuple[str, str]]:
    """Every parameter of every kind once, with a metric that takes it."""
    seen: set[tuple[str, str]] = set()
    for metric in CATALOGUE:
        for name, declared in metric.parameters.items():
            if (name, declared.type) not in seen:
                seen.add((name, declared.type))
                yield metric.name, name
    yield "events", "from"
    yield "events", "to"


@pytest.mark.parametrize(("metric", "parameter"), list(_parameters()))
def test_metrics_take_no_cunning_values(served: Serving, metric: str, parameter: str) -> None:
    for attempt in ATTEMPTS:
        given = {**DAY, parameter: attempt}
        response = served.client.get(f"/metrics/{metric}/data", params=given)
        if response.status_code == 200:
            # What is written like a name is one, and -1 is a number.
            assert re.fullmatch(r"[\w-]+", attempt, re.ASCII), (metric, parameter, attempt)
        else:
            assert problem(response, 422)["parameter"] in {parameter, "repo", "repos", "org", "actor"}
            assert "Set-Cookie" not in response.headers


@pytest.mark.parametrize("path", ["/repos", "/orgs", "/actors"])
def test_searches_compare_what_they_are_given(served: Serving, path: str) -> None:
    for attempt in (*ATTEMPTS, *HOSTILE):
        response = served.get(path, q=attempt)
        if len(attempt) > 200:
            assert problem(response, 422)["parameter"] == "q"
        else:
            assert response.status_code == 200, response.text
            assert all(attempt.lower() in row["name"].lower() for row in response.json()["data"])


@pytest.mark.parametrize("parameter", ["from", "to", "limit", "cursor", "by"])
def test_lists_take_no_cunning_values(served: Serving, parameter: str) -> None:
    for attempt in ATTEMPTS:
        response = served.client.get("/coverage", params={parameter: attempt})
        assert problem(response, 422)["parameter"] == parameter


@pytest.mark.parametrize("attempt", ATTEMPTS)
def test_names_in_the_address_are_looked_up_and_nothing_else(served: Serving, attempt: str) -> None:
    response = served.client.get(f"/metrics/{quote(attempt, safe='')}/data")
    assert response.status_code in (404, 422)
    assert response.headers["content-type"] == "application/problem+json"


def test_the_lake_is_as_it_was(served: Serving) -> None:
    assert served.get("/ready").status_code == 200
    names = {row["name"] for row in served.get("/repos", q="drop table", limit=10).json()["data"]}
    assert names == {HOSTILE[0]}
