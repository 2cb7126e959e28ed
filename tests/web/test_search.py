"""Names are found by a part of them, exact ones first, page by page, and never by their cunning."""

from collections import Counter
from typing import Any

import pytest

from tests.web.conftest import HOSTILE, Serving
from tests.web.serving import problem


def _all(served: Serving, path: str, **parameters: Any) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    while True:
        page = served.get(path, **parameters, **cursor).json()
        rows += page["data"]
        if page["next"] is None:
            return rows
        cursor = {"cursor": page["next"]}


@pytest.mark.parametrize(
    ("path", "column"), [("/repos", "repo_name"), ("/orgs", "org_login"), ("/actors", "actor_login")]
)
def test_pages_hold_every_name_once_with_its_events(served: Serving, path: str, column: str) -> None:
    rows = _all(served, path, limit=7)
    counted = Counter(row[column] for row in served.lake.rows() if row[column] is not None)
    assert {row["name"]: row["events"] for row in rows} == dict(counted)
    assert len(rows) == len(counted)


def test_names_that_begin_so_come_before_those_that_hold_it(served: Serving) -> None:
    names = [row["name"].lower() for row in _all(served, "/repos", q="SYNTHETIC-ORG")]
    assert names
    assert all("synthetic-org" in name for name in names)
    begins = [name.startswith("synthetic-org") or "/synthetic-org" in name for name in names]
    assert begins == sorted(begins, reverse=True)


def test_an_exact_name_comes_first(served: Serving) -> None:
    name = _all(served, "/repos")[-1]["name"]
    assert served.get("/repos", q=name.upper(), limit=1).json()["data"][0]["name"] == name


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_are_found_as_they_are(served: Serving, name: str) -> None:
    (found,) = served.get("/repos", q=name).json()["data"]
    assert found["name"] == name
    assert found["events"] == 1


@pytest.mark.parametrize("part", ["%", "_", "*", "?", "[a-z]", ".*", "\\"])
def test_signs_of_patterns_mean_themselves(served: Serving, part: str) -> None:
    names = [row["name"] for row in _all(served, "/repos", q=part)]
    assert all(part in name for name in names)


def test_a_search_says_which_days_it_looked_through(served: Serving) -> None:
    searched = served.get("/repos", q="x").json()["searched"]
    assert searched == {"from": "2015-12-03T00:00:00Z", "to": "2016-01-03T00:00:00Z"}
    later = served.get("/repos", from_="2016-01-02").json()
    assert later["searched"] == {"from": "2016-01-02T00:00:00Z", "to": "2016-01-03T00:00:00Z"}
    assert sum(row["events"] for row in later["data"]) <= 40


def test_a_cursor_is_good_for_its_own_question_only(served: Serving) -> None:
    cursor = served.get("/repos", limit=1).json()["next"]
    assert served.get("/repos", limit=3, cursor=cursor).status_code == 200
    assert problem(served.get("/orgs", cursor=cursor), 422)["parameter"] == "cursor"
    assert problem(served.get("/repos", q="a", cursor=cursor), 422)["parameter"] == "cursor"
    for torn in (cursor[:-3], cursor + "AAAA", "W10", "bnVsbA", "eyJhIjoxfQ"):
        problem(served.get("/repos", cursor=torn), 422)


def test_accounts_say_whether_they_are_programs(served: Serving) -> None:
    rows = _all(served, "/actors")
    assert all(isinstance(row["is_bot"], bool) for row in rows)
