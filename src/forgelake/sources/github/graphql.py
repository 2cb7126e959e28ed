"""GraphQL: the queries that we send, and what its answers mean. No network.

Points are counted by the connections of a query: every one costs a hundredth of a point for each repository. Batches
therefore ask for four connections that tell whether anything has changed, and for the others only where something has.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from json import loads
from typing import Any, Final

from forgelake.model.errors import RetryError
from forgelake.sources.github.said import Said

BATCH: Final = 50
"""Repositories in one query: of more, GitHub sometimes gives up after ten seconds."""

NAMES: Final = 100
"""Names that one query resolves."""

FEW_RELEASES: Final = 10
"""Releases that a query asks for with all their files; longer lists are cheaper by REST."""

_LIMIT: Final = "rateLimit { cost remaining resetAt }"

_KNOWN: Final = """fragment known on Repository {
  id databaseId nameWithOwner visibility viewerPermission owner { id login }
}"""

SNAPSHOT: Final = f"""query ($ids: [ID!]!) {{ nodes(ids: $ids) {{ ...known ...facts }} {_LIMIT} }}
{_KNOWN}
fragment facts on Repository {{
  stargazerCount forkCount diskUsage isArchived isDisabled isFork createdAt pushedAt updatedAt
  defaultBranchRef {{ name }} primaryLanguage {{ name }} licenseInfo {{ spdxId }}
  watchers {{ totalCount }} issues(states: OPEN) {{ totalCount }} pullRequests(states: OPEN) {{ totalCount }}
  releases {{ totalCount }}
}}"""

DETAILS: Final = f"""query ($few: [ID!]!, $other: [ID!]!) {{
  few: nodes(ids: $few) {{ ...details ...released }} other: nodes(ids: $other) {{ ...details }} {_LIMIT}
}}
fragment details on Repository {{
  databaseId
  languages(first: 100, orderBy: {{field: SIZE, direction: DESC}}) {{ edges {{ size node {{ name }} }} }}
  repositoryTopics(first: 20) {{ nodes {{ topic {{ name }} }} }}
}}
fragment released on Repository {{
  releases(first: {FEW_RELEASES}) {{
    nodes {{
      tagName publishedAt isPrerelease isDraft releaseAssets(first: 100) {{ totalCount nodes {{ downloadCount }} }}
    }}
  }}
}}"""


HEAD: Final = "fragment known on Repository { databaseId defaultBranchRef { target { oid } } }"


def resolving(names: Sequence[str], known: str = _KNOWN) -> tuple[str, dict[str, str]]:
    """The query that finds repositories by their names, and its variables; the answers are r0, r1 and so on.

    Args:
        known: the fragment of that name, which says what is asked of each.
    """
    variables: dict[str, str] = {}
    parts: list[str] = []
    for number, name in enumerate(names):
        variables[f"o{number}"], _, variables[f"n{number}"] = name.partition("/")
        parts.append(f"r{number}: repository(owner: $o{number}, name: $n{number}) {{ ...known }}")
    declared = ", ".join(f"${name}: String!" for name in variables)
    return f"query ({declared}) {{ {' '.join(parts)} {_LIMIT} }}\n{known}", variables


@dataclass(frozen=True, slots=True)
class Data:
    """What a query found, and what it says of the parts that it did not find, by the path to them."""

    data: Mapping[str, Any]
    errors: Mapping[tuple[str | int, ...], str] = field(default_factory=dict)


def found(said: Said) -> Data:
    """An answer of status 200 may hold errors; parts that came beside them count.

    Raises:
        RetryError: nothing was found at all, or it is no answer to a query.
    """
    try:
        answer = said.json()
        data, listed = answer.get("data"), answer.get("errors") or []
        errors = {tuple(one.get("path") or ()): str(one.get("message", "")) for one in listed}
    except (ValueError, AttributeError, TypeError) as error:
        message = f"the GraphQL API answered {said.status} and no JSON that a query gives: {error}"
        raise RetryError(message) from error
    if not isinstance(data, Mapping):
        message = f"the GraphQL API answered {said.status}: {'; '.join(errors.values()) or answer.get('message')}"
        raise RetryError(message)
    return Data(data, errors)


def repositories(said: Said, repo_id: int) -> Iterable[Mapping[str, Any]]:
    """The nodes of an answer that tell of one repository."""
    return _by_id(said.body).get(repo_id, [])


@lru_cache(maxsize=8)
def _by_id(body: bytes) -> dict[int, list[Mapping[str, Any]]]:
    """One answer tells of many repositories, each of whose rows are made by themselves."""
    by_id: dict[int, list[Mapping[str, Any]]] = {}
    for part in (loads(body).get("data") or {}).values():
        for node in part if isinstance(part, list) else [part]:
            if isinstance(node, Mapping) and isinstance(node.get("databaseId"), int):
                by_id.setdefault(node["databaseId"], []).append(node)
    return by_id
