"""A repository's page: what stands on it, what does not, and what is said instead."""

from dataclasses import replace
from datetime import timedelta

import httpx2
import pytest

from forgelake.app.digest import MailAddresses
from forgelake.metrics.answer import answer_from
from forgelake.metrics.binding import Bound, bind
from forgelake.metrics.catalogue import Catalogue
from forgelake.metrics.svg import Drawer
from forgelake.model.period import Period
from forgelake.pages.page import render
from forgelake.pages.periods import chosen, reach
from forgelake.pages.repository import repository
from forgelake.pages.sections import PARTS
from forgelake.pages.site import Site
from forgelake.query import narrow
from forgelake.query.search import REPOS, Wanted, found
from forgelake.query.snapshot import Snapshot
from forgelake.state.tracked import TrackedRow
from tests.pages.full_lake import MAIN, NOW, RENAMED
from tests.pages.reading import Read, read
from tests.pipelines.lakes import Lake
from tests.web.serving import Serving

UNTRACKED = "synthetic-org-3/synthetic-repo-3"


@pytest.fixture(scope="module")
def main_page(serving: Serving) -> Read:
    return read(serving, f"/repos/{MAIN}?period=30d")


def test_a_tracked_repository_has_every_section_and_no_empty_box(main_page: Read) -> None:
    assert main_page.status == 200
    assert "tracked since 2026-09-07" in main_page.words
    for part in PARTS:
        assert f"#{part.id}" in main_page.targets
        assert part.id in main_page.ids
    assert not any("empty" in one.split() for one in main_page.classes)


def test_the_three_series_of_stars_stand_apart_and_are_called_what_they_are(main_page: Read) -> None:
    assert {"Stars (net), snapshot by snapshot", "Stars (gross), as events tell"} < set(main_page.links)
    assert "Three different numbers" in main_page.words


def test_what_has_nothing_to_show_is_one_line_with_its_reason(main_page: Read) -> None:
    assert "Time to merge: nothing was received in this period: time_to_merge cannot be computed" in main_page.words
    assert "Time to merge" not in main_page.links


def test_a_repository_that_is_not_tracked_says_how_to_track_it(serving: Serving) -> None:
    page = read(serving, f"/repos/{UNTRACKED}")
    assert page.status == 200
    assert "not tracked" in page.words
    assert f"Add {UNTRACKED} to github.repos in forgelake.toml" in page.words
    assert "GitHub keeps 14 days of traffic" in page.words
    assert "Stars given" in page.words
    assert "Stars (net), snapshot by snapshot" not in page.links


def test_a_renamed_repository_is_reached_under_each_name(serving: Serving) -> None:
    former, newest = read(serving, f"/repos/{RENAMED}"), read(serving, "/repos/octo/tiger")
    assert (former.status, newest.status) == (200, 200)
    assert "This is a former name: the repository is called octo/tiger now" in former.words
    assert former.links["octo/tiger"] == "/repos/octo/tiger"
    assert newest.links[RENAMED] == f"/repos/{RENAMED}"
    assert "former name" not in newest.words
    # In this period nothing is called by the former name.
    later = read(serving, f"/repos/{RENAMED}?from=2026-09-15&to=2026-09-21")
    assert {"Stars (net), snapshot by snapshot", "Views", "Top referrers", "Languages by bytes"} <= set(later.links)


def test_tracked_repositories_without_events_are_found_under_each_name(serving: Serving) -> None:
    for name in (RENAMED, "octo/tiger"):
        assert read(serving, f"/search?q={name[5:].upper()}").links[name] == f"/repos/{name}"
    (tiger,) = serving.client.get("/repos", params={"q": "tiger"}).json()["data"]
    assert (tiger["name"], tiger["events"], tiger["last_event"]) == ("octo/tiger", 0, None)
    pages = [serving.client.get("/repos", params={"q": "o", "limit": 5}).json()]
    while pages[-1]["next"]:
        given = {"q": "o", "limit": 5, "cursor": pages[-1]["next"]}
        pages.append(serving.client.get("/repos", params=given).json())
    names = [row["name"] for page in pages for row in page["data"]]
    assert len(set(names)) == len(names)
    assert {RENAMED, "octo/tiger", MAIN, UNTRACKED} <= set(names)
    nobody = read(serving, "/search?q=nobody").words
    assert "is tracked, or has events between 2026-08-22 00:00 UTC and 2026-09-21 06:00 UTC" in nobody


def test_a_name_in_another_case_is_written_as_github_does(serving: Serving) -> None:
    page = read(serving, f"/repos/{UNTRACKED.upper()}")
    assert page.status == 200
    assert f"{UNTRACKED} · forgelake" in page.words


