"""A site of files: every link leads somewhere, nothing asks a server, and names are good anywhere."""

import json
import re
import shutil
import xml.etree.ElementTree as ET
from contextlib import closing
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forgelake.accounts.cv import Cvs
from forgelake.accounts.deleting import delete
from forgelake.accounts.people import OPERATOR, People
from forgelake.cv.profile import Publication
from forgelake.metrics.catalogue import Catalogue, folders
from forgelake.metrics.svg import Drawer
from forgelake.model.errors import UsageError
from forgelake.model.hours import Hour
from forgelake.pages.addresses import ServerAddresses
from forgelake.pages.assets import Assets
from forgelake.pages.site import Site
from forgelake.pipelines.context import Context
from forgelake.publish.site import Crawl, ExportedSite, Wanted, export_site
from forgelake.publish.site_cvs import site_cvs
from forgelake.publish.site_files import MISSING, page_file, plain
from forgelake.publish.site_offer import Offer
from forgelake.publish.site_place import MEDIA_TYPES, put
from forgelake.storage.objects import Storage
from tests.pipelines.archive import hours, publish, some
from tests.pipelines.lakes import Lake, put_back
from tests.publish.people import people_with_cvs

HOSTILE = ("<script>alert(1)</script>/<b>", "../../etc/passwd", "UPPER/Case.", "con/aux", "näme/ü")
GOOD_ANYWHERE = re.compile(r"[a-z0-9][a-z0-9._~-]*[a-z0-9]")
BASE = "https://example.org/lake"


