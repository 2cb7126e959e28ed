"""A real HTTP server that takes notices, and one that takes issues like GitHub."""

import json
import re
from typing import Any

from tests.servers.github_http import Reply, Request, Served
from tests.servers.mirror import NO_FAULT, Fault

_ISSUE = re.compile(r"/repos/([^/]+/[^/]+)/issues(?:/(\d+)(/comments)?)?")


class Hooks(Served):
    """Takes every POST; ``faults`` are how the next ones go wrong."""

    def __init__(self) -> None:
        super().__init__()
        self.faults: list[Fault] = []

    def fault(self, request: Request) -> Fault:
        del request
        return self.faults.pop(0) if self.faults else NO_FAULT

    def reply(self, request: Request) -> Reply:
        del request
        return Reply(204)

    def told(self) -> list[dict[str, Any]]:
        """The documents of all requests, those that went wrong included."""
        return [json.loads(request.body) for request in self.requests]


class Issues(Served):
    """Issues of one repository; only ``token`` may write them."""

    def __init__(self, repo: str, token: str) -> None:
        super().__init__()
        self.repo, self.token = repo, token
        self.issues: list[dict[str, Any]] = []

    def reply(self, request: Request) -> Reply:
        if request.headers.get("authorization") != f"Bearer {self.token}":
            return _said(403, {"message": "Resource not accessible by personal access token"})
        found = _ISSUE.fullmatch(request.path)
        if found is None or found[1] != self.repo:
            return _said(404, {"message": "Not Found"})
        document = json.loads(request.body)
        if found[2] is None:
            self.issues.append({**document, "state": "open", "comments": []})
            return _said(201, {"number": len(self.issues)})
        issue = self.issues[int(found[2]) - 1]
        if found[3]:
            issue["comments"].append(document["body"])
            return _said(201, {"id": 1})
        assert request.method == "PATCH"
        issue.update(document)
        return _said(200, {"number": int(found[2])})


def _said(status: int, document: dict[str, Any]) -> Reply:
    return Reply(status, {}, json.dumps(document).encode())
