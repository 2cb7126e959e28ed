"""A stateful fake of GitLab's API over real HTTP: tokens, what they are, and what each scope may ask.

with GitLab() as gitlab:
    gitlab.tokens["glpat-secret"] = Token("anna", ["read_api"], expires_at="2027-01-31")
"""

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final
from urllib.parse import parse_qs, urlencode

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
        self.projects: list[dict[str, object]] = []
        self.requests_made: list[dict[str, object]] = []
        self.reviews: list[dict[str, object]] = []
        self.emails: list[dict[str, object]] = []
        self.refusals = 0
        """How many of the next requests are one too many, told to come back at once."""

    @property
    def api_url(self) -> str:
        """The API's base address."""
        return f"{self.url}/api/v4"

    def reply(self, request: Request) -> Reply:
        """Limits first, then the token, then its scope, then the endpoint."""
        if self.limited:
            return Reply(429, {"Retry-After": "60"}, b"Retry later\n")
        if self.refusals:
            self.refusals -= 1
            return Reply(429, {"Retry-After": "0"}, b"Retry later\n")
        secret = request.headers.get("private-token", "")
        token = self.tokens.get(secret)
        if token is None:
            return _told(401, {"message": "401 Unauthorized"})
        if token.revoked:
            return _invalid("Token was revoked. You have to re-authorize from the user.")
        if token.expires_at and date.fromisoformat(token.expires_at) <= datetime.now(UTC).date():
            return _invalid("Token is expired. You can either do re-authorization or token refresh.")
        return self._endpoint(request.path.partition("?")[0], token, request)

    def _projects(self, query: dict[str, str]) -> Reply:
        """By keyset, two to a page, with links to GitLab's own name for itself."""
        assert (query["pagination"], query["order_by"], query["sort"]) == ("keyset", "id", "asc")
        after = int(query.get("id_after", 0))
        rest = [one for one in self.projects if int(str(one["id"])) > after]
        link: dict[str, str] = {}
        if len(rest) > 2:
            more = urlencode({**query, "id_after": rest[1]["id"]})
            link = {"Link": f'<https://gitlab.example/api/v4/projects?{more}>; rel="next"'}
        return Reply(200, link, json.dumps(rest[:2]).encode())

    def _endpoint(self, path: str, token: Token, request: Request) -> Reply:
        if path == "/api/v4/personal_access_tokens/self" and self.has_self:
            return _told(200, _personal_access_token(token))
        if path == "/api/v4/user":
            if not _READING & set(token.scopes):
                said = "The request requires higher privileges than provided by the access token."
                scope = " ".join(sorted(_READING))
                return _told(403, {"error": "insufficient_scope", "error_description": said, "scope": scope})
            mail = {"email": "anna@example.org", "confirmed_at": "2020-01-01T00:00:00Z"}
            return _told(200, {"id": 4, "username": token.username, "state": "active", "bot": False, **mail})
        return self._of_a_person(path, request)

    def _of_a_person(self, path: str, request: Request) -> Reply:
        query = {name: values[-1] for name, values in parse_qs(request.path.partition("?")[2]).items()}
        if path == "/api/v4/user/emails":
            return _listed(self.emails)
        if path == "/api/v4/projects":
            return self._projects(query)
        if path == "/api/v4/merge_requests":
            return _listed(self.requests_made if query["scope"] == "created_by_me" else self.reviews)
        return _told(404, {"error": "404 Not Found"})


def project(
    number: int, path: str, url: str, visibility: str = "private", owner: int | None = None
) -> dict[str, object]:
    """A project as the list shows it."""
    kind = "user" if owner else "group"
    own: dict[str, object] = {"owner": {"id": owner}} if owner else {}
    return {
        "id": number, "path_with_namespace": path, "http_url_to_repo": url, "visibility": visibility,
        "archived": False, "star_count": 3, "namespace": {"kind": kind, "path": path.rpartition("/")[0]}, **own,
    }  # fmt: skip


def _listed(items: list[dict[str, object]]) -> Reply:
    return Reply(200, {}, json.dumps(items).encode())


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
