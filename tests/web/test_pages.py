"""Pages over HTTP: whole without scripts, safe from names that strangers chose, kept as long as they are right."""

import re
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from typing import TypeAlias
from urllib.parse import quote

import httpx2
import pytest

from forgelake.model.slices import SliceStatus
from tests.web.conftest import HOSTILE
from tests.web.serving import Serving

DAY = "from=2016-01-01&to=2016-01-02"
Get: TypeAlias = Callable[..., httpx2.Response]
BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
PAGES = ("/", "/explore", f"/explore/events?{DAY}", f"/explore/busiest_repos?{DAY}&limit=50", "/search?q=/", "/status")


class Elements(HTMLParser):
    """All elements of a page with their attributes, and its texts."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []
        self.texts: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    def links(self) -> Iterator[str]:
        """Where it leads."""
        return (attributes["href"] for tag, attributes in self.found if tag == "a" and "href" in attributes)


@pytest.fixture(scope="module")
def get(served: Serving) -> Get:
    """Asks for a page as a browser does."""

    def ask(path: str, **headers: str) -> httpx2.Response:
        return served.client.get(served.url + path, headers={**BROWSER, **headers})

    return ask


@pytest.mark.parametrize("path", PAGES)
def test_a_page_runs_nothing_but_its_own_script(get: Get, path: str) -> None:
    answer = get(path)
    assert answer.status_code == 200, answer.text
    elements = Elements(answer.text)
    scripts = [attributes for tag, attributes in elements.found if tag == "script"]
    assert [one.get("src", "").rpartition("/")[2] for one in scripts] == ["forgelake.js"]
    named = [name for _, attributes in elements.found for name in attributes]
    assert not [name for name in named if name.startswith("on") or name == "style"]
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


def test_hostile_names_are_texts_and_lead_somewhere(get: Get) -> None:
    elements = Elements(get("/search?q=/").text)
    shown = {text for text in elements.texts if text.strip()}
    hostile = {name for name in HOSTILE if "/" in name}
    assert hostile & shown
    assert all(link.startswith(("/", "#")) for link in elements.links())
    repos = [link for link in elements.links() if link.startswith("/repos/")]
    assert repos
    assert all(link.count("/") == 3 and not re.search(r"[<>\"' ]", link) for link in repos)


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{ 7*7 }}", "%00"])
def test_what_is_searched_for_is_shown_as_it_was_written(get: Get, text: str) -> None:
    answer = get(f"/search?q={quote(text)}")
    assert answer.status_code == 200
    elements = Elements(answer.text)
    assert [attributes["value"] for tag, attributes in elements.found if attributes.get("name") == "q"] == [text]
    assert not [tag for tag, attributes in elements.found if tag == "img" and attributes.get("src") == "x"]


def test_a_page_is_known_again(get: Get) -> None:
    first = get(f"/?{DAY}")
    again = get(f"/?{DAY}", **{"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert get(f"/?{DAY}&interval=h").headers["etag"] != first.headers["etag"]


def test_assets_are_kept_for_ever_under_their_own_mark(get: Get) -> None:
    elements = Elements(get("/").text)
    hrefs = [attributes["href"] for tag, attributes in elements.found if tag == "link"]
    for href in hrefs:
        assert get(href).headers["cache-control"] == "public, max-age=31536000, immutable"
    other = re.sub(r"/assets/[0-9a-f]+/", "/assets/000000000000/", hrefs[0])
    assert get(other).status_code == 404


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("/nothing", 404, 'href="/search?q=nothing"'),
        ("/repos/foo", 404, 'href="/search?q=foo"'),
        ("/explore/evnts", 404, "<code>events</code>"),
        ("/explore/nope", 404, 'href="/explore">All metrics'),
        ("/?period=8d", 422, "24h"),
        ("/?perod=7d", 422, "period"),
        ("/status/yesterday", 422, "2016-01-31"),
        ("/explore/events?repo=x", 422, "owner/name"),
    ],
)
def test_a_mistake_is_a_page_with_what_would_be_right(get: Get, path: str, status: int, said: str) -> None:
    answer = get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "text/html; charset=utf-8")
    assert said in answer.text
    assert "/api/v1" not in answer.text
    assert answer.headers["cache-control"] == "no-store"


def test_programs_get_documents_for_their_mistakes(served: Serving) -> None:
    answer = served.client.get(served.url + "/nothing", headers={"Accept": "application/json"})
    assert answer.headers["content-type"] == "application/problem+json"


def test_the_status_says_what_became_of_every_hour(get: Get) -> None:
    page = get("/status/2016-01-01")
    elements = Elements(page.text)
    hours = [attributes for tag, attributes in elements.found if attributes.get("id", "").startswith("h")]
    assert len(hours) == 24
    assert str(SliceStatus.RECEIVED) in hours[1]["class"]
    assert get("/status").headers["cache-control"] == "no-store"


def test_only_the_servers_own_pages_order_jobs(served: Serving) -> None:
    address = f"{served.url}/status/jobs/collect_gharchive"
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://elsewhere.example"}, {"Origin": "null"}):
        assert served.client.post(address, data={"order": "pause"}, headers=headers).status_code == 403
    own = {"Origin": served.url, "Sec-Fetch-Site": "same-origin"}
    assert served.client.post(address, data={"order": "stop"}, headers=own).status_code == 422
    for order, state in (("pause", "paused"), ("resume", "waiting")):
        answer = served.client.post(address, data={"order": order}, headers=own)
        assert (answer.status_code, answer.headers["location"]) == (303, "/status")
        jobs = {job["name"]: job["state"] for job in served.get("/jobs").json()["data"]}
        assert jobs["collect_gharchive"] == state
