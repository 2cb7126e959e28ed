"""A stateful fake of Azure DevOps over real HTTP: it lets in, or shows a page to sign in, as the real one does.

with AzureDevOps() as azure:
    azure.tokens["secret"] = Token("contoso", "Anna Example", {"code"})
"""

import base64
import json
from dataclasses import dataclass, field
from typing import Final

from tests.servers.github_http import Reply, Request, Served

_NOBODY: Final = "aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa"
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
        return _told(404, {"message": "VS800075", "typeKey": "ProjectDoesNotExistException"})

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
    return {"id": "7d6b3e2c-1111-4222-8333-944455556666", "providerDisplayName": token.name, "properties": account}


def _told(status: int, body: dict[str, object]) -> Reply:
    return Reply(status, {}, json.dumps(body).encode())
