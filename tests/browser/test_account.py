"""A person in a real browser: to the provider and back, their account, and out again."""

from collections.abc import Iterator

import pytest

from tests.browser.visits import PHONE, Visits, Window
from tests.servers.provider import ProviderServer
from tests.web.people import serving_people
from tests.web.test_login import SETTINGS


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server that one logs in to."""
    with (
        ProviderServer() as provider,
        serving_people(tmp_path_factory.mktemp("account"), SETTINGS.format(url=provider.url)) as serving,
    ):
        yield serving.url


@pytest.mark.parametrize("window", [Window(), Window(PHONE, "dark", scripts=False)], ids=str)
def test_from_login_to_logout(visits: Visits, place: str, window: Window) -> None:
    with visits.to(place, window) as visit:
        page = visit.page
        visit.go("/account")
        assert page.url.endswith("/login?next=%2Faccount")
        if window.scripts:
            visit.assert_like("login")
            assert visit.faults() == []
        page.get_by_role("link", name="Log in with github").click()
        page.wait_for_url("**/account")
        assert page.locator("h1").inner_text() == "Your account"
        assert "(this one)" in page.content()
        page.get_by_label("Name on pages").fill("Octo the Cat")
        page.get_by_role("button", name="Save").click()
        page.wait_for_url("**/account")
        assert page.get_by_label("Name on pages").input_value() == "Octo the Cat"
        if window.scripts:
            visit.assert_like("account")
            assert visit.faults() == []
        visit.go("/admin/people")
        assert page.locator("h1").inner_text() == "People"
        if window.scripts:
            assert visit.faults() == []
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0
        page.get_by_role("button", name="Log out").click()
        page.wait_for_url(place + "/")
        visit.go("/account")
        assert "/login" in page.url
