"""The whole way of a person in a browser: from logging in to a CV that everybody sees."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Page

from forgelake.accounts.repos.collecting import collect_accounts
from forgelake.app.collecting import accounts_at_work, means
from forgelake.app.feedback import feedback_mail
from tests.browser.visits import PHONE, Visit, Visits, Window
from tests.servers.git_http import GitServer
from tests.servers.git_repos import ME, Repo
from tests.servers.github_account import AccountGitHub
from tests.servers.github_people import Person
from tests.servers.mailbox import Mailbox
from tests.servers.provider import ProviderServer
from tests.web.people import serving_people
from tests.web.serving import Serving

TOKEN = "ghp_planted-token"
SETTINGS = """
[providers.github]
kind = "github"
url = "{provider}"
client_id = "forgelake"
client_secret = "env:SECRET"
who = "anybody"
"""


@dataclass
class Place:
    """A server, and the mail that it sends."""

    serving: Serving
    mailbox: Mailbox

    def code(self) -> str:
        """What was mailed to confirm an address."""
        found = re.search(r"\d{8}", self.mailbox.mails[-1].get_content())
        assert found is not None
        return found[0]

    def mark(self) -> str:
        """What the link holds that ends the weekly mail."""
        context = self.serving.context
        return feedback_mail(context).mark(context.state.accounts.all()[0].id)

    def collect(self) -> None:
        """As the job does every 15 minutes."""
        context = self.serving.context
        with ThreadPoolExecutor(1) as beside:
            done = beside.submit(lambda: collect_accounts(means(context), accounts_at_work(context))).result()
        assert (done.changed, done.failed, done.faults) == (1, 0, [])


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """Somebody to vouch for people, a forge with a repository that git reads, and a mail server."""
    folder = tmp_path_factory.mktemp("way")
    repo = Repo.at(folder / "served" / "open.git")
    repo.commit({"a.py": "1\n"}, "feat: begin")
    repo.commit({"b.go": "1\n"}, "fix: b")
    with (
        ProviderServer() as provider,
        AccountGitHub() as github,
        Mailbox() as mailbox,
        GitServer(repo.folder.parent, TOKEN) as git,
    ):
        github.give(TOKEN, Person("octocat", "repo, user:email"))
        github.hosts("octocat/open", git.url("open.git"), lambda: repo.tips["main"])
        variables = {
            "FORGELAKE_GITHUB_API_URL": github.url,
            "FORGELAKE_GIT_SCRATCH": str(folder / "scratch"),
            "FORGELAKE_API_ANONYMOUS": "never",
            "FORGELAKE_NOW": "2023-11-20T08:00:00Z",
        }
        settings = SETTINGS.format(provider=provider.url) + mailbox.channel
        with serving_people(folder, settings, **variables) as serving:
            yield Place(serving, mailbox)


def press(page: Page, name: str) -> None:
    """Press a button, and wait for the page that comes."""
    with page.expect_navigation():
        page.get_by_role("button", name=name, exact=True).click()


def log_in_and_add_the_token(visit: Visit) -> None:
    page = visit.page
    visit.go("/account/tokens")
    page.get_by_role("link", name="Log in with github").click()
    page.wait_for_url("**/account/tokens")
    page.get_by_label("Token", exact=True).fill(TOKEN)
    press(page, "Add")
    assert "octocat" in page.get_by_role("region", name="Tokens, table").inner_text()


def choose_and_confirm(visit: Visit, place: Place) -> None:
    page = visit.page
    visit.go("/account/repos")
    press(page, "Ask the forges now")
    press(page, "Activate octocat/open")
    assert "queued" in page.content()
    visit.go("/account/identities")
    page.get_by_label("Another address").fill(ME)
    press(page, "Mail a code")
    page.get_by_label(f"Code for {ME}").fill(place.code())
    press(page, f"Confirm {ME}")


# The place first: its mail server cannot be made once the browser's driver runs.
def test_from_logging_in_to_a_cv_that_everybody_sees(place: Place, visits: Visits) -> None:
    with visits.to(place.serving.url) as visit:
        log_in_and_add_the_token(visit)
        choose_and_confirm(visit, place)
        place.collect()
        visit.go("/account/repos")
        assert "up to date" in visit.page.content()
        visit.go("/account/week")
        assert "2 commits, 2 days with commits." in visit.page.content()
        press(visit.page, "Mail it each Monday")
        assert visit.faults() == []
        visit.go("/account/cv")
        press(visit.page, "Publish for everybody")
        assert visit.said == []
    with visits.to(place.serving.url, Window(PHONE, "dark")) as visit:
        assert visit.go("/account/cv").url.endswith("/login?next=%2Faccount%2Fcv")
        assert visit.go("/cv/octocat").status == 200
        assert visit.page.locator("h1").inner_text() == "Octo Cat"
        assert "octocat/open" in visit.page.locator("#open-source").inner_text()
        assert visit.page.get_by_role("group", name="Commits", exact=True).locator(".number").inner_text() == "2"
        visit.go(f"/account/week/end?{urlencode({'key': place.mark()})}")
        press(visit.page, "Mail it no more")
        assert "mailed to you no more" in visit.page.content()
        assert visit.faults() == []
        visit.assert_clean()
