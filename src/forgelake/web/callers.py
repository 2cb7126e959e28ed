"""Who is asking: a key, a browser in which somebody is logged in, or an address without either."""

import time
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

import anyio
import anyio.to_thread

from forgelake.accounts.keys import Keys, Scope
from forgelake.accounts.sessions import Sessions, random_secret
from forgelake.accounts.vault.tokens import LOCAL
from forgelake.settings.api import ApiSettings
from forgelake.settings.root import Settings
from forgelake.settings.urls import is_loopback
from forgelake.state.api_keys import ApiKeyRow
from forgelake.web.problems import Problem

KEY_IS_BELIEVED_SECONDS: Final = 2.0
"""How long a key that was found is not looked up again; a revoked one works no longer than that."""

_MOST_KEYS: Final = 1000
_CHALLENGE: Final = {"WWW-Authenticate": 'Bearer realm="forgelake"'}


@dataclass(frozen=True, slots=True)
class Caller:
    """Who is asking.

    Attributes:
        name: what limits are counted by: the key's id, or the address.
        key_id: the key's id, empty without a key.
        scopes: what is allowed.
        account: whose pages are shown, None where nobody is known.
        csrf: what forms on those pages carry; empty for keys, which no other page can send.
        session: the digest of the session, empty without one.
    """

    name: str
    key_id: str
    scopes: frozenset[str]
    account: str | None = None
    csrf: str = field(default="", repr=False)
    session: str = ""

    def require(self, scope: Scope) -> None:
        """Refuse who may not do that.

        Raises:
            Problem: 401 without a key, 403 with one that does not allow it.
        """
        if scope in self.scopes or Scope.ADMIN in self.scopes:
            return
        if not self.key_id:
            message = f'this needs a key with the scope "{scope}"; send it as "Authorization: Bearer flk_…"'
            raise Problem(401, message, parameter="Authorization", headers=_CHALLENGE)
        message = f'the key does not have the scope "{scope}"; make one: forgelake keys create NAME --scope {scope}'
        raise Problem(403, message, parameter="Authorization")


class Callers:
    """Finds out who is asking; keys that were just found are not looked up again for a moment."""

    def __init__(self, keys: Keys, sessions: Sessions, *, anonymous: bool, local: bool) -> None:
        """Args: ``local`` says that whoever asks without a key is the one person of this machine."""
        self._keys = keys
        self._sessions = sessions
        self._local_csrf = random_secret() if local else ""
        self._anonymous = frozenset({Scope.READ}) if anonymous else frozenset[Scope]()
        self._believed: OrderedDict[str, tuple[ApiKeyRow, float]] = OrderedDict()
        # Not the threads that make answers: those may all be busy.
        self._threads = anyio.CapacityLimiter(2)

    async def of(self, authorization: str, cookie: str, address: str) -> Caller:
        """Who sent a request with that Authorization header and that session's cookie from that address.

        Raises:
            Problem: 401, the header holds no live key.
        """
        if not authorization:
            return await self._without_key(cookie, address)
        kind, _, secret = authorization.partition(" ")
        if kind.lower() != "bearer":
            message = 'the scheme has to be Bearer: "Authorization: Bearer flk_…"'
            raise Problem(401, message, parameter="Authorization", headers=_CHALLENGE)
        row = self._recent(secret) or await anyio.to_thread.run_sync(self._find, secret.strip(), limiter=self._threads)
        if row is None:
            message = "the key is not known, has expired or was revoked; see: forgelake keys list"
            raise Problem(401, message, parameter="Authorization", headers=_CHALLENGE)
        return Caller(row.id, row.id, frozenset(row.scopes), row.account)

    async def _without_key(self, cookie: str, address: str) -> Caller:
        if self._local_csrf:
            return Caller(address, "", self._anonymous, LOCAL, self._local_csrf)
        row = await anyio.to_thread.run_sync(self._sessions.find, cookie, limiter=self._threads) if cookie else None
        if row is None:
            return Caller(address, "", self._anonymous)
        return Caller(address, "", self._anonymous | {Scope.READ}, row.account, row.csrf, row.sha256)

    def _recent(self, secret: str) -> ApiKeyRow | None:
        row, until = self._believed.get(secret, (None, 0.0))
        return row if time.monotonic() < until else None

    def _find(self, secret: str) -> ApiKeyRow | None:
        row = self._keys.find(secret)
        if row is not None:
            self._believed[secret] = (row, time.monotonic() + KEY_IS_BELIEVED_SECONDS)
            while len(self._believed) > _MOST_KEYS:
                self._believed.popitem(last=False)
        return row


def anonymous_may_read(settings: ApiSettings) -> bool:
    """Whether a request without a key may read."""
    return settings.anonymous == "always" or (settings.anonymous == "loopback" and is_loopback(settings.host))


def is_local(chosen: Settings) -> bool:
    """Whether nobody has to log in: the server can be reached from its own machine only, and names no provider."""
    api = chosen.api
    elsewhere = api.trusted_proxies or not is_loopback(urlsplit(api.public_url).hostname or "localhost")
    has_provider = any(one.for_browsers for one in chosen.providers.values())
    return is_loopback(api.host) and not elsewhere and not has_provider
