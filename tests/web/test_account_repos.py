"""Tokens, repositories and identities on pages: one's own, by forms, and nothing of anybody else's."""

import re
import threading
from pathlib import Path

import pytest

from forgelake.state.identities import EMAIL, Identity
from tests.servers.github_account import AccountGitHub
from tests.servers.github_http import Reply, Request
from tests.servers.github_people import Person
from tests.web.people import enter, logged_in, send, serving_people

SECRET = "ghp_planted-token"


def test_from_a_token_to_an_active_repository_and_nothing_of_it_for_another(tmp_path: Path) -> None:
    with AccountGitHub() as github, serving_people(tmp_path, FORGELAKE_GITHUB_API_URL=github.url) as serving:
        github.give(SECRET, Person("octocat", "repo, user:email, read:org"))
        github.hosts("octocat/secret", f"{github.url}/secret.git", lambda: None, private=True).readers = {SECRET}
        ada, bob = enter(serving, "ada"), enter(serving, "bob")
        with logged_in(serving, ada) as browser:
            assert send(browser, "/account/tokens", do="add", forge="github", secret="a b").status_code == 422
            added = send(browser, "/account/tokens", do="add", forge="github", name="work", secret=SECRET)
            assert (added.status_code, added.headers.get("location")) == (303, "/account/tokens")
            page = browser.get("/account/tokens").text
            assert ("classic: repo, user:email, read:org" in page, SECRET in page) == (True, False)
            assert send(browser, "/account/repos", do="refresh").status_code == 303
            assert send(browser, "/account/repos", do="activate", name="octocat/secret").status_code == 303
            page = browser.get("/account/repos").text
            assert ("octocat/secret" in page, "queued" in page) == (True, True)
            page = browser.get("/account/identities").text
            assert "octocat@example.org" in page
            refused = send(browser, "/account/identities", do="add", email="more@example.org")
            assert (refused.status_code, "no mail can be sent" in refused.text) == (422, True)
            assert browser.post("/account/repos", data={"do": "refresh"}).status_code == 403
        with logged_in(serving, bob) as browser:
            for path in ("/account/tokens", "/account/repos", "/account/identities"):
                page = browser.get(path).text
                assert "octocat" not in page
            assert send(browser, "/account/repos", do="deactivate", name="octocat/secret").status_code == 422
            assert send(browser, "/account/tokens", do="remove", name="work").status_code == 422
            removed = send(browser, "/account/identities", do="remove", email="octocat@example.org")
            assert removed.status_code == 422
        with logged_in(serving, ada) as browser:
            assert "octocat@example.org" in browser.get("/account/identities").text


def test_an_identity_that_was_removed_is_shown_as_such_and_can_be_taken_back(tmp_path: Path) -> None:
    with serving_people(tmp_path) as serving:
        ada, old = enter(serving, "ada"), "old@example.org"
        serving.context.state.identities.put(Identity(ada, EMAIL, old, suggested_by=".mailmap"))
        with logged_in(serving, ada) as browser:
            for do, shown in (("remove", ["Take back"]), ("restore", ["Mail a code to", "Remove"])):
                assert send(browser, "/account/identities", do=do, email=old).status_code == 303
                page = browser.get("/account/identities").text
                assert re.findall(rf'aria-label="([^"]*) {old}"', page) == shown


def test_a_page_does_not_wait_for_forges_that_take_long_and_tells_later_what_went_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("forgelake.web.refreshing.WAIT_SECONDS", 0.05)
    go_on, asked = threading.Event(), threading.Event()

    class Slow(AccountGitHub):
        def reply(self, request: Request) -> Reply:
            if request.path.startswith("/user/repos?per_page=100"):
                asked.set()
                assert go_on.wait(30)
            return super().reply(request)

    with Slow() as github, serving_people(tmp_path, FORGELAKE_GITHUB_API_URL=github.url) as serving:
        github.give(SECRET, Person("octocat", "repo, user:email, read:org"))
        with logged_in(serving, enter(serving, "ada")) as browser:
            send(browser, "/account/tokens", do="add", forge="github", name="work", secret=SECRET)
            assert send(browser, "/account/repos", do="refresh").status_code == 303
            assert "are being asked" in browser.get("/account/repos").text
            assert asked.wait(30)
            github.tokens.pop(SECRET)
            go_on.set()
            while "are being asked" in (page := browser.get("/account/repos")).text:
                pass
            assert (page.status_code, "token &#34;work&#34;" in page.text) == (200, True)
            assert "token &#34;work&#34;" not in browser.get("/account/repos").text