def test_an_unknown_repository_is_told_with_the_nearest_names(serving: Serving) -> None:
    page = read(serving, "/repos/nobody/synthetic-repo-1")
    assert page.status == 404
    assert page.links[MAIN] == f"/repos/{MAIN}"


@pytest.mark.parametrize("name", ["%3Cscript%3Ealert(1)%3C%2Fscript%3E", "a%22onload=%22x", "b%2F..%2Fc", "%27;--"])
def test_a_hostile_name_is_only_text(serving: Serving, name: str) -> None:
    answer = httpx2.get(f"{serving.url}/repos/octo/{name}", headers={"Accept": "text/html"}, timeout=60)
    assert answer.status_code == 404
    assert "<script>alert" not in answer.text
    assert 'onload="x' not in answer.text


def test_a_name_that_no_repository_was_found_for_has_a_page_as_long_as_it_is_tracked(full: Lake) -> None:
    with full.open() as context:
        snapshot = context.lake.now()
        unknown = TrackedRow("snapshot", "octo/none", "octo/none", NOW - timedelta(days=2))
        site = Site(context, replace(snapshot, tracked=(unknown,)), Catalogue.load(), Drawer(), MailAddresses(""), NOW)
        assert "tracked since 2026-09-19" in render(site, repository(site, "octo", "none", {})).decode()
        (row,) = found(site.snapshot, None, Wanted(REPOS, "none", 5))
        assert (row["name"], row["id"], row["events"]) == ("octo/none", None, None)


def test_a_lake_without_anything_says_what_to_do(nothing: Serving) -> None:
    assert "forgelake collect gharchive" in read(nothing, f"/repos/{MAIN}").words


def test_a_page_that_was_made_is_kept(serving: Serving) -> None:
    address = f"{serving.url}/repos/{MAIN}?period=30d"
    first = httpx2.get(address, headers={"Accept": "text/html"}, timeout=60)
    again = httpx2.get(address, headers={"Accept": "text/html", "If-None-Match": first.headers["etag"]})
    assert again.status_code == 304


def questions(snapshot: Snapshot) -> list[Bound]:
    """What the page of the main repository asks of events."""
    period, catalogue = chosen({"period": "7d"}, reach(snapshot), NOW), Catalogue.load()
    metrics = [catalogue.get(show.metric) for part in PARTS for show in part.shows]
    return [bind(one, {**period.of(one), "repo": MAIN}, NOW) for one in metrics if "events" in one.tables]


def test_events_that_are_held_give_the_same_answers(full: Lake) -> None:
    with full.open() as context:
        snapshot = context.lake.now()
        asked = questions(snapshot)
        period = Period(min(one.reach.start for one in asked), max(one.reach.end for one in asked))
        held = narrow.about_repo(snapshot, MAIN, period, [one.metric.sql for one in asked])
        assert held.holds("events")
        with held.session(tables=["events"]) as session:
            assert session.run("SELECT count(*) > 1000 FROM events").read_all()[0][0].as_py()
        for bound in asked:
            answers = [answer_from(one, bound, NOW) for one in (snapshot, held)]
            assert answers[0].table.equals(answers[1].table), bound.metric.name


def test_events_of_several_repositories_are_narrowed_to_those_of_one(full: Lake) -> None:
    with full.open() as context:
        snapshot = context.lake.now()
        there = reach(snapshot)
        assert there is not None
        period, queries = Period(there.first, there.last), ["repo_id"]
        both = narrow.about_repos(snapshot, [MAIN, UNTRACKED], period, queries)
        one = narrow.about_repos(both, [MAIN], period, queries)
        assert held_names(both) == {MAIN, UNTRACKED}
        assert held_names(one) == {MAIN}


def held_names(snapshot: Snapshot) -> set[str]:
    assert snapshot.holds("events")
    with snapshot.session(tables=["events"]) as session:
        return set(session.run("SELECT DISTINCT repo_name FROM events").read_all()[0].to_pylist())


def test_what_is_held_goes_with_the_last_who_has_it(full: Lake) -> None:
    with full.open() as context:
        snapshot = context.lake.now()
        held = narrow.about_repos(snapshot, [MAIN], Period(NOW - timedelta(days=7), NOW), ["repo_id"])
        tables = "SELECT count(*) FROM duckdb_tables() WHERE NOT internal"
        with held.session(tables=["events", "bots"]) as session:
            assert session.run(tables).read_all()[0][0].as_py() == 2
        del held, session
        with snapshot.session() as session:
            assert session.run(tables).read_all()[0][0].as_py() == 0


def test_events_that_are_too_many_are_not_held(full: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(narrow, "MOST_ROWS", 10)
    with full.open() as context:
        snapshot = context.lake.now()
        (bound, *_) = questions(snapshot)
        assert narrow.about_repo(snapshot, MAIN, bound.reach, [bound.metric.sql]) is snapshot
