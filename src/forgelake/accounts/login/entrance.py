"""The way in: a browser is sent to a provider, comes back with what only it can know, and opens an account."""

import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

from forgelake.accounts.keys import now_in_utc
from forgelake.accounts.login.github import GithubLogin
from forgelake.accounts.login.oidc import OidcLogin
from forgelake.accounts.login.provider import Asked, Asking, LoginRefusedError, Person, Provider
from forgelake.accounts.people import People
from forgelake.accounts.sessions import digest, random_secret
from forgelake.model.errors import UsageError, nearest
from forgelake.settings.login import ProviderSettings
from forgelake.settings.root import Settings
from forgelake.state.accounts import AccountRow, LoginRow
from forgelake.state.sessions import FlowRow, LoginFlows
from forgelake.transport.client import HttpOptions

AWAY: Final = timedelta(minutes=10)
"""How long a person may take at the provider."""

HOME: Final = "/account"
_LONGEST_NEXT: Final = 2000


@dataclass(frozen=True, slots=True)
class Sent:
    """A browser that is sent to a provider: the address, and the secret that its cookie keeps meanwhile."""

    url: str
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Came:
    """Who is in, and the page that they wanted."""

    account: AccountRow
    next: str


class Entrance:
    """Logs people in with the providers that the settings name."""

    def __init__(
        self, settings: Settings, flows: LoginFlows, people: People, clock: Callable[[], datetime] = now_in_utc
    ) -> None:
        self._settings = settings
        self._flows = flows
        self._people = people
        self._clock = clock

    def offered(self) -> list[tuple[str, str]]:
        """Names and titles of the providers that browsers can be sent to."""
        named = self._settings.providers.items()
        return [(name, one.title or name) for name, one in named if one.for_browsers]

    def begin(self, name: str, back: str, next_: str, account: str | None = None) -> Sent:
        """Send a browser to a provider.

        Args:
            name: the provider.
            back: the address of this server that the provider sends it back to.
            next_: the page to go on with; anything but a page of this server is not gone to.
            account: the account that the login is to be added to; None to log in.

        Raises:
            UsageError: there is no such provider.
            RetryError: it does not answer.
        """
        provider, state, secret, now = self._provider(name), random_secret(), random_secret(), self._clock()
        asked = Asked(back, random_secret(), random_secret())
        url = provider.address(asked, state)
        row = FlowRow(
            digest(state), digest(secret), name, asked.nonce, asked.verifier, local_page(next_), account, now + AWAY
        )
        self._flows.add(row, now)
        return Sent(url, secret)

    def finish(self, name: str, back: str, given: Mapping[str, str], secret: str, account: str | None) -> Came:
        """Let in who comes back.

        Args:
            name: the provider that they come from.
            back: as at the beginning.
            given: what the provider sends along.
            secret: what the browser's cookie has kept.
            account: who is logged in already.

        Raises:
            LoginRefusedError: it is not the browser that was sent, or the provider or the settings refuse the person.
            RetryError: the provider does not answer.
        """
        flow = self._flows.take(digest(given.get("state", "")))
        is_sent = flow is not None and hmac.compare_digest(flow.browser, digest(secret)) and flow.provider == name
        if flow is None or not is_sent or self._clock() >= flow.expires_at or flow.account not in (None, account):
            message = "this login was not begun in this browser, took too long, or was used before; log in again"
            raise LoginRefusedError(message)
        if given.get("error") or not given.get("code"):
            who = "you did not allow it" if given.get("error") == "access_denied" else "the provider refused"
            message = f"{who}; nobody is logged in"
            raise LoginRefusedError(message)
        person = self._provider(name).person(Asked(back, flow.nonce, flow.verifier), given["code"])
        check(self._settings.providers[name], person)
        if flow.account is None:
            return Came(enter(self._people, self._settings, name, person), flow.next)
        self._people.link(flow.account, _login(name, person, self._clock()))
        return Came(self._people.of(flow.account), flow.next)

    def _provider(self, name: str) -> Provider:
        offered = dict(self.offered())
        if name not in offered:
            message = f'there is no provider "{name[:60]}"{nearest(name, offered)}'
            raise UsageError(message)
        asking = asking_of(self._settings, name)
        return (
            OidcLogin(asking) if asking.settings.kind == "oidc" else GithubLogin(asking, self._settings.github.api_url)
        )


def asking_of(settings: Settings, name: str) -> Asking:
    """Requests to a provider of the settings."""
    return Asking(name, settings.providers[name], HttpOptions(**settings.http.model_dump()))


def enter(people: People, settings: Settings, name: str, person: Person) -> AccountRow:
    """The account of a person whom a provider vouches for."""
    return people.enter(_login(name, person, now_in_utc()), person.display_name, settings.login.admins)


def check(settings: ProviderSettings, person: Person) -> None:
    """Refuse whom the settings do not let in.

    Raises:
        LoginRefusedError: they are not among those who may log in.
    """
    known = (
        not {person.login.casefold(), person.subject.casefold()}.isdisjoint(settings.logins)
        or not person.domains.isdisjoint(settings.domains)
        or not person.organisations.isdisjoint(settings.organisations)
    )
    if settings.who == "listed" and not known:
        message = f"{person.login} is not among those who may log in here; ask who runs this server"
        raise LoginRefusedError(message)


def local_page(path: str) -> str:
    """The path, if it leads to a page of this server; else the page about oneself.

    Browsers take ``//`` and ``/\\`` for another host, and leave out control characters before they look.
    """
    try:
        parts = urlsplit(path)
    except ValueError:
        return HOME
    is_path = path.startswith("/") and not path.startswith("//") and not parts.scheme and not parts.netloc
    is_plain = path.isprintable() and "\\" not in path and len(path) <= _LONGEST_NEXT
    return path if is_path and is_plain and not path.startswith("/login") else HOME


def _login(name: str, person: Person, now: datetime) -> LoginRow:
    return LoginRow(name, person.subject, "", person.login, now, now)
