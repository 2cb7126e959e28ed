"""Logging in over real HTTP: to a provider and back, and everything that must not let anybody in."""

import base64
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from joserfc.jwk import OctKey, RSAKey
from joserfc.jwt import encode

from tests.servers.provider import CLIENT, ProviderServer
from tests.web.people import serving_people
from tests.web.serving import Serving

SETTINGS = """
[login]
admins = ["github:583231"]
attempts_per_minute = 1000
[providers.github]
kind = "github"
url = "{url}"
client_id = "forgelake"
client_secret = "env:SECRET"
who = "anybody"
[providers.team]
kind = "github"
url = "{url}"
client_id = "forgelake"
client_secret = "env:SECRET"
organisations = ["Octo-Org"]
domains = ["octo.example"]
[providers.company]
kind = "oidc"
title = "Company"
url = "{url}"
client_id = "forgelake"
client_secret = "env:SECRET"
domains = ["company.example"]
"""


@pytest.fixture(scope="module")
def provider() -> Iterator[ProviderServer]:
    with ProviderServer() as server:
        yield server


@pytest.fixture(scope="module")
def own(provider: ProviderServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """A server with three ways to log in."""
    settings = SETTINGS.format(url=provider.url)
    with serving_people(tmp_path_factory.mktemp("login"), settings, FORGELAKE_HTTP_ATTEMPTS="1") as serving:
        yield serving


@pytest.fixture
def browser(own: Serving, provider: ProviderServer) -> Iterator[httpx2.Client]:
    """A browser with cookies of its own, which follows no redirects; the provider is as it was made."""
    fresh: dict[str, Any] = {"claims": {}, "emails": [], "organisations": {}, "refuses": False, "is_down": False}
    provider.__dict__.update(fresh, sign=provider._signed)
    with httpx2.Client(base_url=own.url, headers={"Accept": "text/html"}, timeout=60, trust_env=False) as client:
        yield client


def sent_back(browser: httpx2.Client, name: str, next_: str = "") -> str:
    """Go to the provider; the address that it sends back to."""
    to = browser.get(f"/login/{name}", params={"next": next_})
    assert to.status_code == 303, to.text
    return str(httpx2.get(to.headers["location"]).headers["location"])


def log_in(browser: httpx2.Client, name: str, next_: str = "") -> httpx2.Response:
    return browser.get(sent_back(browser, name, next_))


def assert_refused(browser: httpx2.Client, answer: httpx2.Response, why: str, status: int = 403) -> None:
    assert (answer.status_code, "forgelake" in browser.cookies) == (status, False)
    assert why in answer.text
    assert browser.get("/account").status_code == 303


def test_login_with_github_opens_an_account_and_logout_closes_it(own: Serving, browser: httpx2.Client) -> None:
    assert "Log in with Company" in browser.get("/login").text
    answer = log_in(browser, "github", "/account?from=login")
    assert (answer.status_code, answer.headers["location"]) == (303, "/account?from=login")
    cookies = answer.headers.get_list("set-cookie")
    assert "HttpOnly; SameSite=Lax" in cookies[0]
    assert "Max-Age=0" in cookies[1]
    page = browser.get("/account").text
    assert "github:octocat" in page
    assert ", administrator" in page
    first = browser.cookies["forgelake"]
    assert first not in str(own.context.state.sessions.of(own.context.state.accounts.all()[0].id))
    # Who logs in again gets a new session, and the former one is over.
    log_in(browser, "github")
    assert browser.cookies["forgelake"] != first
    assert httpx2.get(f"{own.url}/account", headers={"Cookie": f"forgelake={first}"}).status_code == 401
    csrf = browser.get("/account").text.partition('name="csrf" value="')[2].partition('"')[0]
    assert browser.post("/logout", data={"csrf": csrf}).status_code == 303
    assert browser.get("/account").status_code == 303


def test_a_person_is_known_by_their_id_whatever_they_are_called(
    own: Serving, browser: httpx2.Client, provider: ProviderServer
) -> None:
    log_in(browser, "github")
    before = {one.id for one in own.context.state.accounts.all()}
    provider.person = {"id": 583231, "login": "renamed"}
    log_in(browser, "github")
    assert {one.id for one in own.context.state.accounts.all()} == before
    provider.person = {"id": 7, "login": "octocat"}
    log_in(browser, "github")
    assert 'value="octocat-2"' in browser.get("/account").text
    assert ", administrator" not in browser.get("/account").text
    provider.person = {"id": 583231, "login": "octocat"}


def test_only_the_browser_that_was_sent_gets_in_and_only_once(browser: httpx2.Client) -> None:
    back = sent_back(browser, "github")
    elsewhere = httpx2.get(back, headers={"Accept": "text/html"})
    assert (elsewhere.status_code, "set-cookie" in elsewhere.headers) == (403, False)
    assert_refused(browser, browser.get(back), "used before")
    back = sent_back(browser, "github")
    wrong = back.replace("state=", "state=x")
    assert_refused(browser, browser.get(wrong), "not begun in this browser")
    assert_refused(browser, browser.get(back.replace("/github/", "/company/")), "not begun")
    back = sent_back(browser, "github")
    assert browser.get(back).status_code == 303
    assert "used before" in browser.get(back).text


def test_a_code_that_was_used_or_is_anothers_lets_nobody_in(browser: httpx2.Client) -> None:
    back = sent_back(browser, "github")
    code = parse_qs(urlsplit(back).query)["code"][0]
    assert_refused(browser, browser.get(back.replace(code, "guessed")), "bad_verification_code")
    # Somebody else's code, put into this browser's login: PKCE binds it to the other one.
    with httpx2.Client(base_url=browser.base_url) as other:
        theirs = parse_qs(urlsplit(sent_back(other, "github")).query)["code"][0]
    back = sent_back(browser, "github")
    code = parse_qs(urlsplit(back).query)["code"][0]
    assert_refused(browser, browser.get(back.replace(code, theirs)), "bad_verification_code")


def test_a_refusal_and_a_provider_that_is_down_are_told(browser: httpx2.Client, provider: ProviderServer) -> None:
    provider.refuses = True
    assert_refused(browser, log_in(browser, "github"), "you did not allow it")
    provider.refuses = False
    back = sent_back(browser, "company")
    provider.is_down = True
    assert_refused(browser, browser.get(back), "does not answer", 503)
    assert_refused(browser, browser.get("/login/company"), "does not answer", 503)
    assert browser.get("/login/nobody").status_code == 422


@pytest.mark.parametrize(
    "next_", ["https://evil.example/", "//evil.example", "/\\evil.example", "/\t/evil", "javascript:x"]
)
def test_nobody_is_sent_to_another_place(browser: httpx2.Client, next_: str) -> None:
    assert log_in(browser, "github", next_).headers["location"] == "/account"
    assert browser.get("/login", params={"next": next_}).headers["location"] == "/account"


def test_members_and_people_of_a_domain_get_in_and_others_do_not(
    browser: httpx2.Client, provider: ProviderServer
) -> None:
    provider.organisations = {"octo-org": "pending"}
    provider.emails = [{"email": "me@octo.example", "verified": False}]
    assert_refused(browser, log_in(browser, "team"), "not among those")
    provider.organisations = {"octo-org": "active"}
    assert log_in(browser, "team").status_code == 303
    provider.organisations = {}
    provider.emails = [{"email": "me@Octo.Example", "verified": True}]
    assert log_in(browser, "team").status_code == 303


def test_login_with_openid_connect_follows_a_new_key(browser: httpx2.Client, provider: ProviderServer) -> None:
    assert log_in(browser, "company").status_code == 303
    page = browser.get("/account").text
    assert 'value="ada"' in page
    assert "company:ada@company.example" in page
    provider.key = RSAKey.generate_key(2048, {"kid": "second"})
    assert log_in(browser, "company").status_code == 303


def _unsigned(claims: dict[str, Any]) -> str:
    parts = ({"alg": "none"}, claims)
    return ".".join(base64.urlsafe_b64encode(json.dumps(one).encode()).rstrip(b"=").decode() for one in parts) + "."


def _by_shared_secret(claims: dict[str, Any]) -> str:
    return encode({"alg": "HS256"}, claims, OctKey.import_key("provider-secret-provider-secret-0123456789"))


def _by_another(claims: dict[str, Any]) -> str:
    return encode({"alg": "RS256", "kid": "first"}, claims, RSAKey.generate_key(2048))


NOW = int(time.time())
WRONG: dict[str, dict[str, Any] | Callable[[dict[str, Any]], str]] = {
    "another nonce": {"nonce": "another"},
    "another issuer": {"iss": "https://elsewhere.example"},
    "another audience": {"aud": "another"},
    "another party": {"aud": [CLIENT, "another"], "azp": "another"},
    "expired": {"iat": NOW - 7200, "exp": NOW - 3600},
    "from the future": {"iat": NOW + 3600, "exp": NOW + 7200},
    "no subject": {"sub": None},
    "no signature": _unsigned,
    "a signature that anybody can make": _by_shared_secret,
    "another key": _by_another,
    "no token": lambda _: "",
    "an address that is not verified": {"email_verified": False},
    "an address of another domain": {"email": "ada@evil.example"},
}


@pytest.mark.parametrize("what", WRONG)
def test_an_id_token_that_is_wrong_lets_nobody_in(browser: httpx2.Client, provider: ProviderServer, what: str) -> None:
    wrong = WRONG[what]
    if isinstance(wrong, dict):
        provider.claims = wrong
    else:
        provider.sign = wrong
    assert_refused(browser, log_in(browser, "company"), "not for this login" if "address" not in what else "not among")


def test_clocks_may_differ_by_half_a_minute(browser: httpx2.Client, provider: ProviderServer) -> None:
    now = int(time.time())
    provider.claims = {"iat": now + 30, "exp": now + 300}
    assert log_in(browser, "company").status_code == 303
    provider.claims = {"iat": now - 300, "exp": now - 30}
    assert log_in(browser, "company").status_code == 303


def test_a_login_is_added_by_who_is_logged_in_and_opens_no_other_account(
    own: Serving, browser: httpx2.Client, provider: ProviderServer
) -> None:
    provider.person = {"id": 99, "login": "grace"}
    log_in(browser, "github")
    csrf = browser.get("/account").text.partition('name="csrf" value="')[2].partition('"')[0]
    assert browser.post("/account/logins", data={"add": "company"}).status_code == 403
    provider.claims = {"sub": "grace", "email": "grace@company.example"}
    page = browser.post("/account/logins", data={"csrf": csrf, "add": "company"}).text
    url = page.partition(f'href="{provider.url}')[2].partition('"')[0].replace("&amp;", "&")
    back = httpx2.get(provider.url + url).headers["location"]
    assert browser.get(back).headers["location"] == "/account"
    with httpx2.Client(base_url=own.url, headers={"Accept": "text/html"}) as other:
        log_in(other, "company")
        assert 'value="grace"' in other.get("/account").text
    provider.person = {"id": 583231, "login": "octocat", "name": "Octo Cat"}


def test_too_many_logins_from_one_address_are_refused(tmp_path: Any, provider: ProviderServer) -> None:
    settings = SETTINGS.format(url=provider.url).replace("1000", "3")
    with serving_people(tmp_path, settings) as serving:
        statuses = [httpx2.get(f"{serving.url}/login/github").status_code for _ in range(4)]
    assert statuses == [303, 303, 303, 429]


def test_where_only_who_is_known_may_read_a_browser_is_sent_to_log_in_and_back(
    provider: ProviderServer, tmp_path: Path
) -> None:
    closed = {"FORGELAKE_API_ANONYMOUS": "never", "FORGELAKE_HTTP_ATTEMPTS": "1"}
    with serving_people(tmp_path, SETTINGS.format(url=provider.url), **closed) as serving:
        page = {"base_url": serving.url, "headers": {"Accept": "text/html"}, "timeout": 60, "trust_env": False}
        with httpx2.Client(**page) as visitor:
            sent = visitor.get("/repos", params={"q": "a b"})
            assert (sent.status_code, sent.headers["cache-control"]) == (303, "no-store")
            assert sent.headers["location"] == "/login?next=%2Frepos%3Fq%3Da%2Bb"
            next_ = parse_qs(urlsplit(sent.headers["location"]).query)["next"][0]
            assert log_in(visitor, "github", next_).headers["location"] == next_
            assert visitor.get(next_).status_code != 303
        with httpx2.Client(**page) as other:
            assert other.get("/api/v1/metrics").status_code == 401
            assert other.get("/", headers={"Accept": "application/json"}).status_code == 401
            assert other.get("/", headers={"Authorization": "Bearer nonsense"}).status_code == 401
