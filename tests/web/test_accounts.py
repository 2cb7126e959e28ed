"""Who is logged in: sessions, forms, local mode, and that nobody reaches what is another's."""

from collections.abc import Iterator

import httpx2
import pytest

from forgelake.accounts.keys import Keys
from forgelake.model.forge_repos import ContributionKind
from forgelake.pipelines.contributions import Contribution, keep_contributions
from tests.pipelines.lakes import Lake
from tests.web.people import enter, logged_in, send, serving_people
from tests.web.serving import Serving, bearer, problem

HTML = {"Accept": "text/html"}


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """A server with a provider, so that one has to log in."""
    with serving_people(tmp_path_factory.mktemp("people")) as serving:
        yield serving


@pytest.fixture(scope="module")
def ada(own: Serving) -> str:
    return enter(own, "ada")


@pytest.fixture(scope="module")
def bob(own: Serving) -> str:
    return enter(own, "bob")


def test_who_is_not_logged_in_is_sent_to_where_one_logs_in(own: Serving) -> None:
    answer = httpx2.get(f"{own.url}/account?x=1", headers=HTML)
    assert (answer.status_code, answer.headers["location"]) == (303, "/login?next=%2Faccount%3Fx%3D1")
    assert "no-store" in answer.headers["cache-control"]
    problem(httpx2.get(f"{own.url}/account"), 401)
    problem(httpx2.get(f"{own.url}/account", headers={"Cookie": "forgelake=guessed"}), 401)


def test_pages_are_ones_own_and_kept_nowhere(own: Serving, ada: str, bob: str) -> None:
    for account, name, other in ((ada, "ada", "bob"), (bob, "bob", "ada")):
        with logged_in(own, account) as browser:
            answer = browser.get("/account")
            assert answer.status_code == 200
            assert f'value="{name}"' in answer.text
            assert f'value="{other}"' not in answer.text
            assert answer.headers["cache-control"] == "no-store"
            assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]


def test_a_form_needs_the_word_of_its_own_session(own: Serving, ada: str, bob: str) -> None:
    with logged_in(own, ada) as hers, logged_in(own, bob) as his:
        for csrf in ("", "guessed", his.headers["X-Csrf"]):
            answer = hers.post("/account", data={"csrf": csrf, "name": "stolen"})
            assert answer.status_code == 403
        right = {"csrf": hers.headers["X-Csrf"], "name": "stolen"}
        answer = hers.post("/account", data=right, headers={"Origin": "https://elsewhere.example"})
        assert answer.status_code == 403
        assert 'value="ada"' in hers.get("/account").text


def test_a_name_is_changed_unless_it_is_taken_or_none(own: Serving) -> None:
    with logged_in(own, enter(own, "carol")) as browser:
        assert send(browser, "/account", name="carol-2", display_name="Carol <b>").status_code == 303
        page = browser.get("/account").text
        assert "Carol &lt;b&gt;" in page
        assert "carol to carol-2" in page
        for name in ("ada", "No", "a/b", ""):
            answer = send(browser, "/account", name=name)
            assert answer.status_code == 422
            assert 'role="alert"' in answer.text


def test_sessions_end_by_their_owner_only(own: Serving, ada: str, bob: str) -> None:
    with logged_in(own, ada, "Here") as here, logged_in(own, ada, "There") as there, logged_in(own, bob) as his:
        sessions = {one.agent: one.id for one in own.context.state.sessions.of(ada)}
        assert send(his, "/account/sessions", session=sessions["There"]).status_code == 422
        assert send(here, "/account/sessions", session="others").status_code == 303
        assert there.get("/account").status_code == 303
        assert his.get("/account").status_code == 200
        answer = send(here, "/logout")
        assert answer.headers["set-cookie"].startswith("forgelake=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax")
        assert here.get("/account").status_code == 303


def test_a_key_opens_the_account_that_it_belongs_to(own: Serving, ada: str) -> None:
    keys = Keys(own.context.state.api_keys)
    hers, nobodys = keys.create("hers", ["read"], account=ada).secret, own.key("nobodys")
    assert 'value="ada"' in httpx2.get(f"{own.url}/account", headers={**HTML, **bearer(hers)}).text
    problem(httpx2.get(f"{own.url}/account", headers=bearer(nobodys)), 401)


def test_alone_on_a_machine_nobody_logs_in(served: Serving) -> None:
    answer = httpx2.get(f"{served.url}/account", headers=HTML)
    assert 'value="local"' in answer.text
    assert "set-cookie" not in answer.headers
    csrf = answer.text.partition('name="csrf" value="')[2].partition('"')[0]
    for wrong in ("", "guessed"):
        assert httpx2.post(f"{served.url}/account", data={"csrf": wrong, "name": "me"}).status_code == 403
    assert httpx2.post(f"{served.url}/account", data={"csrf": csrf, "name": "local"}).status_code == 303


@pytest.mark.parametrize(
    "variables",
    [{"FORGELAKE_API_TRUSTED_PROXIES": "127.0.0.1"}, {"FORGELAKE_API_PUBLIC_URL": "https://lake.example"}],
    ids=["behind a proxy", "known elsewhere"],
)
def test_where_others_come_without_a_provider_setting_one_up_is_explained(day: Lake, variables: dict[str, str]) -> None:
    with Serving(day, variables) as serving:
        answer = httpx2.get(f"{serving.url}/account", headers=HTML)
    assert answer.status_code == 403
    assert "[providers.NAME]" in answer.text


def test_only_administrators_hide_and_delete_others(own: Serving) -> None:
    chief, dora = enter(own, "chief"), enter(own, "dora")
    own.context.state.accounts.set_admin(chief, is_admin=True)
    with logged_in(own, chief) as hers, logged_in(own, dora) as others:
        assert others.get("/admin/people").status_code == 403
        assert send(others, "/admin/people", name="chief", order="hide").status_code == 403
        assert hers.post("/admin/people", data={"name": "dora", "order": "hide"}).status_code == 403
        assert send(hers, "/admin/people", name="dora", order="hide").status_code == 303
        assert "hidden since" in hers.get("/admin/people").text
        assert "An administrator hid this account" in others.get("/account").text
        assert send(hers, "/admin/people", name="dora", order="delete").status_code == 422
        assert send(hers, "/admin/people", name="dora", order="delete", confirm="dora").status_code == 303
        assert others.get("/account").status_code == 303
    assert own.context.state.accounts.get(dora) is None


def test_everybody_deletes_only_themselves(own: Serving, bob: str) -> None:
    erin = enter(own, "erin")
    with logged_in(own, erin) as hers:
        assert send(hers, "/account/delete", confirm="bob").status_code == 422
        answer = send(hers, "/account/delete", confirm="erin")
        assert (answer.status_code, "Max-Age=0" in answer.headers["set-cookie"]) == (303, True)
        assert hers.get("/account").status_code == 303
    assert own.context.state.accounts.get(erin) is None
    assert own.context.state.accounts.get(bob) is not None


def test_the_ledgers_rows_of_people_are_not_answered_to_a_query(own: Serving) -> None:
    now = own.context.clock()
    deed = Contribution("0" * 64, ContributionKind.OPENED, now, "repo", "public")
    keep_contributions(own.context, "planted", "github.com/1", [deed])
    names = own.context.lake.now(0).slices["name"].to_pylist()
    assert any(name.startswith("contributions/planted/") for name in names)
    sql = "SELECT count(*) AS n, count(*) FILTER (name LIKE '%planted%') AS own FROM slices"
    answer = own.ask(sql, own.key("q", "sql"))
    assert answer.json()["data"] == [{"n": len(names) - 1, "own": 0}]
