"""The weekly digest over a full lake: a page, a mail in text and HTML, and told once a week on its channels."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path

import httpx2
import pytest

from forgelake.app.digest import MailAddresses, tell_digest
from forgelake.metrics.catalogue import Catalogue
from forgelake.metrics.svg import Drawer
from forgelake.metrics.values import ParameterError
from forgelake.model.errors import RetryError
from forgelake.pages.digest import digest
from forgelake.pages.page import render
from forgelake.pages.site import Site
from forgelake.pages.weeks import last_week, name_of, week_named
from forgelake.pipelines.context import Context
from tests.jobs.bench import Stop
from tests.pages.full_lake import MAIN, NOW, OTHER
from tests.pipelines.lakes import Lake
from tests.servers.hooks import Hooks
from tests.servers.mailbox import Mailbox
from tests.servers.mirror import Fault
from tests.web.serving import Serving

WEEK = "2026-W38"
SETTINGS = """
[jobs.weekly_digest]
to = ["team", "mail"]
repos = ["{main}", "octo/cat"]
[channels.team]
kind = "slack"
url = "env:TEAM"
"""


class Loads(HTMLParser):
    """What a mail would load or run."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = {name for name, _ in attrs}
        if tag in ("img", "script", "link", "iframe", "form", "style", "object") or named & {"src", "background"}:
            self.found.append(tag)


@pytest.fixture(scope="module")
def served(full: Lake) -> Iterator[Serving]:
    with Serving(full) as serving:
        yield serving


def page(served: Serving, path: str) -> httpx2.Response:
    return served.client.get(served.url + path, headers={"Accept": "text/html"})


def test_weeks_are_those_of_iso_8601() -> None:
    monday = datetime(2026, 12, 28, 7, tzinfo=UTC)
    assert name_of(last_week(monday)) == "2026-W52"
    assert name_of(last_week(monday + timedelta(days=7))) == "2026-W53"
    assert week_named("2026-W53", monday + timedelta(days=7)).end == datetime(2027, 1, 4, tzinfo=UTC)
    for wrong in ("2026-W53", "2025-W53", "2026-W00", "2026-47", "W47", "2027-W01", "0000-W01"):
        with pytest.raises(ParameterError, match="at latest 2026-W52"):
            week_named(wrong, monday)


def test_the_page_tells_the_last_week_with_what_it_rests_on(served: Serving) -> None:
    answer = page(served, "/digest")
    assert answer.status_code == 200, answer.text
    assert f"<h1>Week {WEEK}</h1>" in answer.text
    assert "octo/tiger" in answer.text
    assert "25.6% of 168 hours received" in answer.text
    assert 'href="/digest/2026-W37"' in answer.text
    assert "/digest/2026-W39" not in answer.text
    assert page(served, f"/digest/{WEEK}").status_code == 200
    assert "at latest 2026-W38" in page(served, "/digest/2026-W39").text


@pytest.mark.parametrize(("names", "told"), [("", "name some in <code>github.repos"), (MAIN, "yet: run <code>")])
def test_without_tracked_repositories_it_says_what_is_to_be_done(tmp_path: Path, names: str, told: str) -> None:
    with Lake(tmp_path / "home", tmp_path.as_uri()).open(FORGELAKE_GITHUB_REPOS=names) as context:
        site = Site(context, context.lake.now(), Catalogue.load(), Drawer(), MailAddresses(""), NOW)
        assert told in render(site, digest(site, "")).decode()


def test_a_week_before_anything_was_collected_has_no_zeros(served: Serving) -> None:
    text = page(served, "/digest/2026-W20").text
    assert 'class="n">\N{EN DASH}' in text
    assert 'class="n">0' not in text


@pytest.fixture
def own(full: Lake, tmp_path: Path) -> Iterator[tuple[Context, Hooks, Mailbox]]:
    """The full lake with channels, and a state that may be written to."""
    shutil.copy(full.home / "state.db", tmp_path / "state.db")
    with Hooks() as hooks, Mailbox() as mailbox:
        (tmp_path / "own.toml").write_text(SETTINGS.format(main=MAIN) + mailbox.channel)
        variables = {
            "FORGELAKE_CONFIG": str(tmp_path / "own.toml"),
            "FORGELAKE_STATE_URL": f"sqlite:///{tmp_path}/state.db",
            "FORGELAKE_API_PUBLIC_URL": "https://lake.example",
            "TEAM": hooks.url,
        }
        with full.open(**variables) as context:
            yield context, hooks, mailbox


def test_a_week_is_told_once_on_each_channel_whatever_goes_wrong(own: tuple[Context, Hooks, Mailbox]) -> None:
    context, hooks, mailbox = own
    hooks.faults = [Fault(status=503)]
    with pytest.raises(RetryError, match="channel team"):
        tell_digest(context, Stop())
    for _ in range(2):
        tell_digest(context, Stop())
    assert len(hooks.requests) == 2
    [mail] = mailbox.mails
    assert mail["Subject"] == f"[forgelake] Week {WEEK}"
    slack = hooks.told()[1]["text"]
    assert slack.endswith(f"https://lake.example/digest/{WEEK}")
    tell_digest(replace(context, clock=lambda: NOW + timedelta(days=7)), Stop())
    assert [one["Subject"] for one in mailbox.mails] == [f"[forgelake] Week {week}" for week in (WEEK, "2026-W39")]


def test_the_mail_says_the_same_in_text_and_html_and_loads_nothing(own: tuple[Context, Hooks, Mailbox]) -> None:
    context, _, mailbox = own
    tell_digest(context, Stop())
    [mail] = mailbox.mails
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text is not None
    assert html is not None
    plain, marked = text.get_content(), html.get_content()
    assert Loads(marked).found == []
    for said in (
        "Week 2026-W38",
        MAIN,
        "octo/cat",
        "25.6% of 168 hours received",
        "25.6% received",
        "Pull requests merged",
    ):
        assert said in plain
        assert said in marked
    assert "SYNTHETIC DATA" in plain
    assert OTHER not in plain
    # Nothing was collected since Sunday noon: what Sunday still brought is not known.
    assert "without the last day" in plain
    assert "views from" not in plain
    # A day was missed in the week before, though not its last one, and of a stock only that one counts.
    # octo/cat has another name since the first day of the week, and its stars are the same under this one.
    main, cat = [line for line in plain.splitlines() if line.startswith("  Stars") and "on the week" in line]
    assert "30,218" in main
    assert "12,228" in cat
