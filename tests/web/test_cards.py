"""Cards and badges over HTTP: how long they may be kept, what a wrong one looks like, and that no forge is asked."""

import xml.etree.ElementTree as ET

import httpx2
import pytest

from tests.web.serving import DAY, Serving

CACHED = "public, max-age=3600, stale-while-revalidate=86400"
SVG = "{http://www.w3.org/2000/svg}"


def ask(served: Serving, path: str, headers: dict[str, str] | None = None, /, **given: str) -> httpx2.Response:
    return httpx2.get(served.url + path, params=given, headers=headers, timeout=60, trust_env=False)


@pytest.mark.parametrize("kind", ["cards", "badges"])
def test_it_is_an_svg_that_others_may_keep_for_an_hour(served: Serving, kind: str) -> None:
    answer = ask(served, f"/{kind}/events.svg", **DAY)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "image/svg+xml"
    assert answer.headers["cache-control"] == CACHED
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    events = served.get("/metrics/activity_totals/data", **DAY).json()["data"][0]["events"]
    assert f": {events} events" in (ET.fromstring(answer.content).findtext(f"{SVG}title") or "")
    again = ask(served, f"/{kind}/events.svg", {"If-None-Match": answer.headers["etag"]}, **DAY)
    assert (again.status_code, again.content) == (304, b"")


def test_it_is_kept_below_the_lakes_home(served: Serving) -> None:
    ask(served, "/badges/pushes.svg", **DAY)
    kept = [path for path in (served.lake.home / "cards").rglob("*") if path.is_file()]
    assert any(b"Pushes" in path.read_bytes() for path in kept)


@pytest.mark.parametrize(
    ("path", "given", "status", "said"),
    [
        ("/cards/evnts.svg", {}, 404, "evnts"),
        ("/badges/%00%3Cscript%3E.svg", {}, 404, "<script>"),
        ("/cards/events.svg", {"repo": "a b"}, 422, "owner/name"),
        ("/badges/events.svg", {"nonsense": "1"}, 422, "nonsense"),
        ("/badges/events.svg", {"column": "nonsense"}, 422, "events"),
        ("/cards/busiest_repos.svg", DAY, 422, "list"),
        ("/cards/events.svg", {"period": "3w"}, 422, "24h"),
    ],
)
def test_what_is_wrong_stands_in_a_picture(
    served: Serving, path: str, given: dict[str, str], status: int, said: str
) -> None:
    answer = ask(served, path, None, **given)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "image/svg+xml"
    assert said in (ET.fromstring(answer.content).findtext(f"{SVG}title") or "")


def test_a_page_offers_them_where_there_is_one_number(served: Serving) -> None:
    page = ask(served, "/explore/events", **DAY).text
    assert f"![Events]({served.context.settings.api.public_url or 'http://127.0.0.1:8000'}/cards/events.svg)" in page
    assert "/cards/" not in ask(served, "/explore/busiest_repos", **DAY).text
