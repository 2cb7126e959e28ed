"""A repository's day from GitHub's answers, by GraphQL or by REST. No network.

``notes["roles"]`` names the answers of a piece in their order: ``node`` and ``details`` by GraphQL, ``repo``,
``languages`` and ``pulls`` by REST, ``releases`` and ``community`` by REST in both forms. What GraphQL is asked for
only when something has changed is else in the notes, as it was told last.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from forgelake.model.errors import SkipError
from forgelake.sources.github.graphql import FEW_RELEASES, repositories
from forgelake.sources.github.pieces import Piece, Rows
from forgelake.sources.github.said import Said

Json = Mapping[str, Any]
_BASE: Final = ("repo_id", "repo_name", "visibility")


def snapshot_rows(piece: Piece) -> Rows:
    """The rows of one repository and day.

    Raises:
        SkipError: an answer does not tell of the repository.
    """
    said = _by_role(piece)
    repo = from_node(said["node"][0], piece.notes["repo_id"]) if "node" in said else _from_repo(said)
    languages, topics = piece.notes.get("languages", {}), repo.get("topics", piece.notes.get("topics"))
    if "details" in said:
        languages, topics = details_of(said["details"][0], repo["repo_id"])
    elif "languages" in said:
        languages = said["languages"][0].json() if said["languages"][0].ok else {}
    releases = _releases(said, repo["repo_id"], repo["release_count"])
    health = said["community"][0].json().get("health_percentage") if "community" in said else None
    if releases is not None:
        repo["release_count"] = len(releases)
    base = {name: repo[name] for name in _BASE}
    downloads = None if releases is None else sum(release["downloads"] for release in releases)
    snapshot = {**repo, "topics": topics, "release_downloads": downloads, "community_health": health}
    return {
        "repo_snapshots": [snapshot],
        "repo_languages": [{**base, "language": name, "bytes": size} for name, size in languages.items()],
        "repo_releases": [{**base, **release} for release in releases or ()],
    }


def state_rows(piece: Piece) -> Rows:
    """What became of a repository, as it was found when the answers came."""
    return {"repo_states": [dict(row) for row in piece.notes["states"]]}


def from_node(said: Said, repo_id: int) -> dict[str, Any]:
    """The columns that GraphQL's first question answers.

    Raises:
        SkipError: the answer does not tell of the repository.
    """
    for node in repositories(said, repo_id):
        if "stargazerCount" in node:
            return {
                "repo_id": repo_id,
                "repo_name": node["nameWithOwner"],
                "visibility": node["visibility"].lower(),
                "owner_login": node["owner"]["login"],
                "stars": node["stargazerCount"],
                "forks": node["forkCount"],
                "watchers": node["watchers"]["totalCount"],
                "open_issues": node["issues"]["totalCount"],
                "open_pull_requests": node["pullRequests"]["totalCount"],
                "size_kb": node["diskUsage"],
                "default_branch": (node["defaultBranchRef"] or {}).get("name"),
                "language": (node["primaryLanguage"] or {}).get("name"),
                "license": (node["licenseInfo"] or {}).get("spdxId"),
                "is_archived": node["isArchived"],
                "is_fork": node["isFork"],
                "is_disabled": node["isDisabled"],
                "created_at": instant(node["createdAt"]),
                "pushed_at": instant(node["pushedAt"]),
                "release_count": node["releases"]["totalCount"],
            }
    message = f"the answer does not tell of repository {repo_id}"
    raise SkipError(message)


def details_of(said: Said, repo_id: int) -> tuple[dict[str, int], list[str]]:
    """Bytes by language, and topics, as GraphQL's second question answers."""
    nodes = list(repositories(said, repo_id))
    edges = [edge for node in nodes for edge in node["languages"]["edges"]]
    topics = [one["topic"]["name"] for node in nodes for one in node["repositoryTopics"]["nodes"]]
    return {edge["node"]["name"]: edge["size"] for edge in edges}, topics


def instant(text: str | None) -> datetime | None:
    """GitHub's instants, UTC."""
    return None if text is None else datetime.fromisoformat(text).astimezone(UTC)


def _by_role(piece: Piece) -> dict[str, list[Said]]:
    found: dict[str, list[Said]] = {}
    for role, answer in zip(piece.notes["roles"], piece.answers, strict=True):
        found.setdefault(role, []).append(answer)
    return found


def _from_repo(said: Mapping[str, Sequence[Said]]) -> dict[str, Any]:
    repo: Json = said["repo"][0].json()
    pulls = _pulls(said.get("pulls", ()))
    both = repo.get("open_issues_count")
    return {
        "repo_id": repo["id"],
        "repo_name": repo["full_name"],
        "visibility": visibility(repo),
        "owner_login": (repo.get("owner") or {}).get("login"),
        "stars": repo.get("stargazers_count"),
        "forks": repo.get("forks_count"),
        "watchers": repo.get("subscribers_count"),
        "open_issues": None if both is None or pulls is None else max(0, both - pulls),
        "open_pull_requests": pulls,
        "size_kb": repo.get("size"),
        "default_branch": repo.get("default_branch"),
        "language": repo.get("language"),
        "license": (repo.get("license") or {}).get("spdx_id"),
        "is_archived": repo.get("archived"),
        "is_fork": repo.get("fork"),
        "is_disabled": repo.get("disabled"),
        "created_at": instant(repo.get("created_at")),
        "pushed_at": instant(repo.get("pushed_at")),
        "topics": repo.get("topics"),
        "release_count": None,
    }


def visibility(repo: Json) -> str | None:
    """Whether a repository is public, as REST tells it: older servers say only whether it is private."""
    told = repo.get("visibility")
    private = repo.get("private")
    return told or (None if private is None else "private" if private else "public")


def _pulls(answers: Sequence[Said]) -> int | None:
    """Open pull requests: of a list with one to a page, the last page's number counts them."""
    if not answers or not answers[0].ok:
        return None
    return answers[0].last_page or len(answers[0].json())


def _releases(said: Mapping[str, Sequence[Said]], repo_id: int, count: int | None) -> list[dict[str, Any]] | None:
    """All releases but drafts; None where they were not asked for, or not all of them came."""
    if "releases" in said:
        pages = said["releases"]
        if not all(page.ok for page in pages) or pages[-1].next_path:
            return None
        return [_release(one) for page in pages for one in page.json() if not one.get("draft")]
    if count == 0:
        return []
    details = (node for answer in said.get("details", ()) for node in repositories(answer, repo_id))
    told = [node["releases"]["nodes"] for node in details if "releases" in node]
    if count is None or not told or count > FEW_RELEASES:
        return None
    return [_released(one) for nodes in told for one in nodes if not one["isDraft"]]


def _release(one: Json) -> dict[str, Any]:
    assets: Iterable[Json] = one.get("assets") or ()
    counts = [asset["download_count"] for asset in assets]
    return {
        "tag": one["tag_name"],
        "published_at": instant(one.get("published_at")),
        "is_prerelease": one.get("prerelease"),
        "assets": len(counts),
        "downloads": sum(counts),
    }


def _released(one: Json) -> dict[str, Any]:
    assets = one["releaseAssets"]
    return {
        "tag": one["tagName"],
        "published_at": instant(one["publishedAt"]),
        "is_prerelease": one["isPrerelease"],
        "assets": assets["totalCount"],
        "downloads": sum(asset["downloadCount"] for asset in assets["nodes"]),
    }
