"""Every page, light and dark, wide and narrow: whole, small, quiet, within its origin, and free of faults axe knows."""

import pytest

from tests.browser.visits import PHONE, WINDOWS, Visits, Window
from tests.pages.full_lake import MAIN, OTHER

PAGES = {
    "/": "Last 24 hours",
    "/?period=7d&compare=year": "Last 7 days",
    f"/repos/{MAIN}?period=30d": MAIN,
    f"/compare?repos={MAIN},{OTHER}&period=30d": "Compare",
    "/topics": "Topics",
    "/topics/lake?period=30d": "lake",
    "/digest": "Week 2026-W38",
    "/explore": "Explore",
    "/explore/events_by_type": "Events by type",
    "/explore/punch_card": "Punch card",
    "/search?q=repo-1": "repo-1",
    "/status": "Status",
    "/status/2026-09-20": "hour by hour",
}
"""Pages, and what their headings hold."""

MOST_BYTES, MOST_REQUESTS = 60_000, 8
BROKEN = {"/explore/nothing": 404, "/?period=9x": 422, "/explore/events?repo=not-a-repo": 422, "/nothing": 404}


@pytest.mark.parametrize("window", WINDOWS, ids=str)
@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_whole(visits: Visits, site: str, path: str, window: Window) -> None:
    with visits.to(site, window) as visit:
        assert visit.go(path).status == 200
        assert PAGES[path] in visit.page.locator("h1").inner_text()
        assert visit.page.locator(".panel.failed").count() == 0
        assert len(visit.responses) <= MOST_REQUESTS
        assert 0 < visit.transferred < MOST_BYTES
        visit.assert_clean()
        assert visit.faults() == []


@pytest.mark.parametrize("path", ["/", "/explore/events", "/status", "/topics", "/compare"])
def test_an_empty_lake_says_what_to_do(visits: Visits, empty_site: str, path: str) -> None:
    with visits.to(empty_site, Window(PHONE)) as visit:
        assert visit.go(path).status == 200
        assert visit.page.locator("main").inner_text().strip()
        assert visit.page.locator("svg").count() == 0
        visit.assert_clean()
        assert visit.faults() == []


@pytest.mark.parametrize("path", ["/", "/explore/events"])
def test_questions_that_fail_are_told_in_their_panels(visits: Visits, failing_site: str, path: str) -> None:
    with visits.to(failing_site) as visit:
        assert visit.go(path).status == 200
        assert "stopped after" in visit.page.locator(".panel.failed").first.inner_text()
        visit.assert_clean()
        assert visit.faults() == []


@pytest.mark.parametrize("path", BROKEN)
def test_what_cannot_be_shown_is_a_page_too(visits: Visits, site: str, path: str) -> None:
    with visits.to(site, Window(theme="dark")) as visit:
        assert visit.go(path).status == BROKEN[path]
        assert visit.page.locator("main a, main form").count() > 0
        visit.assert_clean()
        assert visit.faults() == []
