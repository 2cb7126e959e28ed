"""What people do with pages: reach for a chart, walk with the keyboard, go back, do without scripts."""

import re

from playwright.sync_api import Locator, expect

from tests.browser.places import Place
from tests.browser.visits import PHONE, Visit, Visits, Window
from tests.pages.full_lake import HOSTILE, MAIN, OTHER

BUNDLE = "vega.js"


def come_alive(visit: Visit, figure: Locator) -> Locator:
    """Reach for a chart; gives what stands in the place of its drawing then."""
    figure.hover()
    chart = figure.locator(".chart svg")
    chart.wait_for(timeout=30_000)
    expect(figure).not_to_have_attribute("aria-busy", "true")
    assert sum(BUNDLE in one.url for one in visit.responses) == 1
    assert figure.locator(".drawing").first.is_hidden()
    return chart


def test_the_table_of_jobs_shows_everything_on_a_desk_and_orders_on_a_phone(visits: Visits, server: Place) -> None:
    with visits.to(server.url) as visit:
        visit.go("/status")
        table = visit.page.get_by_role("region", name="Jobs, table")
        assert table.evaluate("one => one.scrollWidth - one.clientWidth") == 0
        visit.look(Window(PHONE))
        # Downwards only: a person sees that a page goes on below, not that a table does to the right.
        table.evaluate("one => one.scrollIntoView()")
        expect(table.get_by_role("button", name="Pause collect_gharchive")).to_be_in_viewport(ratio=1)


def test_a_chart_comes_to_life_only_when_it_is_reached_for(visits: Visits, place: Place) -> None:
    with visits.to(place.url, Window(theme="dark")) as visit:
        visit.go(place.at("/explore/busiest_repos"))
        assert not any(BUNDLE in one.url for one in visit.responses)
        figure = visit.page.locator("figure[data-spec]")
        chart = come_alive(visit, figure)
        chart.locator(".mark-rect path").nth(2).hover()
        tooltip = visit.page.locator("#vg-tooltip-element")
        expect(tooltip).to_be_visible()
        expect(visit.page.locator("main")).to_contain_text(HOSTILE)
        visit.assert_clean()
        visit.look(Window())
        expect(figure.locator(".drawing").first).to_be_visible()
        assert chart.count() == 0


def test_a_chart_on_a_logarithmic_scale_comes_to_life_as_it_was_drawn(visits: Visits, server: Place) -> None:
    with visits.to(server.url) as visit:
        visit.go(f"/compare?repos={MAIN},{OTHER}&period=30d&log=1")
        figure = visit.page.locator("figure").first
        drawn = figure.locator(".broad svg text").all_text_contents()
        alive = come_alive(visit, figure).locator("text").all_text_contents()
        assert {MAIN, OTHER} <= {text for text in alive if text in drawn}
        assert [text for text in alive if "k" in text] == [text for text in drawn if "k" in text]
        visit.assert_clean()


def test_every_panel_can_be_had_in_every_form(visits: Visits, place: Place) -> None:
    begins = {"CSV": b"bucket,", "Parquet": b"PAR1", "JSON": b"{", "SVG": b"<svg", "PNG": b"\x89PNG"}
    with visits.to(place.url) as visit:
        visit.go(place.at("/explore/events"))
        visit.page.get_by_text("Get it").click()
        links = visit.page.locator(".links a[download]")
        assert links.all_text_contents() == list(begins)
        for label, begin in begins.items():
            address = links.get_by_text(label, exact=True).evaluate("link => link.href")
            answer = visit.page.request.get(address)
            assert (answer.status, answer.body()[: len(begin)]) == (200, begin)
        for kind in ("Card", "Badge"):
            address = visit.page.get_by_role("link", name=kind).evaluate("link => link.href")
            assert address.endswith(f"/{kind.lower()}s/events.svg")
        assert visit.page.get_by_role("button", name="Copy").count() == 4


def test_arrow_keys_read_points(visits: Visits, place: Place) -> None:
    with visits.to(place.url) as visit:
        visit.go(place.at("/explore/events"))
        visit.page.locator("figure[data-table]").first.focus()
        visit.page.keyboard.press("ArrowRight")
        said = visit.page.locator("#said")
        assert re.fullmatch(r"Time: 2026-09-21 05:00 UTC, Events: \d[\d,]*", said.inner_text())
        visit.page.keyboard.press("End")
        assert "2026-09-20 06:00 UTC" in said.inner_text()
        assert visit.page.locator("tr[aria-selected]").count() == 1


def test_the_keyboard_reaches_everything_in_order(visits: Visits, place: Place) -> None:
    with visits.to(place.url) as visit:
        visit.go(place.at("/"))
        reached: list[str] = []
        for _ in range(20):
            visit.page.keyboard.press("Tab")
            reached.append(visit.page.evaluate("(document.activeElement.textContent || '').trim().slice(0, 30)"))
        assert reached[0] == "Skip to the content"
        asked = () if place.is_files else ("Find", "Other period")
        places = [reached.index(text) for text in ("Home", "Status", *asked[:1], "24h", *asked[1:])]
        assert places == sorted(places)
        visit.page.locator(".skip").focus()
        visit.page.keyboard.press("Enter")
        visit.page.wait_for_url("**#main")


def test_back_and_reload_keep_what_was_chosen(visits: Visits, place: Place) -> None:
    with visits.to(place.url) as visit:
        visit.go(place.at("/"))
        visit.page.locator(".picker a", has_text="7d").click()
        heading = visit.page.locator("h1")
        expect(heading).to_have_text("Last 7 days")
        assert visit.page.url == place.url + place.at("/?period=7d")
        visit.page.reload()
        expect(heading).to_have_text("Last 7 days")
        visit.page.go_back()
        expect(heading).to_have_text("Last 24 hours")


def test_a_form_needs_no_script(visits: Visits, server: Place) -> None:
    with visits.to(server.url, Window(scripts=False)) as visit:
        visit.go("/explore/events")
        visit.page.locator("form.asking input[name=repo]").fill(MAIN)
        visit.page.locator("form.asking button").click()
        visit.page.wait_for_url("**/explore/events?*repo=synthetic-org-1%2Fsynthetic-repo-1*")
        assert visit.page.locator("form.asking input[name=repo]").input_value() == MAIN
        assert visit.page.locator("figure svg").count() > 0
        assert visit.page.locator("#rows tbody tr").count() > 5


def test_without_scripts_nothing_is_missing(visits: Visits, place: Place) -> None:
    texts = []
    for scripts in (True, False):
        with visits.to(place.url, Window(scripts=scripts)) as visit:
            visit.go(place.at(f"/repos/{MAIN}"))
            texts.append(visit.page.locator("main").inner_text())
            visit.assert_clean()
    assert texts[0] == texts[1]
