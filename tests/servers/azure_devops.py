"""A stateful fake of Azure DevOps over real HTTP: it lets in, or shows a page to sign in, as the real one does.

with AzureDevOps() as azure:
    azure.tokens["secret"] = Token("contoso", "Anna Example", {"code"})
"""

import base64
import json
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import parse_qs

from tests.servers.github_http import Reply, Request, Served

_NOBODY: Final = "aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa"
ANNA: Final = "7d6b3e2c-1111-4222-8333-944455556666"
"""Whose every token is."""

_SIGN_IN: Final = b"<!DOCTYPE html><html><head><title>Azure DevOps Services | Sign In</title></head></html>"


@dataclass
class Token:
    """A token: of which organisation, whose, and for what."""

    organisation: str
    name: str
    scopes: set[str] = field(default_factory=set)


class AzureDevOps(Served):
    """The fake.

    Attributes:
        sign_in: the status with which it shows a page to sign in: 203, or 302 with an address.
        public: organisations that let everybody in.
    """

    def __init__(self) -> None:
        super().__init__()
        self.tokens: dict[str, Token] = {}
        self.sign_in = 203
        self.public: set[str] = set()
        self.projects: list[dict[str, object]] = []
        self.repos: dict[str, list[dict[str, object]]] = {}
        self.pulls: dict[str, list[dict[str, object]]] = {}
        """Projects, and by their ids repositories and pull requests."""

    def reply(self, request: Request) -> Reply:
        """The token first, then the endpoint."""
        organisation, _, path = request.path.partition("?")[0].strip("/").partition("/")
        token = self.tokens.get(_given(request))
        own = token if token is not None and token.organisation == organisation else None
        if own is None and organisation not in self.public:
            return self._signs_in()
        if path == "_apis/connectionData":
            return _told(200, {"authenticatedUser": _user(own), "instanceId": "f1", "deploymentType": "hosted"})
        if path == "_apis/git/repositories":
            allowed = own is None or "code" in own.scopes
            return _told(200, {"value": [], "count": 0}) if allowed else self._signs_in()
        return self._of_projects(path, request)

    def _of_projects(self, path: str, request: Request) -> Reply:
        query = {name: values[-1] for name, values in parse_qs(request.path.partition("?")[2]).items()}
        if path == "_apis/projects":
            at = int(query.get("continuationToken", 0))
            more = {"x-ms-continuationtoken": str(at + 1)} if at + 1 < len(self.projects) else {}
            reply = _told(200, {"value": self.projects[at : at + 1], "count": 1})
            reply.headers |= {**more, "Retry-After": "0", "X-RateLimit-Delay": "0.1"}
            return reply
        project, _, rest = path.partition("/")
        if rest == "_apis/git/repositories" and project in self.repos:
            return _told(200, {"value": self.repos[project], "count": len(self.repos[project])})
        if rest == "_apis/git/pullrequests" and project in self.repos:
            return _told(200, {"value": self._pulls(project, query)})
        return _told(404, {"message": "VS800075", "typeKey": "ProjectDoesNotExistException"})

    def _pulls(self, project: str, query: dict[str, str]) -> list[dict[str, object]]:
        found = self.pulls.get(project, [])
        if wanted := query.get("searchCriteria.creatorId"):
            found = [one for one in found if one["createdBy"] == {"id": wanted}]
        if wanted := query.get("searchCriteria.reviewerId"):
            found = [one for one in found if wanted in json.dumps(one["reviewers"])]
        skip = int(query["$skip"])
        return found[skip : skip + int(query["$top"])]

    def _signs_in(self) -> Reply:
        location = {"Location": "https://spsprodeus27.vssps.visualstudio.com/_signin"} if self.sign_in == 302 else {}
        return Reply(self.sign_in, {**location, "Content-Type": "text/html; charset=utf-8"}, _SIGN_IN)


def _given(request: Request) -> str:
    kind, _, text = request.headers.get("authorization", "").partition(" ")
    return base64.b64decode(text).decode().removeprefix(":") if kind == "Basic" else ""


def _user(token: Token | None) -> dict[str, object]:
    if token is None:
        return {"id": _NOBODY, "providerDisplayName": "Anonymous", "isActive": True}
    account = {"Account": {"$type": "System.String", "$value": "anna@example.org"}}
    return {"id": ANNA, "providerDisplayName": token.name, "properties": account}


def _told(status: int, body: dict[str, object]) -> Reply:
    return Reply(status, {}, json.dumps(body).encode())
