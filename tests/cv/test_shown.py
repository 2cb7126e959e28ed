"""A CV as it is shown: private names stay unnamed, strangers' words stay words, and each form is valid."""

import json
import xml.etree.ElementTree as ET
from datetime import timedelta
from pathlib import Path

import jsonschema
import pytest

from forgelake.cv.counting import Counting, count
from forgelake.cv.held import hold
from forgelake.cv.json_resume import json_resume
from forgelake.cv.page import Cv, Source
from forgelake.cv.profile import Block, Profile, profile_from_toml, profile_of
from forgelake.engines.duckdb import connect
from forgelake.model.commits import CommitKind
from forgelake.model.errors import UsageError
from forgelake.pages.cv.card import badge, card
from forgelake.pages.cv.view import shown
from forgelake.pages.page import written
from tests.cv.test_counting import NOW

SCHEMA = json.loads((Path(__file__).parent / "schemas" / "json-resume-1.0.0.json").read_text(encoding="utf-8"))
HOSTILE = '</title><script>alert(1)</script>\u202e\' onload="x" {{ 7*7 }} #eval("1") \u05e9\u05dc\u05d5\u05dd'
SOURCES = (
    Source("open", "me/open", visibility="public", url="https://e.example/me/open", stars=7, collected_at=NOW),
    Source("secret", "Private work", part="rest", visibility="private", collected_at=NOW - timedelta(days=3)),
    Source("other", "Private work", part="rest", visibility="private", collected_at=NOW),
)


def row(number: int, repo: str, role: str = "author") -> dict[str, object]:
    return {
        "repo": repo, "commit_id": f"{number:040x}", "authored_at": NOW - timedelta(days=number), "utc_offset": 60,
        "kind": str(CommitKind.FEAT), "is_breaking": False, "is_large": False, "files": 1, "role": role,
    }  # fmt: skip


@pytest.fixture(scope="module")
def cv() -> Cv:
    commits = [row(1, "open"), row(1, "secret"), row(2, "secret"), row(3, "other"), row(4, "inactive")]
    languages = [
        {**one, "language": "Python", "is_vendored": False, "is_generated": False, "lines_added": 5, "lines_deleted": 1}
        for one in commits
    ]
    packages = [
        {"repo": "secret", "ecosystem": "pypi", "package": "planted-internal"},
        {"repo": "open", "ecosystem": "pypi", "package": "flask"},
    ]
    connection = connect(extensions=("icu",))
    hold(connection, {"commits": commits, "commit_languages": languages, "commit_packages": packages}, SOURCES)
    return count(connection, Counting(SOURCES, NOW, "mark", all_packages=False))


def test_only_chosen_repositories_count_and_private_ones_are_one(cv: Cv) -> None:
    assert (cv.totals.commits, cv.totals.repos) == (3, 3)
    assert [(part.label, part.commits, part.shared) for part in cv.repos] == [("me/open", 1, 0), ("Private work", 3, 1)]
    assert cv.open_source is not None
    assert (cv.open_source.commits, cv.open_source.of) == (1, 3)
    assert [package.name for package in cv.packages] == ["flask"]
    assert (cv.coverage.oldest, cv.coverage.newest) == (NOW - timedelta(days=3), NOW)


def test_only_blocks_that_are_wanted_are_shown_in_their_order(cv: Cv) -> None:
    blocks = [
        {"block": "years"},
        *({"block": str(one), "shown": False} for one in Block if one not in ("years", "kinds")),
    ]
    of = shown(cv, profile_of({"blocks": blocks}), "ada")
    assert [section.id for section in of.sections] == ["years", "kinds"]
    assert (of.tiles, of.repos, of.stars) == ((), (), None)
    assert shown(cv, Profile(), "ada").stars == 7


def test_words_of_strangers_stay_words_in_every_form(cv: Cv) -> None:
    profile = profile_of(
        {"name": HOSTILE, "headline": HOSTILE, "about": HOSTILE, "projects": [{"title": HOSTILE, "text": HOSTILE}]}
    )
    of = shown(cv, profile, "ada")
    page = written(
        "cv_alone.html", {"of": of, "drawings": [["" for _ in one.charts] for one in of.sections], "style": ""}
    )
    assert "<script" not in page
    assert "{{ 7*7 }}" in page
    assert "\u202e" not in page
    for drawn in (card(of), badge(of)):
        assert all(element.tag.rpartition("}")[2] != "script" for element in ET.fromstring(drawn).iter())


FULL = profile_of(
    {
        "name": "A",
        "headline": HOSTILE,
        "about": "x",
        "projects": [{"title": "E", "role": "r", "url": "https://e.example/", "begin": "2024-05", "end": "2025"}],
        "links": [{"title": "H", "url": "https://h.example/"}],
    }
)


@pytest.mark.parametrize("profile", [Profile(), FULL])
def test_json_resume_is_valid_by_its_schema(cv: Cv, profile: Profile) -> None:
    document = json.loads(json.dumps(json_resume(cv, profile, "ada", "https://s.example/cv/ada")))
    jsonschema.Draft4Validator(SCHEMA, format_checker=jsonschema.FormatChecker()).validate(document)
    assert "Private work" not in json.dumps(document)


BAD = ["javascript:alert(1)", "https://u:p@e.example/", "//e.example", "https://e.example/ x", "data:text/html,x"]


@pytest.mark.parametrize("url", BAD)
def test_an_address_that_could_deceive_is_refused(url: str) -> None:
    with pytest.raises(UsageError, match=r"links\.0\.url"):
        profile_of({"links": [{"title": "x", "url": url}]})


@pytest.mark.parametrize(
    "text", ["headline = 3", "nonsense = 1", "= x", 'blocks = [{block = "years"}, {block = "years"}]']
)
def test_a_profile_that_is_wrong_says_where(text: str) -> None:
    with pytest.raises(UsageError):
        profile_from_toml(text)


def test_a_profile_comes_back_as_it_was_kept() -> None:
    profile = profile_from_toml('name = "A"\n[[blocks]]\nblock = "years"\nshown = false\n')
    assert profile_of(profile.plain()) == profile
