"""Every page, on a server and as files: whole, light and dark, wide and narrow, small, quiet, within its origin, and
free of faults axe knows."""

import pytest

from tests.browser.places import Place
from tests.browser.visits import PHONE, Visits, Window
from tests.pages.full_lake import MAIN, OTHER

EVERYWHERE = {
    "/": "home",
    "/?period=7d": "home_of_a_week",
    f"/repos/{MAIN}": "repository",
    "/topics": "topics",
    "/topics/lake": "topic",
    "/explore": "catalogue",
    "/explore/events_by_type": "metric",
    "/explore/punch_card": "heat_map",
    "/status": "status",
    "/status/2026-09-20": "day",
}
"""Pages that a server has and that are files as well, and what their snapshots are called."""

ONLY_ASKED = {
    f"/compare?repos={MAIN},{OTHER}&period=30d": "compare",  # which repositories is up to whoever asks
    "/search?q=repo-1": "search",  # so is what is looked for
    "/explore/events?repo=" + MAIN: "question",  # and what of
    "/digest": "digest",  # weeks are not exported
}
"""Pages that only a server has, each with the reason."""

BROKEN = {"/explore/nothing": 404, "/?period=9x": 422, "/explore/events?repo=not-a-repo": 422, "/nothing": 404}
MOST_BYTES, MOST_REQUESTS = 60_000, 8


@pytest.mark.parametrize("path", EVERYWHERE)
def test_a_page_is_whole_on_a_server_and_as_a_file(visits: Visits, place: Place, path: str) -> None:
    with visits.to(place.url) as visit:
        assert visit.go(place.at(path)).status == 200
        assert len(visit.responses) <= MOST_REQUESTS
        visit.assert_like(EVERYWHERE[path])
        # The same template and style sheet in light: once is enough, on the server.
        visit.assert_whole(once=place.is_files)
        assert place.is_files or 0 < visit.transferred < MOST_BYTES


@pytest.mark.parametrize("path", ONLY_ASKED)
def test_a_page_that_a_server_is_asked_for_is_whole(visits: Visits, server: Place, path: str) -> None:
    with visits.to(server.url) as visit:
        assert visit.go(path).status == 200
        visit.assert_like(ONLY_ASKED[path])
        visit.assert_whole()
        assert len(visit.responses) <= MOST_REQUESTS
        assert 0 < visit.transferred < MOST_BYTES


@pytest.mark.parametrize("path", ["/", "/explore/events", "/status", "/topics", "/compare"])
def test_an_empty_lake_says_what_to_do(visits: Visits, empty_server: Place, path: str) -> None:
    with visits.to(empty_server.url, Window(PHONE)) as visit:
        assert visit.go(path).status == 200
        assert visit.page.locator("main").inner_text().strip()
        assert visit.page.locator("svg").count() == 0
        visit.assert_clean()
        assert visit.faults() == []


@pytest.mark.parametrize("path", ["/", "/explore/events"])
def test_questions_that_fail_are_told_in_their_panels(visits: Visits, failing_server: Place, path: str) -> None:
    with visits.to(failing_server.url) as visit:
        assert visit.go(path).status == 200
        assert "stopped after" in visit.page.locator(".panel.failed").first.inner_text()
        visit.assert_clean()
        assert visit.faults() == []


@pytest.mark.parametrize("path", BROKEN)
def test_what_cannot_be_shown_is_a_page_too(visits: Visits, server: Place, path: str) -> None:
    with visits.to(server.url, Window(theme="dark")) as visit:
        assert visit.go(path).status == BROKEN[path]
        assert visit.page.locator("main a, main form").count() > 0
        visit.assert_clean()
        assert visit.faults() == []


@pytest.mark.parametrize("path", ["/nothing", "/repos/nobody/nothing.html"])
def test_a_file_that_is_not_there_is_a_page_that_leads_back(visits: Visits, files: Place, path: str) -> None:
    with visits.to(files.url) as visit:
        assert visit.go(path).status == 404
        visit.assert_clean()
        assert visit.faults() == []
        visit.page.get_by_role("main").get_by_role("link").first.click()
        assert visit.page.url == f"{files.url}/index.html"
