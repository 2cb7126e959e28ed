"""A CV on the web: who may see it, in every form; one's own by forms, and nothing of anybody else's."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

from forgelake.accounts.cv import Cvs
from forgelake.accounts.people import People
from forgelake.app.compose import mining
from forgelake.cv.profile import Publication, profile_of
from forgelake.model.addresses import Addresses
from forgelake.pipelines.commits.collect import collect_commits
from forgelake.pipelines.commits.wanted import repo_key
from forgelake.state.account_repos import ACTIVE, AccountRepo
from tests.servers.git_repos import ME, OTHER, Repo
from tests.web.people import PROVIDER, enter, logged_in, send, serving_people
from tests.web.serving import Serving

ENDINGS = {"": "text/html; charset=utf-8", ".pdf": "application/pdf", ".svg": "image/svg+xml",
           ".badge.svg": "image/svg+xml", ".json": "application/json"}  # fmt: skip


@contextmanager
def two_people(folder: Path) -> Iterator[Serving]:
    """Ada and Bob with a commit each in a public and a private repository; a key is needed for everything else."""
    repos = [Repo.at(folder / name) for name in ("open.git", "planted-secret.git")]
    for repo in repos:
        repo.commit({f"{repo.folder.stem}.py": "1\n"}, "feat: begin")
        repo.commit({"b.py": "1\n"}, "fix: b", email=OTHER)
    with serving_people(
        folder,
        PROVIDER,
        FORGELAKE_GIT_SCRATCH=str(folder / "scratch"),
        FORGELAKE_API_ANONYMOUS="never",
        FORGELAKE_NOW="2023-12-01T00:00:00Z",
    ) as made:
        context = made.context
        for name, email in (("ada", ME), ("bob", OTHER)):
            account = enter(made, name)
            places = [repo.folder for repo in repos]
            collect_commits(context, mining(context.settings, Addresses.of([email])), places, account=account)
            public = AccountRepo(account, repo_key(places[0]), "github", "https://e.example/ada/open.git", "ada/open",
                                 "ada", visibility="public", choice=ACTIVE)  # fmt: skip
            context.state.account_repos.put_many([public])
        yield made


@pytest.fixture(scope="module")
def serving(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    with two_people(tmp_path_factory.mktemp("cv")) as made:
        yield made


def account_of(serving: Serving, name: str) -> str:
    return People(serving.context.state.accounts, serving.context.state.audit).named(name).id


def publish(serving: Serving, name: str, publication: Publication) -> str:
    """Say who may see a CV; returns the key of a link, else nothing."""
    return Cvs(serving.context.state.profiles).publish(account_of(serving, name), publication).link_token or ""


def get(serving: Serving, path: str, key: str = "", **headers: str) -> httpx2.Response:
    given = {"key": key} if key else {}
    return httpx2.get(serving.url + path, params=given or None, headers=headers, timeout=60, trust_env=False)


def test_what_is_public_is_there_in_every_form_and_names_no_private_repository(serving: Serving) -> None:
    publish(serving, "ada", Publication.PUBLIC)
    for ending, media in ENDINGS.items():
        answer = get(serving, f"/cv/ada{ending}")
        assert (answer.status_code, answer.headers["content-type"]) == (200, media)
        assert answer.headers["cache-control"] == "public, max-age=60"
        assert ("x-robots-tag" in answer.headers, b"planted" in answer.content) == (False, False)
        again = get(serving, f"/cv/ada{ending}", **{"If-None-Match": answer.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
    page = get(serving, "/cv/ada").text
    assert all(text in page for text in ('href="https://e.example/ada/open"', 'href="/cv/ada.pdf"', "Ada"))
    resume = get(serving, "/cv/ada.json").json()
    assert resume["basics"]["url"].endswith("/cv/ada")
    assert [project["highlights"] for project in resume["projects"]] == [["1 commit"]]


def test_a_link_opens_with_its_key_alone_and_ends_with_the_next(serving: Serving) -> None:
    former = publish(serving, "ada", Publication.LINK)
    key = publish(serving, "ada", Publication.LINK)
    for ending in ENDINGS:
        answer = get(serving, f"/cv/ada{ending}", key)
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "private, no-store"
        assert (answer.headers["x-robots-tag"], "etag" in answer.headers) == ("noindex, nofollow", False)
        assert [get(serving, f"/cv/ada{ending}", wrong).status_code for wrong in ("", former, "é")] == [404] * 3
    page = get(serving, "/cv/ada", key).text
    assert f'href="/cv/ada.pdf?key={key}"' in page
    assert '<meta name="robots" content="noindex, nofollow">' in page


def test_nobody_learns_whether_there_is_what_they_may_not_see(serving: Serving) -> None:
    publish(serving, "ada", Publication.PUBLIC)
    key = publish(serving, "bob", Publication.LINK)
    people = People(serving.context.state.accounts, serving.context.state.audit)
    people.hide("ada", "operator", hidden=True)
    paths = ("/cv/ada", "/cv/ada.json", "/cv/bob", "/cv/bob.pdf", "/cv/nobody", "/cv/nobody.svg", "/cv/bob.exe")
    try:
        answers = [get(serving, path) for path in paths] + [get(serving, "/cv/ada", key)]
        assert get(serving, "/cv/bob", key).status_code == 200
    finally:
        people.hide("ada", "operator", hidden=False)
    assert {(one.status_code, one.text, one.headers["cache-control"]) for one in answers} == {
        (404, answers[0].text, "no-store")
    }
    publish(serving, "bob", Publication.PRIVATE)
    assert get(serving, "/cv/bob", key).status_code == 404
    assert get(serving, "/cv/ada").status_code == 200


def test_the_numbers_are_those_of_the_person_alone(serving: Serving) -> None:
    for name in ("ada", "bob"):
        account = account_of(serving, name)
        Cvs(serving.context.state.profiles).write(account, profile_of({"headline": f"Words of {name}"}))
        publish(serving, name, Publication.PUBLIC)
    ada, bob = (get(serving, f"/cv/{name}").text for name in ("ada", "bob"))
    assert ("Words of ada" in ada, "Words of bob" in ada) == (True, False)
    assert ("Words of bob" in bob, "Words of ada" in bob) == (True, False)


def test_one_writes_and_publishes_by_forms_and_nothing_of_anybody_elses(serving: Serving) -> None:
    others = Cvs(serving.context.state.profiles).of(account_of(serving, "bob"))
    words = {"headline": "Engines", "private_label": "At work", "packages": "public", "place_years": "1",
             "shown_years": "1", "place_kinds": "0", "shown_kinds": "1", "project_0_title": "<b>Engine</b>",
             "project_4_title": "Loom", "project_4_begin": "2024-05", "link_0_title": "Home",
             "link_0_url": "https://example.org/"}  # fmt: skip
    with logged_in(serving, account_of(serving, "ada")) as browser:
        assert browser.post("/account/cv", data={"do": "public"}).status_code == 403
        assert send(browser, "/account/cv", do="nonsense").status_code == 422
        assert send(browser, "/account/cv", do="save", **words).headers["location"] == "/account/cv"
        wrong = send(browser, "/account/cv", do="save", **words | {"headline": "kept", "link_0_url": "javascript:1"})
        assert (wrong.status_code, "links.0.url" in wrong.text, 'value="kept"' in wrong.text) == (422, True, True)
        assert send(browser, "/account/cv", do="private").status_code == 303
        assert get(serving, "/cv/ada").status_code == 404
        preview = browser.get("/account/cv/preview")
        assert (preview.headers["cache-control"], "Only you see this page" in preview.text) == ("no-store", True)
        send(browser, "/account/cv", do="link")
        published = Cvs(serving.context.state.profiles).of(account_of(serving, "ada"))
        assert f"/cv/ada?key={published.link_token}" in browser.get("/account/cv").text
        assert get(serving, "/cv/ada", published.link_token or "").status_code == 200
    profile = published.profile
    assert [str(block) for block in profile.shown] == ["kinds", "years"]
    assert [one.title for one in profile.projects] == ["<b>Engine</b>", "Loom"]
    assert (profile.headline, profile.private_label) == ("Engines", "At work")
    assert Cvs(serving.context.state.profiles).of(account_of(serving, "bob")) == others
    assert get(serving, "/account/cv/preview").status_code == 401


def test_only_who_joined_and_is_public_is_ranked_and_equals_share_a_place(serving: Serving) -> None:
    cvs = Cvs(serving.context.state.profiles)
    people = People(serving.context.state.accounts, serving.context.state.audit)
    for name in ("ada", "bob"):
        cvs.write(account_of(serving, name), profile_of({"name": f"{name} of the ranking"}))
        publish(serving, name, Publication.PUBLIC)
    span, link = "/ranking?by=days&weeks=52", '<a href="/ranking"'
    assert "of the ranking" not in (empty := get(serving, span).text)
    assert link not in empty
    for name in ("ada", "bob"):
        with logged_in(serving, account_of(serving, name)) as browser:
            assert send(browser, "/account/cv", do="rank").status_code == 303
            assert link in browser.get("/account").text
    rows = re.findall(r'<tr><td class="n">(\d)</td>.*?/cv/(\w+)', get(serving, span).text)
    assert rows == [("1", "ada"), ("1", "bob")]
    publish(serving, "ada", Publication.LINK)
    people.hide("bob", "operator", hidden=True)
    assert "of the ranking" not in (empty := get(serving, span).text)
    assert link not in empty
    people.hide("bob", "operator", hidden=False)
    for wrong, good in (("by=lines", "commits or days"), ("weeks=26", "52, 13 or 1"), ("weeks=x", "52, 13 or 1")):
        answer = get(serving, f"/ranking?{wrong}")
        assert (answer.status_code, good in answer.text) == (422, True)


def test_everything_of_ones_own_can_be_taken_along_and_nothing_of_others(serving: Serving) -> None:
    ada, bob = (account_of(serving, name) for name in ("ada", "bob"))
    with logged_in(serving, ada) as browser:
        answer = browser.get("/account/export")
        assert '<a href="/account/export" download>' in browser.get("/account").text
    assert answer.headers["content-disposition"] == 'attachment; filename="forgelake-ada.json"'
    assert (answer.headers["cache-control"], bob in answer.text) == ("no-store", False)
    document = answer.json()
    assert [row["language"] for row in document["lake"]["commit_languages"]] == ["Python", "Python"]
    assert {row["visibility"] for row in document["lake"]["commits"]} == {"private"}
    assert document["cv"]["cv"]["totals"]["commits"] == len(document["lake"]["commits"]) == 2
    assert [row["name"] for row in document["state"]["accounts"]] == ["ada"]
    assert get(serving, "/account/export").status_code in (401, 403)
