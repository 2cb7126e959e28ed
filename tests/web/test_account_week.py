"""One's own week on the web: its page, mail by form, and the link that ends it without a login."""

from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import urlsplit

import httpx2
import pytest

from forgelake.app.feedback import feedback_mail, tell_feedback
from forgelake.state.identities import EMAIL, Identity
from tests.servers.mailbox import Mailbox
from tests.web.people import PROVIDER, enter, logged_in, send, serving_people
from tests.web.serving import Serving


@pytest.fixture(scope="module")
def mailbox() -> Iterator[Mailbox]:
    with Mailbox() as made:
        yield made


@pytest.fixture(scope="module")
def serving(tmp_path_factory: pytest.TempPathFactory, mailbox: Mailbox) -> Iterator[Serving]:
    settings = PROVIDER + mailbox.channel
    with serving_people(tmp_path_factory.mktemp("week"), settings, FORGELAKE_NOW="2026-01-05T08:00:00Z") as made:
        yield made


def entered(serving: Serving, name: str) -> str:
    """A person with a verified address."""
    account, state = enter(serving, name), serving.context.state
    email = Identity(account, EMAIL, f"{name}@example.org", verified_at=state.rows.now())
    state.identities.put(email)
    return account


def get(serving: Serving, path: str) -> httpx2.Response:
    return httpx2.get(serving.url + path, headers={"Accept": "text/html"}, timeout=60, trust_env=False)


def tell(serving: Serving, address: str) -> None:
    """Mail everybody their week, from a server that others reach by that address."""
    settings = serving.context.settings
    api = settings.api.model_copy(update={"public_url": address})
    tell_feedback(replace(serving.context, settings=settings.model_copy(update={"api": api})))


def test_ones_week_is_shown_to_oneself_alone_and_any_week_that_is_over_has_its_address(serving: Serving) -> None:
    ada = entered(serving, "ada")
    with logged_in(serving, ada) as browser:
        page = browser.get("/account/week")
        assert (page.status_code, page.headers["cache-control"]) == (200, "no-store")
        assert all(said in page.text for said in ("Week 2026-W01", "Your usual week", 'href="/account/week/2025-W52"'))
        assert "2026-W02" not in page.text
        earlier = browser.get("/account/week/2025-W52").text
        assert all(f'href="/account/week/{name}"' in earlier for name in ("2025-W51", "2026-W01"))
        assert "at latest 2026-W01" in browser.get("/account/week/2026-W02").text
        assert browser.get("/account/week/nonsense").status_code == 422
    assert get(serving, "/account/week").status_code == 303
    assert get(serving, "/account/week/2026-W01").headers["location"].startswith("/login?next=")


def test_one_asks_for_mail_by_form_at_a_verified_address_of_ones_own(serving: Serving) -> None:
    bob, wanted = entered(serving, "bob"), feedback_mail(serving.context)
    serving.context.state.identities.put(Identity(bob, EMAIL, "new@example.org", suggested_by="forge"))
    with logged_in(serving, bob) as browser:
        assert "<option>bob@example.org</option>" in browser.get("/account/week").text
        assert "new@example.org" not in browser.get("/account/week").text
        for wrong in ("new@example.org", "ada@example.org", ""):
            refused = send(browser, "/account/week", do="mail", to=wrong)
            assert (refused.status_code, "to a verified address of yours" in refused.text) == (422, True)
        assert browser.post("/account/week", data={"do": "mail", "to": "bob@example.org"}).status_code == 403
        assert send(browser, "/account/week", do="nonsense").status_code == 422
        assert wanted.address(bob) == ""
        assert send(browser, "/account/week", do="mail", to="bob@example.org").status_code == 303
        assert wanted.address(bob) == "bob@example.org"
        # Writing one's CV changes nothing of it.
        assert send(browser, "/account/cv", do="rank").status_code == 303
        assert "each week to bob@example.org" in browser.get("/account/week").text
        send(browser, "/account/week", do="stop")
        assert wanted.address(bob) == ""


def test_a_mails_link_ends_it_without_a_login_by_button_or_by_one_click_and_never_by_being_looked_at(
    serving: Serving, mailbox: Mailbox
) -> None:
    eve, wanted = entered(serving, "eve"), feedback_mail(serving.context)
    wanted.start(eve, "eve@example.org")
    tell(serving, "https://lake.example")
    [mail] = [one for one in mailbox.mails if one["To"] == "eve@example.org"]
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    header = str(mail["List-Unsubscribe"])
    assert header.startswith("<https://lake.example/account/week/end?key=")
    assert header.encode("ascii") + b"\r\n" in mail.as_bytes(
        policy=mail.policy.clone(linesep="\r\n", max_line_length=998)
    )
    link = urlsplit(header.strip("<>"))
    plain = mail.get_body(("plain",))
    assert plain is not None
    assert header.strip("<>") in plain.get_content()
    path = f"{link.path}?{link.query}"
    shown = get(serving, path)
    assert (shown.status_code, shown.headers["cache-control"], "Mail it no more" in shown.text) == (
        200,
        "no-store",
        True,
    )
    assert wanted.address(eve) == "eve@example.org"
    for wrong in (
        path[:-1],
        path + "0",
        path.replace(eve, "f" * 32),
        link.path,
        f"{link.path}?key=.",
        f"{link.path}?key=é",
    ):
        assert get(serving, wrong).status_code == 404
        assert httpx2.post(serving.url + wrong, timeout=60, trust_env=False).status_code == 404
    # As a mail program does it: no cookie, no origin of ours, no redirect to follow.
    answer = httpx2.post(serving.url + path, data={"List-Unsubscribe": "One-Click"}, timeout=60, trust_env=False)
    assert (answer.status_code, wanted.address(eve)) == (200, "")
    assert httpx2.post(serving.url + path, timeout=60, trust_env=False).status_code == 200
    wanted.start(eve, "eve@example.org")
    assert httpx2.post(serving.url + path, timeout=60, trust_env=False).status_code == 200
    assert wanted.address(eve) == ""


def test_without_tls_there_is_a_link_and_no_one_click(serving: Serving, mailbox: Mailbox) -> None:
    joe = entered(serving, "joe")
    feedback_mail(serving.context).start(joe, "joe@example.org")
    tell(serving, "")
    [mail] = [one for one in mailbox.mails if one["To"] == "joe@example.org"]
    assert str(mail["List-Unsubscribe"]).startswith("<http://127.0.0.1:8000/account/week/end?key=")
    assert mail["List-Unsubscribe-Post"] is None
