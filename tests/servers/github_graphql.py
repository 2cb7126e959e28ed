"""GraphQL of the fake GitHub: our own queries answered with just the fields that they name, and their points.

Points follow GitHub's published formula: every connection costs one request for each repository (each release for what
is inside it), a hundred requests are a point, and no query costs less than one.
"""

import re
from collections.abc import Callable
from typing import Any

from tests.servers.github_repos import Json, Repo, as_node

_ALIAS = re.compile(r"(r\d+): repository\(owner: \$(o\d+), name: \$(n\d+)\)")
_NODES = re.compile(r"(?:(\w+): )?nodes\(ids: \$(\w+)\) \{([^}]*)\}")
_FRAGMENT = re.compile(r"fragment (\w+) on Repository \{")
_SCALAR = re.compile(r"\b([a-z]\w*)\b")
CONNECTIONS = ("watchers", "issues", "pullRequests", "releases", "languages", "repositoryTopics")


def answer(
    query: str, variables: Json, by_node: Callable[[str], Repo | None], by_name: Callable[[str], Repo | None]
) -> tuple[Json, int]:
    """The body, and what the query costs."""
    fragments = _fragments(query)
    data: Json = {}
    errors: list[Json] = []
    requests = 0.0
    for alias, owner, name in _ALIAS.findall(query):
        repo = by_name(f"{variables[owner]}/{variables[name]}")
        data[alias] = repo and _chosen(repo, fragments, ["known"])
        if repo is None:
            said = f"Could not resolve to a Repository with the name '{variables[owner]}/{variables[name]}'."
            errors.append({"type": "NOT_FOUND", "path": [alias], "message": said})
    for alias, ids, inner in _NODES.findall(query):
        spread = re.findall(r"\.\.\.(\w+)", inner)
        nodes: list[Json | None] = []
        for number, node_id in enumerate(variables[ids]):
            repo = by_node(node_id)
            nodes.append(None if repo is None else _chosen(repo, fragments, spread))
            if repo is None:
                said = f"Could not resolve to a node with the global id of '{node_id}'."
                errors.append({"type": "NOT_FOUND", "path": [alias or "nodes", number], "message": said})
        data[alias or "nodes"] = nodes
        requests += len(variables[ids]) * sum(_connections(fragments[name]) for name in spread)
    cost = max(1, round(requests / 100))
    data["rateLimit"] = {"cost": cost, "remaining": 5000 - cost, "resetAt": "2026-11-23T01:00:00Z"}
    return {"data": data, **({"errors": errors} if errors else {})}, cost


def _fragments(query: str) -> dict[str, str]:
    found = list(_FRAGMENT.finditer(query))
    ends = [one.start() for one in found[1:]] + [len(query)]
    return {one[1]: query[one.end() : end] for one, end in zip(found, ends, strict=True)}


def _chosen(repo: Repo, fragments: dict[str, str], spread: list[str]) -> Json:
    """The fields that fragments name; what is inside of them comes whole."""
    node: dict[str, Any] = as_node(repo)
    named = {name for fragment in spread for name in _SCALAR.findall(fragments[fragment])}
    return {name: value for name, value in node.items() if name in named}


def _connections(fragment: str) -> int:
    """Requests for each repository: one for a connection, and one for each of the releases asked for."""
    inner = re.search(r"releases\(first: (\d+)\)", fragment)
    own = sum(re.search(rf"\b{name}\b *[({{]", fragment) is not None for name in CONNECTIONS)
    return own + (int(inner[1]) if inner else 0)