class Page(HTMLParser):
    """The links and the tags of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.tags: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.links += [value or "" for name, value in attrs if name in ("href", "src", "data-spec", "data-vega")]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("site") / "out"


@pytest.fixture(scope="module")
def lake(place: Path) -> Lake:
    """Three hours with repositories whose names try to be something else, and people with CVs."""
    listed = hours(3)
    files: dict[Hour, Any] = {hour: [dict(event) for event in some(hour)] for hour in listed}
    for event, name in zip(files[listed[0]], HOSTILE * 4, strict=False):
        event["repo"] = {**event["repo"], "name": name}
    own = {"FORGELAKE_GIT_SCRATCH": str(place.parent / "scratch"), "FORGELAKE_NOW": "2016-01-01T04:10:00Z"}
    lake = Lake(place.parent / "home", publish(place.parent / "hours", files), own)
    lake.collect(listed[0], listed[-1])
    with lake.open() as context:
        people_with_cvs(context, place.parent / "repos")
    return lake


@pytest.fixture(scope="module")
def done(lake: Lake, place: Path) -> ExportedSite:
    with lake.open() as context:
        return export_site(context, Storage.open(str(place)), Wanted(2, base_url=BASE))


@pytest.fixture(scope="module")
def pages(place: Path, done: ExportedSite) -> dict[Path, Page]:
    found = {path: Page(path.read_text(encoding="utf-8")) for path in place.rglob("*.html")}
    assert len(found) == done.pages
    return found


def test_every_link_is_relative_and_leads_to_a_file(pages: dict[Path, Page], place: Path) -> None:
    for path, page in pages.items():
        if path.name == MISSING:
            # It is shown under any address.
            assert all(link.startswith((BASE, "#")) for link in page.links)
            continue
        own = [link for link in page.links if not link.startswith(("https://", "#"))]
        assert own
        for link in own:
            target = (path.parent / link.partition("#")[0]).resolve()
            assert not link.startswith("/")
            assert target.is_relative_to(place)
            assert target.is_file(), f"{path}: {link}"


def test_no_file_is_there_that_nothing_leads_to(pages: dict[Path, Page], place: Path) -> None:
    linked = {
        (path.parent / link).resolve() for path, page in pages.items() for link in page.links if "://" not in link
    }
    linked |= {place / link.removeprefix(f"{BASE}/") for page in pages.values() for link in page.links}
    there = {path for path in place.rglob("*") if path.is_file() and path.suffix != ".html"}
    assert {path.relative_to(place).as_posix() for path in there - linked} <= {"forgelake-site.json"}


def test_a_bucket_is_told_what_every_file_is(done: ExportedSite, place: Path) -> None:
    assert done.pages
    assert {path.suffix for path in place.rglob("*") if path.is_file()} == set(MEDIA_TYPES) - {".png"}


def test_nothing_asks_a_server(pages: dict[Path, Page]) -> None:
    for path, page in pages.items():
        assert not page.tags & {"form", "input", "select", "iframe"}, path


def test_there_is_a_page_of_everything(done: ExportedSite, place: Path) -> None:
    for name in (
        "index",
        "status",
        "status/2016-01-01",
        "explore",
        "explore/events",
        "explore/busiest_repos",
        "topics",
    ):
        assert (place / f"{name}.html").is_file(), name
    assert done.repos == 2
    assert len(list(place.glob("repos/*/*.html"))) == 2


def test_the_first_page_has_no_second_file_for_its_own_period(pages: dict[Path, Page], place: Path) -> None:
    other = [path.name for path in place.glob("index~*.html")]
    assert 'aria-current="true">24h' in (place / "index.html").read_text()
    assert "index~24h.html" not in other
    assert set(pages[place / "index.html"].links) >= set(other)


def test_names_are_good_on_any_file_system(done: ExportedSite, place: Path) -> None:
    assert done.placed.written
    for path in place.rglob("*"):
        assert GOOD_ANYWHERE.fullmatch(path.name), path
    assert len({str(path).lower() for path in place.rglob("*")}) == len(list(place.rglob("*")))


def test_data_and_drawings_are_what_they_say(done: ExportedSite, place: Path) -> None:
    assert done.pages
    answer = json.loads(next(place.glob("data/events~????????????.json")).read_text())
    assert answer["coverage"]["received"] == 3
    assert next(place.glob("data/events~*.csv")).read_text().startswith("bucket,events\n")
    assert pq.read_table(next(place.glob("data/events~*.parquet"))).column_names == ["bucket", "events"]
    assert json.loads(next(place.glob("data/events~*.vl.json")).read_text())["$schema"]
    for path in place.rglob("*.svg"):
        assert ET.parse(path).getroot().tag.endswith("svg")


def test_cards_are_named_with_the_sites_own_address(done: ExportedSite, place: Path) -> None:
    assert done.pages
    assert f"![Events]({BASE}/cards/events.svg)" in (place / "index.html").read_text()
    drawn = (place / "badges" / "events.svg").read_text()
    assert "Events, Last 24 hours: " in drawn
    assert "12.5% of 24 hours received" in drawn


def test_the_list_names_every_file(done: ExportedSite, place: Path) -> None:
    listed = json.loads((place / "forgelake-site.json").read_text())["files"]
    there = {path.relative_to(place).as_posix() for path in place.rglob("*") if path.is_file()}
    assert set(listed) == there - {"forgelake-site.json"}
    assert done.placed.written == len(listed)


def cv_files(*names: str) -> set[str]:
    return {f"{name}{ending}" for name in names for ending in (".html", ".pdf", ".svg", ".badge.svg", ".json")}


def test_cvs_that_are_public_are_there_in_every_form_and_name_nothing_private(
    done: ExportedSite, place: Path, pages: dict[Path, Page]
) -> None:
    assert (done.cvs, {path.name for path in (place / "cv").iterdir()}) == (2, cv_files("ada", "bob"))
    assert [path for path in place.rglob("*") if path.is_file() and b"planted" in path.read_bytes()] == []
    assert "https://e.example/o/open" in pages[place / "cv" / "ada.html"].links
    assert (place / "cv" / "ada.pdf").read_bytes().startswith(b"%PDF")
    assert json.loads((place / "cv" / "ada.json").read_text())["basics"]["url"] == f"{BASE}/cv/ada.html"
    assert "ranking.html" in pages[place / "index.html"].links
    assert "cv/ada.html" in pages[place / "ranking.html"].links
    assert len(list(place.glob("ranking~*.html"))) == 5


def test_a_cv_that_is_taken_back_hidden_or_deleted_is_gone_with_the_next_export(
    done: ExportedSite, lake: Lake, place: Path, tmp_path: Path
) -> None:
    assert done.cvs
    again = shutil.copytree(place, tmp_path / "again")
    with put_back(lake), lake.open() as context:
        people, snapshot = People(context.state.accounts, context.state.audit), context.lake.now(0)

        def held(*asked: str) -> list[str]:
            return sorted(site_cvs(context, snapshot, asked, context.clock()).held)

        assert (held(), held("Eve", "joe", "nobody")) == (["ada", "bob"], ["ada", "bob", "eve"])
        people.hide("ada", OPERATOR, hidden=True)
        people.hide("eve", OPERATOR, hidden=True)
        assert held("eve") == ["bob"]
        people.hide("ada", OPERATOR, hidden=False)
        Cvs(context.state.profiles).publish(people.named("ada").id, Publication.LINK)
        delete(context, people, "bob", OPERATOR)
        assert (held(), held("ada", "bob")) == ([], ["ada"])
        _export_people(context, again, ["ada", "joe"])
    assert {path.name for path in (again / "cv").iterdir()} == cv_files("ada")
    assert 'content="noindex, nofollow"' in (again / "cv" / "ada.html").read_text()
    assert list(again.glob("ranking*")) == []


def _export_people(context: Context, place: Path, asked: list[str]) -> None:
    """The export without repositories and metrics, whose drawings would take most of the time."""
    with closing(Drawer()) as drawer:
        assets = Assets(drawer.bundle, "1")
        catalogue = Catalogue.load(folders(None))
        site = Site(context, context.lake.now(0), catalogue, drawer, ServerAddresses(assets, ""), context.clock())
        cvs = site_cvs(context, site.snapshot, asked, site.now)
        assert cvs.left_out == ["joe"]
        names = {"repos": frozenset[str](), **{kind: frozenset(found) for kind, found in cvs.names.items()}}
        crawl = Crawl(site, Offer(names, (), {}, cvs), assets, place.with_name("made"), "")
        crawl.run()
    put(Storage.open(str(place)), place.with_name("made"), crawl.files, {})


def test_an_empty_lake_has_no_site(tmp_path: Path) -> None:
    with Lake(tmp_path / "home", tmp_path.as_uri()).open() as context, pytest.raises(UsageError, match="collected"):
        export_site(context, Storage.open(str(tmp_path / "out")))


@pytest.fixture(scope="module")
def offered() -> Offer:
    names = {
        "repos": frozenset({"octo/cat"}),
        "explore": frozenset({"events"}),
        "status": frozenset(),
        "topics": frozenset(),
    }
    return Offer(names, ("24h", "7d", "30d"), {"": "24h", "repos": "7d"})


@pytest.mark.parametrize(
    ("parts", "query", "file"),
    [
        ((), {}, "index.html"),
        ((), {"period": "24h"}, "index.html"),
        ((), {"period": "7d"}, "index~7d.html"),
        ((), {"period": "30d"}, "index~30d.html"),
        ((), {"period": "1y"}, None),
        ((), {"from": "2016-01-01"}, None),
        (("repos", "octo", "cat"), {"period": "24h"}, "repos/octo/cat~24h.html"),
        (("repos", "octo", "cat"), {"period": "7d"}, "repos/octo/cat.html"),
        (("status",), {"period": "7d"}, None),
        (("repos", "octo", "dog"), {}, None),
        (("explore", "events"), {"from": "2016-01-01", "interval": "h"}, "explore/events.html"),
        (("explore", "events"), {"repo": "octo/cat"}, None),
        (("explore", "events"), {"period": "7d"}, None),
        (("search",), {"q": "x"}, None),
        (("compare",), {"repos": "octo/cat"}, None),
    ],
)
def test_only_what_is_there_is_linked(
    offered: Offer, parts: tuple[str, ...], query: dict[str, str], file: str | None
) -> None:
    assert offered.file(parts, query) == file


@given(st.lists(st.text(min_size=1, max_size=120), min_size=2, max_size=2, unique=True))
def test_any_two_names_are_two_files_that_are_good_anywhere(names: list[str]) -> None:
    one, other = (page_file(("repos", name), "7d") for name in names)
    assert one.lower() != other.lower()
    for file in (one, other):
        assert GOOD_ANYWHERE.fullmatch(file.removeprefix("repos/"))


@pytest.mark.parametrize("name", ["CON", "nul", "com1.txt", "a.", "..", "a b", "A", "\x00"])
def test_names_that_some_system_keeps_are_changed(name: str) -> None:
    assert "~" in plain(name)
