"""GitHub's device flow (RFC 8628): a command shows a code, and the person allows it in a browser anywhere."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from time import sleep as real_sleep
from typing import Any, Final
from urllib.parse import urlsplit

from forgelake.accounts.login.entrance import asking_of
from forgelake.accounts.login.github import GithubLogin
from forgelake.accounts.login.provider import LoginRefusedError
from forgelake.model.errors import RetryError, UsageError, nearest
from forgelake.settings.root import Settings
from forgelake.settings.urls import is_loopback

GRANT: Final = "urn:ietf:params:oauth:grant-type:device_code"
SLOWER_SECONDS: Final = 5
"""What slow_down adds to the interval, which is this, too, where the forge names none (RFC 8628, section 3.5)."""

_LONGEST_WAIT: Final = 60.0
_ENDS: Final = {
    "expired_token": "the code was not entered in time; run the command again",
    "access_denied": "you did not allow it; nothing is kept",
    "device_flow_disabled": "the app does not offer the device flow; enable it in the app's settings at GitHub",
}


@dataclass(frozen=True, slots=True)
class Shown:
    """What the person needs: the code, and where it is entered; and what only the command knows.

    Attributes:
        lasts: seconds until the code is too old.
        interval: seconds between two questions.
    """

    code: str
    address: str
    lasts: float
    interval: float
    device_code: str = field(repr=False)


class DeviceLogin:
    """The flow with one GitHub of the settings."""

    def __init__(self, settings: Settings, name: str, sleep: Callable[[float], None] = real_sleep) -> None:
        self._asking = asking_of(settings, name)
        self._github = GithubLogin(self._asking, settings.github.api_url)
        self._sleep = sleep

    @property
    def api_url(self) -> str:
        """Where the token that comes is good for."""
        return self._github.api_url

    def begin(self, scopes: Iterable[str]) -> Shown:
        """Ask for a code.

        Raises:
            LoginRefusedError: GitHub gives none.
            RetryError: it does not answer.
        """
        url = f"{self._github.url}/login/device/code"
        found = self._asking.post(url, {"client_id": self._client, "scope": " ".join(scopes)})
        if "error" in found:
            raise self._refused(found)
        try:
            interval = float(found.get("interval", SLOWER_SECONDS))
            code, address = _plain(found["user_code"]), _page(found["verification_uri"])
            shown = Shown(code, address, float(found["expires_in"]), max(interval, 1), str(found["device_code"]))
        except (KeyError, TypeError, ValueError):
            # Not chained: what came may be anything, the device code too.
            raise self._refused(found) from None
        return shown

    def token(self, shown: Shown) -> str:
        """Wait until the person has allowed it; the token.

        Raises:
            LoginRefusedError: they did not, or not in time.
        """
        given = {"client_id": self._client, "device_code": shown.device_code, "grant_type": GRANT}
        interval, waited = shown.interval, 0.0
        while waited < shown.lasts:
            self._sleep(interval)
            waited += interval
            try:
                found = self._asking.post(f"{self._github.url}/login/oauth/access_token", given)
            except RetryError:
                # The person is perhaps typing the code: what does not answer is asked less often, until the end.
                interval = min(2 * interval, _LONGEST_WAIT)
                continue
            if isinstance(found.get("access_token"), str) and "error" not in found:
                return str(found["access_token"])
            if found.get("error") == "slow_down":
                interval = _slower(interval, found.get("interval"))
            elif found.get("error") != "authorization_pending":
                raise self._refused(found)
        raise LoginRefusedError(_ENDS["expired_token"])

    @property
    def _client(self) -> str:
        return self._asking.settings.client_id

    def _refused(self, found: dict[str, Any]) -> LoginRefusedError:
        why = _ENDS.get(str(found.get("error")))
        return LoginRefusedError(
            why or f"{self._asking.title} does not offer a code or a token; check client_id and url of the provider"
        )


def provider_for_devices(settings: Settings, name: str | None) -> str:
    """The provider of the settings to log in with from a command.

    Raises:
        UsageError: there is none of kind github, or several and none was named.
    """
    names = [one for one, provider in settings.providers.items() if provider.kind == "github"]
    if name is None and len(names) == 1:
        return names[0]
    if not names:
        message = "no provider of kind github is named; add [providers.NAME] to forgelake.toml, see docs/accounts.md"
        raise UsageError(message)
    if name not in names:
        which = "several providers can be asked" if name is None else f'"{name}" is none{nearest(name, names)}'
        message = f"{which}; give --provider {' or '.join(names)}"
        raise UsageError(message)
    return name


def _slower(interval: float, named: object) -> float:
    slower = interval + SLOWER_SECONDS
    return max(slower, float(named)) if isinstance(named, int | float) else slower


def _plain(text: object) -> str:
    """A text that a terminal can show."""
    if not isinstance(text, str) or not text or not text.isprintable():
        raise ValueError
    return text


def _page(text: object) -> str:
    address = _plain(text)
    parts = urlsplit(address)
    if parts.scheme != "https" and not is_loopback(parts.hostname or ""):
        raise ValueError
    return address
