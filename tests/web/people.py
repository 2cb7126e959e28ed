"""People for tests: a server that somebody has to log in to, and clients that are logged in."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2

from forgelake.accounts.people import People
from forgelake.accounts.sessions import Sessions
from forgelake.state.accounts import LoginRow
from tests.pipelines.archive import published
from tests.pipelines.lakes import Lake
from tests.web.serving import Serving

PROVIDER = '[providers.github]\nkind = "github"\nclient_id = "id"\nclient_secret = "env:SECRET"\nwho = "anybody"\n'


@contextmanager
def serving_people(folder: Path, settings: str = PROVIDER, **variables: str) -> Iterator[Serving]:
    """A server over a lake of an hour, with these settings in its file."""
    (folder / "forgelake.toml").write_text(settings, encoding="utf-8")
    lake = Lake(folder / "home", published(folder / "hours", 1), {"SECRET": "provider-secret", **variables})
    with Serving(lake) as serving:
        yield serving


def enter(serving: Serving, name: str, subject: str = "") -> str:
    """Make an account, as a first login does; returns its id."""
    state = serving.context.state
    now = state.rows.now()
    login = LoginRow("github", subject or name, "", name, now, now)
    return People(state.accounts, state.audit).enter(login, name.title(), serving.context.settings.login.admins).id


@contextmanager
def logged_in(serving: Serving, account: str, agent: str = "Firefox") -> Iterator[httpx2.Client]:
    """A browser in which an account is logged in; it follows no redirects."""
    made = Sessions(serving.context.state.sessions, serving.context.settings.login).open(account, agent)
    headers = {"Cookie": f"forgelake={made.secret}", "Accept": "text/html", "X-Csrf": made.row.csrf}
    with httpx2.Client(base_url=serving.url, headers=headers, timeout=60, trust_env=False) as client:
        yield client


def send(client: httpx2.Client, path: str, **fields: str) -> httpx2.Response:
    """Send a form of a page of that browser's."""
    return client.post(path, data={"csrf": client.headers["X-Csrf"], **fields})
