"""A published CV and the pages around it in a real browser, light and dark, wide and narrow."""

from collections.abc import Iterator

import pytest

from forgelake.cv.profile import Publication
from tests.browser.visits import Visits
from tests.web.people import logged_in, send
from tests.web.serving import Serving
from tests.web.test_cv import account_of, publish, two_people


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """A server on which Ada is public and ranked."""
    with two_people(tmp_path_factory.mktemp("cv")) as serving:
        publish(serving, "ada", Publication.PUBLIC)
        with logged_in(serving, account_of(serving, "ada")) as browser:
            send(browser, "/account/cv", do="rank")
        yield serving


def test_the_pages_of_a_cv_are_whole_and_can_be_used_by_everybody(visits: Visits, place: Serving) -> None:
    with visits.to(place.url) as visit:
        for path, snapshot in (("/cv/ada", "cv"), ("/ranking", "ranking")):
            visit.go(path)
            visit.assert_like(snapshot)
            visit.assert_whole()
        with logged_in(place, account_of(place, "ada")) as browser:
            name, _, value = browser.headers["cookie"].partition("=")
            visit.page.context.add_cookies([{"name": name, "value": value, "url": place.url}])
        visit.go("/account/cv")
        visit.page.get_by_label("Headline").fill("Engines")
        with visit.page.expect_navigation():
            visit.page.get_by_role("button", name="Save").click()
        assert visit.page.get_by_label("Headline").input_value() == "Engines"
        visit.assert_like("account_cv")
        visit.assert_whole()
        visit.page.get_by_role("link", name="Ranking", exact=True).click()
        assert visit.page.url == f"{place.url}/ranking"
