"""What people do with pages: reach for a chart, walk with the keyboard, go back, do without scripts."""

import re

from tests.browser.visits import Visits, Window
from tests.pages.full_lake import MAIN

BUNDLE = "vega.js"


def test_a_chart_comes_to_life_only_when_it_is_reached_for(visits: Visits, site: str) -> None:
    with visits.to(site, Window(theme="dark")) as visit:
        visit.go("/")
        assert not any(BUNDLE in one.url for one in visit.responses)
        figure = visit.page.locator("figure[data-spec]").first
        figure.hover()
        visit.page.wait_for_selector("figure .chart svg", timeout=30_000)
        visit.page.wait_for_selector("figure:not([aria-busy])")
        assert sum(BUNDLE in one.url for one in visit.responses) == 1
        assert figure.locator(".drawing").first.is_hidden()
        box = figure.bounding_box()
        assert box is not None
        visit.page.mouse.move(box["x"] + box["width"] * 0.75, box["y"] + box["height"] * 0.5)
        visit.assert_clean()


def test_arrow_keys_read_points(visits: Visits, site: str) -> None:
    with visits.to(site) as visit:
        visit.go("/explore/events")
        visit.page.locator("figure[data-table]").first.focus()
        visit.page.keyboard.press("ArrowRight")
        said = visit.page.locator("#said")
        assert re.fullmatch(r"Time: 2026-09-21 05:00 UTC, Events: \d[\d,]*", said.inner_text())
        visit.page.keyboard.press("End")
        assert "2026-09-20 06:00 UTC" in said.inner_text()
        assert visit.page.locator("tr[aria-selected]").count() == 1


def test_the_keyboard_reaches_everything_in_order(visits: Visits, site: str) -> None:
    with visits.to(site) as visit:
        visit.go("/")
        reached: list[str] = []
        for _ in range(25):
            visit.page.keyboard.press("Tab")
            reached.append(visit.page.evaluate("(document.activeElement.textContent || '').trim().slice(0, 30)"))
        assert reached[0] == "Skip to the content"
        places = [reached.index(text) for text in ("Home", "Status", "Find", "24h", "Other period")]
        assert places == sorted(places)
        visit.page.locator(".skip").focus()
        visit.page.keyboard.press("Enter")
        visit.page.wait_for_url("**/#main")


def test_back_and_reload_keep_what_was_chosen(visits: Visits, site: str) -> None:
    with visits.to(site) as visit:
        visit.go("/")
        visit.page.locator(".picker a", has_text="7d").click()
        visit.page.wait_for_load_state()
        assert "period=7d" in visit.page.url
        visit.page.reload()
        assert visit.page.locator("h1").inner_text() == "Last 7 days"
        visit.page.go_back()
        assert visit.page.locator("h1").inner_text() == "Last 24 hours"


def test_a_form_needs_no_script(visits: Visits, site: str) -> None:
    with visits.to(site, Window(scripts=False)) as visit:
        visit.go("/explore/events")
        visit.page.locator("form.asking input[name=repo]").fill(MAIN)
        visit.page.locator("form.asking button").click()
        visit.page.wait_for_load_state()
        assert "repo=synthetic-org-1%2Fsynthetic-repo-1" in visit.page.url
        assert visit.page.locator("form.asking input[name=repo]").input_value() == MAIN
        assert visit.page.locator("figure svg").count() > 0
        assert visit.page.locator("#rows tbody tr").count() > 5


def test_without_scripts_nothing_is_missing(visits: Visits, site: str) -> None:
    texts = []
    for scripts in (True, False):
        with visits.to(site, Window(scripts=scripts)) as visit:
            visit.go(f"/repos/{MAIN}")
            texts.append(visit.page.locator("main").inner_text())
            visit.assert_clean()
    assert texts[0] == texts[1]
