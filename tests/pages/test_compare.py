"""Comparing repositories, and topics."""

import re
from dataclasses import replace
from html import unescape
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest

from forgelake.app.digest import MailAddresses
from forgelake.metrics.answer import Answer, answer_from
from forgelake.metrics.binding import bind
from forgelake.metrics.catalogue import Catalogue
from forgelake.metrics.frame import Frame
from forgelake.metrics.svg import Drawer
from forgelake.metrics.vega import specification
from forgelake.pages.identity import with_pages
from forgelake.pages.site import Site
from tests.pages.full_lake import MAIN, NOW, OTHER, RENAMED
from tests.pages.reading import read
from tests.pipelines.lakes import Lake
from tests.web.serving import Serving

UNTRACKED = "synthetic-org-3/synthetic-repo-3"


def asked(address: str) -> dict[str, str]:
    """The query of an address."""
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}


def test_tracked_repositories_are_compared_by_snapshots(serving: Serving) -> None:
    page = read(serving, f"/compare?repos={MAIN},{OTHER}&period=30d")
    assert page.status == 200
    assert {"Stars, as GitHub shows them", "Forks", "Open issues"} <= set(page.links)
    assert asked(page.links["From 100"]) == {"repos": f"{MAIN},{OTHER}", "scale": "indexed", "period": "30d"}
    assert asked(page.links["Logarithmic"])["log"] == "1"
    assert asked(page.links["Leave out"])["repos"] == OTHER


@pytest.mark.parametrize("scale", ["indexed", "new", "since_first"])
def test_every_scale_has_its_chart(serving: Serving, scale: str) -> None:
    page = read(serving, f"/compare?repos={MAIN},{OTHER}&period=30d&scale={scale}")
    assert page.status == 200
    assert "svg" in page.tags
    assert not any("failed" in one.split() or "empty" in one.split() for one in page.classes)


def test_what_is_not_tracked_is_compared_by_events(serving: Serving) -> None:
    page = read(serving, f"/compare?repos={UNTRACKED},synthetic-org-4/synthetic-repo-4")
    assert {"Events", "Contributors"} <= set(page.links)
    assert "From 100" not in page.links


def test_mistakes_are_told_and_the_rest_is_shown(serving: Serving) -> None:
    page = read(serving, f"/compare?repos=https://github.com/{MAIN.upper()},nobody/synthetic-repo-2,what,%3Cb%3E/x")
    assert page.status == 200
    assert "nobody/synthetic-repo-2 is neither tracked nor in the events" in page.words
    assert f"Is one of these meant: {OTHER}" in page.words
    assert "what is not owner/name" in page.words
    assert "b" not in page.tags
    assert page.links[MAIN] == f"/repos/{MAIN}"


def test_the_eleventh_is_one_too_many(serving: Serving) -> None:
    names = [f"synthetic-org-{number % 9}/synthetic-repo-{number}" for number in range(1, 12)]
    page = read(serving, f"/compare?basis=events&repos={','.join(names)}")
    assert f"{names[10]} is one too many; 10 are compared at once" in page.words
    assert set(names[:10]) < set(page.links)


def test_a_renamed_repository_is_one_line_under_the_name_that_was_asked_for(serving: Serving) -> None:
    page = read(serving, f"/compare?repos={RENAMED},{MAIN}&period=30d")
    assert page.links[RENAMED] == f"/repos/{RENAMED}"
    assert "octo/tiger" not in page.words


def test_what_charts_are_made_of_says_all_that_the_page_shows_of_them(serving: Serving) -> None:
    page = httpx2.get(f"{serving.url}/compare?repos={RENAMED},{MAIN}&period=30d&scale=total&log=1", timeout=60).text
    addresses = [unescape(found) for found in re.findall(r'data-spec="([^"]+)"', page)]
    assert len(addresses) == page.count("<figure") > 1
    for address, column in zip(addresses[:2], ("stars", "forks"), strict=True):
        made = httpx2.get(serving.url + address, timeout=60).raise_for_status().json()
        assert made["encoding"]["y"]["field"] == column
        assert made["encoding"]["y"].get("scale", {}).get("type") == ("log" if column == "stars" else None)
        assert made["encoding"]["color"]["scale"]["domain"] == [RENAMED, MAIN]
        assert {row["repo_name"] for row in made["data"]["values"]} == {RENAMED, MAIN}
    drawing = httpx2.get(serving.url + addresses[0].replace("data.vegalite", "data.svg"), timeout=60)
    assert (drawing.status_code, ">octo/tiger<" in drawing.text) == (200, False)


def test_without_names_there_are_suggestions(serving: Serving) -> None:
    page = read(serving, "/compare")
    assert asked(page.links[MAIN])["repos"] == MAIN


def test_a_scale_that_there_is_not_is_refused(serving: Serving) -> None:
    assert read(serving, f"/compare?repos={MAIN}&scale=cubic").status == 422


def test_topics_lead_to_their_pages_and_to_those_of_repositories_that_have_one(serving: Serving, full: Lake) -> None:
    assert read(serving, "/topics").links["lake"] == "/topics/lake"
    page = read(serving, "/topics/lake?period=30d")
    assert page.status == 200
    assert {"Repositories over time", "Main languages"} <= set(page.links)
    repos = {name: address for name, address in page.links.items() if address.startswith("/repos/")}
    assert repos == {name: f"/repos/{name}" for name in (MAIN, OTHER, "octo/tiger")}
    assert "octo/topic-0" in page.words
    with full.open() as context:
        site = Site(context, context.lake.now(), Catalogue.load(), Drawer(), MailAddresses(""), NOW)
        assert with_pages(site, [UNTRACKED.upper(), RENAMED, "octo/topic-0"]) == {UNTRACKED.upper(), RENAMED}


def test_a_topic_that_is_not_counted_says_how_to_count_it(serving: Serving) -> None:
    page = read(serving, "/topics/river")
    assert page.status == 404
    assert "add it to github.topics" in page.words
    assert page.links["lake"] == "/topics/lake"


def test_without_topics_there_is_what_to_write(nothing: Serving) -> None:
    page = read(nothing, "/topics")
    assert page.status == 200
    assert "topics = [" in page.words


@pytest.fixture(scope="module")
def stars(full: Lake) -> Answer:
    metric = Catalogue.load().get("compare_repos")
    given = {"from": "2026-09-07", "to": "2026-09-21", "interval": "d", "repos": f"{MAIN},{OTHER}"}
    with full.open() as context:
        return answer_from(context.lake.now(), bind(metric, given, NOW), NOW)


def test_a_frame_may_draw_another_column_on_a_logarithmic_scale_in_the_colours_of_its_neighbours(stars: Answer) -> None:
    drawn = specification(stars, Frame(column="forks", log=True, series=((OTHER,), (MAIN,))))
    assert drawn["encoding"]["y"]["field"] == "forks"
    assert drawn["encoding"]["y"]["scale"] == {"type": "log"}
    assert drawn["encoding"]["color"]["scale"]["domain"] == [OTHER, MAIN]


def test_what_is_not_above_zero_has_no_place_on_a_logarithmic_scale(stars: Answer) -> None:
    column = stars.table.column_names.index("stars")
    zeros = stars.table.set_column(column, "stars", [[0] * len(stars.table)])
    drawn = specification(replace(stars, table=zeros), Frame(log=True))
    assert {row["stars"] for row in drawn["data"]["values"]} == {None}
