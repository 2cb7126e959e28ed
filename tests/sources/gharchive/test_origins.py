"""Names and addresses of origins, and the hours that they show."""

import hashlib
import re
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from forgelake.model.errors import ConfigurationError, RetryError
from forgelake.model.hours import Hour
from forgelake.sources.gharchive import Origin
from forgelake.transport import HttpClient
from tests.servers.mirror import Fault, Mirror

HOURS = [Hour.parse("2015-12-31-23"), Hour.parse("2016-01-01-1"), Hour.parse("2016-01-01-12")]
HTML = """<!doctype html><a href="2016-01-01-1.json.gz">1</a> <a href='/a/2016-01-01-12.json.gz'>12</a>
<a href="2016-01-01-1.json.gz">again</a> <a href="https://host/2015-12-31-23.json.gz?x=1">23</a>
<a href="2016-01-01-02.json.gz">padded</a> <a href="2016-01-01-24.json.gz">none</a>
<a href="2016-13-01-1.json.gz">none</a> <a href="2016-01-01-3.json.gz.md5">digest</a>
<a href="92016-01-01-4.json.gz">"""
XML = "".join(f"<Contents><Key>{hour.name}.json.gz</Key></Contents>" for hour in HOURS)
JSON = str([f"{hour.name}.json.gz" for hour in HOURS]).replace("'", '"')


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://data.gharchive.org/", "data.gharchive.org"),
        ("https://data.gharchive.org", "data.gharchive.org"),
        ("http://DATA.gharchive.org:80/", "data.gharchive.org"),
        ("https://mirror.example:443", "mirror.example"),
        ("http://127.0.0.1:8080/hours/", "127.0.0.1:8080/hours"),
        ("http://[::1]:8080/", "[::1]:8080"),
        ("https://name:password@mirror.example/a/b/", "mirror.example/a/b"),
    ],
)
def test_a_mirror_is_named_by_its_host_and_path(url: str, name: str) -> None:
    assert Origin.at(url).name == name


def test_a_folder_is_named_by_its_last_part_and_a_digest_of_its_path(tmp_path: Path) -> None:
    folder = tmp_path / "my hours"
    digest = hashlib.sha256(str(folder).encode()).hexdigest()[:6]

    names = {
        Origin.at(url).name for url in (folder.as_uri(), f"{folder.as_uri()}/", f"file://{tmp_path}/x/../my hours")
    }

    assert names == {f"file:my hours-{digest}"}
    assert Origin.at((tmp_path / "other" / "my hours").as_uri()).name not in names


def test_the_hour_is_not_padded_in_its_address() -> None:
    hour = Hour.parse("2016-01-01T01")

    assert Origin.at("https://data.gharchive.org/").url(hour) == "https://data.gharchive.org/2016-01-01-1.json.gz"
    assert Origin.at("file:///hours").url(hour) == "file:///hours/2016-01-01-1.json.gz"


def test_credentials_are_for_requests_only() -> None:
    origin = Origin.at("https://name:password@mirror.example/")

    assert origin.url(HOURS[0]).startswith("https://name:password@")
    assert "password" not in repr(origin) + origin.slug + origin.name


@pytest.mark.parametrize(
    "url",
    [
        "data.gharchive.org",
        "/hours",
        "ftp://host/",
        "https://",
        "https://host/?list=1",
        "http://host:port/",
        "file://h/a",
        "",
    ],
)
def test_what_is_no_origin_is_refused_with_the_good_forms(url: str) -> None:
    with pytest.raises(ConfigurationError, match="is not an origin of archive hours; write https://host/path"):
        Origin.at(url)


def test_a_refused_origin_does_not_show_its_password() -> None:
    with pytest.raises(ConfigurationError) as caught:
        Origin.at("ftp://name:password@host/?signature=hidden")

    assert "password" not in str(caught.value)
    assert "hidden" not in str(caught.value)


def test_a_plain_hosts_slug_is_its_name() -> None:
    assert Origin.at("https://data.gharchive.org/").slug == "data.gharchive.org"


paths = st.text("abAB-._/:", max_size=6)


@given(first=paths, second=paths)
def test_slugs_are_one_safe_part_of_a_path_and_differ_where_names_do(first: str, second: str) -> None:
    origins = [Origin.at(f"http://host/{path}") for path in (first, second)]
    assume(origins[0].name != origins[1].name)

    assert origins[0].slug != origins[1].slug
    assert all(re.fullmatch(r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?", origin.slug) for origin in origins)


def test_a_folders_slug_is_safe_too(tmp_path: Path) -> None:
    slug = Origin.at((tmp_path / "öde Stunden").as_uri()).slug

    assert re.fullmatch(r"file--?de-Stunden-[0-9a-f]{6}", slug)


@pytest.mark.parametrize("page", [HTML, XML, JSON])
def test_an_index_pages_links_are_hours(client: HttpClient, mirror: Mirror, page: str) -> None:
    mirror.files["/hours/"] = page.encode()

    assert Origin.at(f"{mirror.url}/hours").listing(client) == HOURS


def test_a_folders_files_are_hours(client: HttpClient, tmp_path: Path) -> None:
    for name in ("2016-01-01-12.json.gz", "2016-01-01-1.json.gz", "2015-12-31-23.json.gz", "2016-01-01-2.json", "note"):
        (tmp_path / name).write_bytes(b"")

    assert Origin.at(tmp_path.as_uri()).listing(client) == HOURS


@pytest.mark.parametrize("fault", [Fault(status=404), Fault(status=403), Fault(body=b"welcome")])
def test_an_origin_without_an_index_lists_nothing(client: HttpClient, mirror: Mirror, fault: Fault) -> None:
    mirror.plan("/", fault)

    assert Origin.at(mirror.url).listing(client) == []


def test_a_folder_that_is_not_there_lists_nothing(client: HttpClient, tmp_path: Path) -> None:
    assert Origin.at((tmp_path / "none").as_uri()).listing(client) == []


def test_an_origin_that_cannot_be_reached_is_told(client: HttpClient, mirror: Mirror) -> None:
    mirror.plan("/", *[Fault(status=503)] * 3)

    with pytest.raises(RetryError):
        Origin.at(mirror.url).listing(client)
