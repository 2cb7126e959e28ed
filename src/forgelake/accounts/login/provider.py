"""What every provider has in common: how people are sent there, and what is known of them when they come back."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import sleep
from typing import Any, Final, Protocol
from urllib.parse import urlencode

from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge

from forgelake.model.errors import ConfigurationError, UsageError
from forgelake.settings.login import ProviderSettings
from forgelake.transport.client import HttpOptions
from forgelake.transport.exchange import ApiClient, Exchange

_ATTEMPTS: Final = 2
_SECONDS: Final = 10.0
"""A person waits for it."""

OK: Final = 200


class LoginRefusedError(UsageError):
    """Nobody is logged in, and why, in words for the person."""


@dataclass(frozen=True, slots=True)
class Person:
    """Whom a provider vouches for.

    Attributes:
        subject: their id there, which does not change.
        login: what they are called there, which may.
        domains: of their verified e-mail addresses, in lower case.
        organisations: those of the settings' that they belong to, in lower case.
    """

    subject: str
    login: str
    display_name: str
    domains: frozenset[str] = frozenset()
    organisations: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Asked:
    """One login on its way: where the person comes back to, and what only this login knows."""

    redirect: str
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)


class Provider(Protocol):
    """Somebody who vouches for people."""

    def address(self, asked: Asked, state: str) -> str:
        """Where a person is sent to log in; raises RetryError when the provider does not answer."""
        ...

    def person(self, asked: Asked, code: str) -> Person:
        """Who came back with a code.

        Raises:
            LoginRefusedError: the code or what it brings is not right.
            RetryError: the provider does not answer.
        """
        ...


class Asking:
    """Requests to one provider, which waits for none of them long."""

    def __init__(self, name: str, settings: ProviderSettings, options: HttpOptions) -> None:
        self.settings = settings
        self.title = settings.title or name
        self._name = name
        self._options = replace(options, timeout_seconds=min(options.timeout_seconds, _SECONDS))

    @property
    def secret(self) -> str:
        """The client's secret; empty without one.

        Raises:
            ConfigurationError: the file that is to hold it cannot be read.
        """
        held = self.settings.client_secret
        if held is None:
            return ""
        try:
            return held.secret.get_secret_value() or Path(held.file).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            message = f"providers.{self._name}.client_secret {held} cannot be read; name a file that holds the secret"
            raise ConfigurationError(message) from error

    def address(self, endpoint: str, asked: Asked, state: str, scope: str, **more: str) -> str:
        """Where a person is sent, with PKCE (RFC 7636)."""
        challenge = create_s256_code_challenge(asked.verifier)
        return str(
            prepare_grant_uri(
                endpoint,
                client_id=self.settings.client_id,
                response_type="code",
                redirect_uri=asked.redirect,
                scope=scope,
                state=state,
                code_challenge=challenge,
                code_challenge_method="S256",
                **more,
            )
        )

    def get(self, url: str, headers: Mapping[str, str] | None = None) -> Exchange:
        """An answer, whatever its status; raises RetryError when there is none."""
        with ApiClient(self._options, {"Accept": "application/json"}, sleep) as client:
            return client.ask("GET", url, headers or {}, attempts=_ATTEMPTS)

    def post(self, url: str, fields: Mapping[str, str], headers: Mapping[str, str] | None = None) -> dict[str, Any]:
        """What an endpoint answers to a form, asked once: a code is good for one time."""
        sent = {"Content-Type": "application/x-www-form-urlencoded", **(headers or {})}
        with ApiClient(self._options, {"Accept": "application/json"}, sleep) as client:
            return self.object(client.ask("POST", url, sent, attempts=1, body=urlencode(fields).encode()))

    def token(self, url: str, asked: Asked, code: str, headers: Mapping[str, str] | None = None) -> dict[str, Any]:
        """What a code is exchanged for."""
        who = {"client_id": self.settings.client_id}
        if self.secret and not headers:
            who["client_secret"] = self.secret
        given = {"grant_type": "authorization_code", "code": code, "redirect_uri": asked.redirect}
        found = self.post(url, {**given, "code_verifier": asked.verifier, **who}, headers)
        if "error" in found or not isinstance(found.get("access_token"), str):
            # What it says may hold anything; its code is a word of RFC 6749.
            message = f"{self.title} does not take the login ({_word(found.get('error'))}); log in again"
            raise LoginRefusedError(message)
        return found

    def object(self, answer: Exchange) -> dict[str, Any]:
        """The JSON object that was answered."""
        try:
            found = json.loads(answer.body)
        except ValueError:
            found = None
        if not isinstance(found, dict):
            message = (
                f"{self.title} answers, but not as a provider does; its administrator checks providers.{self._name}.url"
            )
            raise LoginRefusedError(message)
        return found


def _word(error: object) -> str:
    return error if isinstance(error, str) and error.replace("_", "").isalpha() else "no token"


def domain_of(address: str) -> str:
    """The domain of an e-mail address, in lower case."""
    return address.rpartition("@")[2].casefold()
