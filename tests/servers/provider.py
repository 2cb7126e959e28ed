"""A provider over real HTTP: OAuth 2 with PKCE as GitHub has it, OpenID Connect, and the device flow.

Who logs in is ``person``; what it does wrong is set on it before it is asked.
"""

import json
import secrets
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from authlib.oauth2.rfc7636 import create_s256_code_challenge
from joserfc.jwk import RSAKey
from joserfc.jwt import encode

from tests.servers.github_http import Reply, Request, Served

CLIENT, SECRET = "forgelake", "provider-secret"
Fields = dict[str, str]


class ProviderServer(Served):
    """The provider; its issuer, and GitHub's address, is ``url``."""

    def __init__(self) -> None:
        super().__init__()
        self.person: dict[str, Any] = {"id": 583231, "login": "octocat", "name": "Octo Cat"}
        self.emails: list[dict[str, Any]] = []
        self.organisations: dict[str, str] = {}
        self.key = RSAKey.generate_key(2048, {"kid": "first"})
        self.claims: dict[str, Any] = {}
        self.sign: Callable[[dict[str, Any]], str] = self._signed
        self.refuses = False
        self.is_down = False
        self.pending: list[str] = []
        self.interval = 5
        self.tokens: set[str] = set()
        self._codes: dict[str, Fields] = {}

    def reply(self, request: Request) -> Reply:
        """Answer by path."""
        if self.is_down:
            return Reply(503)
        query = {name: values[0] for name, values in parse_qs(urlsplit(request.path).query).items()}
        sent = {name: values[0] for name, values in parse_qs(request.body.decode()).items()}
        path = urlsplit(request.path).path
        known: dict[str, Callable[[], Reply]] = {
            "/.well-known/openid-configuration": self._metadata,
            "/keys": lambda: _json({"keys": [self.key.as_dict(private=False)]}),
            "/authorize": lambda: self._authorize(query),
            "/login/oauth/authorize": lambda: self._authorize(query),
            "/token": lambda: self._token(sent),
            "/login/oauth/access_token": lambda: self._token(sent),
            "/login/device/code": lambda: self._device(sent),
        }
        if path in known:
            return known[path]()
        return self._api(path, request.headers.get("authorization", "").split(" ")[-1])

    def _metadata(self) -> Reply:
        return _json(
            {
                "issuer": self.url,
                "authorization_endpoint": f"{self.url}/authorize",
                "token_endpoint": f"{self.url}/token",
                "jwks_uri": f"{self.url}/keys",
                "token_endpoint_auth_methods_supported": ["client_secret_post"],
            }
        )

    def _authorize(self, query: Fields) -> Reply:
        assert query["client_id"] == CLIENT
        assert (query["response_type"], query["code_challenge_method"]) == ("code", "S256")
        code = secrets.token_urlsafe()
        self._codes[code] = query
        given = {"error": "access_denied"} if self.refuses else {"code": code}
        return Reply(302, {"Location": f"{query['redirect_uri']}?{urlencode({**given, 'state': query['state']})}"})

    def _token(self, sent: Fields) -> Reply:
        if sent["grant_type"].endswith("device_code"):
            if self.pending:
                return _json({"error": self.pending.pop(0)})
            return _json({"access_token": self._new_token(), "token_type": "bearer"})
        asked = self._codes.pop(sent["code"], None)
        is_right = (
            asked is not None
            and asked["redirect_uri"] == sent["redirect_uri"]
            and asked["code_challenge"] == create_s256_code_challenge(sent["code_verifier"])
            and (sent["client_id"], sent["client_secret"]) == (CLIENT, SECRET)
        )
        if asked is None or not is_right:
            return _json({"error": "bad_verification_code"})
        now = int(time.time())
        claims = {
            "iss": self.url, "sub": "u-1", "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": asked.get("nonce"),
            "name": "Ada L", "email": "ada@company.example", "email_verified": True, **self.claims,
        }  # fmt: skip
        return _json({"access_token": self._new_token(), "token_type": "bearer", "id_token": self.sign(claims)})

    def _device(self, sent: Fields) -> Reply:
        assert sent["client_id"] == CLIENT
        shown = {"user_code": "WDJB-MJHT", "verification_uri": f"{self.url}/login/device"}
        return _json({"device_code": "d", **shown, "expires_in": 900, "interval": self.interval})

    def _api(self, path: str, token: str) -> Reply:
        if token not in self.tokens:
            return Reply(401, {}, b"{}")
        if path == "/api/v3/user":
            return Reply(200, {"X-OAuth-Scopes": "repo"}, json.dumps(self.person).encode())
        if path == "/api/v3/user/emails":
            return _json(self.emails)
        state = self.organisations.get(path.removeprefix("/api/v3/user/memberships/orgs/"))
        return Reply(404, {}, b"{}") if state is None else _json({"state": state})

    def _new_token(self) -> str:
        token = f"gho_{secrets.token_hex(18)}"
        self.tokens.add(token)
        return token

    def _signed(self, claims: dict[str, Any]) -> str:
        return encode({"alg": "RS256", "kid": self.key.kid}, claims, self.key)


def _json(value: object) -> Reply:
    return Reply(200, {"Content-Type": "application/json"}, json.dumps(value).encode())
