"""A company's own provider vouches for people: OpenID Connect Core 1.0, by code, with discovery, nonce and PKCE.

What the provider says of itself, its keys included, is asked for at every login, so that a new key needs nothing here.
"""

import base64
from typing import Any, Final
from urllib.parse import quote, urlsplit

from authlib.oidc.core import CodeIDToken
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from joserfc.jwt import decode

from forgelake.accounts.login.provider import OK, Asked, Asking, LoginRefusedError, Person, domain_of
from forgelake.settings.urls import is_loopback

ALGORITHMS: Final = (
    "RS256",
    "RS384",
    "RS512",
    "PS256",
    "PS384",
    "PS512",
    "ES256",
    "ES384",
    "ES512",
    "EdDSA",
    "Ed25519",
)
"""Signatures by a key that only the provider has: neither none nor HS…"""

LEEWAY_SECONDS: Final = 60
"""How far the provider's clock may be off."""

_SCOPE: Final = "openid profile email"


class OidcLogin:
    """Logins of one issuer."""

    def __init__(self, asking: Asking) -> None:
        self._asking = asking

    def address(self, asked: Asked, state: str) -> str:
        """See ``Provider``."""
        endpoint = self._endpoint(self._metadata(), "authorization_endpoint")
        return self._asking.address(endpoint, asked, state, _SCOPE, nonce=asked.nonce)

    def person(self, asked: Asked, code: str) -> Person:
        """See ``Provider``."""
        metadata = self._metadata()
        endpoint = self._endpoint(metadata, "token_endpoint")
        answer = self._asking.token(endpoint, asked, code, self._basic(metadata))
        claims = self._claims(metadata, answer, asked.nonce)
        if "email" not in claims and "userinfo_endpoint" in metadata:
            claims = {**self._userinfo(metadata, answer, claims["sub"]), **claims}
        email = claims.get("email") if claims.get("email_verified") is True else None
        login = claims.get("preferred_username") or email or claims["sub"]
        domains = frozenset({domain_of(email)}) if isinstance(email, str) else frozenset[str]()
        return Person(str(claims["sub"]), str(login), str(claims.get("name") or login), domains)

    def _metadata(self) -> dict[str, Any]:
        """What the provider says of itself (OpenID Connect Discovery 1.0, section 4)."""
        issuer = self._asking.settings.url
        found = self._asking.object(self._asking.get(f"{issuer}/.well-known/openid-configuration"))
        if str(found.get("issuer", "")).rstrip("/") != issuer:
            message = f"{self._asking.title} is not the issuer that the settings name; its administrator checks url"
            raise LoginRefusedError(message)
        return found

    def _endpoint(self, metadata: dict[str, Any], name: str) -> str:
        url = str(metadata.get(name, ""))
        parts = urlsplit(url)
        if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(parts.hostname or "")):
            message = f"{self._asking.title} names no {name} over TLS, so nothing is sent there"
            raise LoginRefusedError(message)
        return url

    def _basic(self, metadata: dict[str, Any]) -> dict[str, str]:
        """The client's secret in a header, which is what a provider takes that does not say otherwise."""
        secret = self._asking.secret
        if not secret or "client_secret_basic" not in metadata.get(
            "token_endpoint_auth_methods_supported", ["client_secret_basic"]
        ):
            return {}
        pair = f"{quote(self._asking.settings.client_id, safe='')}:{quote(secret, safe='')}"
        return {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}

    def _claims(self, metadata: dict[str, Any], answer: dict[str, Any], nonce: str) -> dict[str, Any]:
        """What the ID token says, after everything in it was checked (Core 1.0, section 3.1.3.7)."""
        client = self._asking.settings.client_id
        try:
            keys = KeySet.import_key_set(self._asking.object(self._asking.get(self._endpoint(metadata, "jwks_uri"))))  # type: ignore[arg-type]
            token = decode(str(answer.get("id_token", "")), keys, algorithms=list(ALGORITHMS))
            claims = CodeIDToken(
                token.claims,
                token.header,
                {"iss": {"essential": True, "value": metadata["issuer"]}, "aud": {"essential": True, "value": client}},
                {"nonce": nonce, "client_id": client, "access_token": answer["access_token"]},
            )
            claims.validate(leeway=LEEWAY_SECONDS)
        except (JoseError, ValueError, KeyError, TypeError) as error:
            what = getattr(error, "claim", None) or getattr(error, "error", None) or "not readable"
            message = f"{self._asking.title} sent an ID token that is not for this login ({what}); log in again"
            raise LoginRefusedError(message) from error
        return dict(claims)

    def _userinfo(self, metadata: dict[str, Any], answer: dict[str, Any], subject: object) -> dict[str, Any]:
        sent = {"Authorization": f"Bearer {answer['access_token']}"}
        found = self._asking.get(self._endpoint(metadata, "userinfo_endpoint"), sent)
        told = self._asking.object(found) if found.status == OK else {}
        # It may be another person's, if somebody put in another token (Core 1.0, section 5.3.2).
        return told if told.get("sub") == subject else {}
