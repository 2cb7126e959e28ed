"""A stateful fake of GitLab's API over real HTTP: tokens, what they are, and what each scope may ask.

with GitLab() as gitlab:
    gitlab.tokens["glpat-secret"] = Token("anna", ["read_api"], expires_at="2027-01-31")
"""

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final

from tests.servers.github_http import Reply, Request, Served

_READING: Final = {"api", "read_api", "read_user"}


@dataclass
class Token:
    """A token as its owner made it."""

    username: str
    scopes: list[str]
    expires_at: str | None = None
    revoked: bool = False


class GitLab(Served):
    """The fake; ``api_url`` is what the settings name. ``limited`` lets every request be one too many."""

    def __init__(self) -> None:
        super().__init__()
        self.tokens: dict[str, Token] = {}
        self.limited = False
        self.has_self = True

    @property
    def api_url(self) -> str:
        """The API's base address."""
        return f"{self.url}/api/v4"

    def reply(self, request: Request) -> Reply:
        """Limits first, then the token, then its scope, then the endpoint."""
        if self.limited:
            return Reply(429, {"Retry-After": "60"}, b"Retry later\n")
        secret = request.headers.get("private-token", "")
        token = self.tokens.get(secret)
        if token is None:
            return _told(401, {"message": "401 Unauthorized"})
        if token.revoked:
            return _invalid("Token was revoked. You have to re-authorize from the user.")
        if token.expires_at and date.fromisoformat(token.expires_at) <= datetime.now(UTC).date():
            return _invalid("Token is expired. You can either do re-authorization or token refresh.")
        return self._endpoint(request.path.partition("?")[0], token)

    def _endpoint(self, path: str, token: Token) -> Reply:
        if path == "/api/v4/personal_access_tokens/self" and self.has_self:
            return _told(200, _personal_access_token(token))
        if path == "/api/v4/user":
            if not _READING & set(token.scopes):
                said = "The request requires higher privileges than provided by the access token."
                scope = " ".join(sorted(_READING))
                return _told(403, {"error": "insufficient_scope", "error_description": said, "scope": scope})
            return _told(200, {"id": 4, "username": token.username, "state": "active", "bot": False})
        return _told(404, {"error": "404 Not Found"})


def _personal_access_token(token: Token) -> dict[str, object]:
    return {
        "id": 1,
        "name": "Test Token",
        "revoked": False,
        "created_at": "2020-07-23T14:31:47.729Z",
        "scopes": token.scopes,
        "user_id": 4,
        "last_used_at": "2021-10-06T17:58:37.550Z",
        "active": True,
        "expires_at": token.expires_at,
    }


def _invalid(said: str) -> Reply:
    return _told(401, {"error": "invalid_token", "error_description": said})


def _told(status: int, body: dict[str, object]) -> Reply:
    return Reply(status, {}, json.dumps(body).encode())
