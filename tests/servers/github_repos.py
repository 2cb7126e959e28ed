"""Repositories of the fake GitHub, and what it says of them by REST and by GraphQL. Pure."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeAlias

from tests.servers import github_shapes as shapes

Json: TypeAlias = dict[str, Any]


@dataclass
class Release:
    """A release, with the downloads of each of its files."""

    tag: str
    downloads: list[int] = field(default_factory=list)
    draft: bool = False
    prerelease: bool = False


@dataclass
class Repo:
    """A repository; ``readers`` are the tokens that see it if it is private, ``permission`` is everybody's."""

    id: int
    name: str
    private: bool = False
    blocked: bool = False
    deleted: bool = False
    readers: set[str] = field(default_factory=set)
    owner_id: str = ""
    stars: int = 5
    forks: int = 2
    watchers: int = 3
    open_issues: int = 4
    open_pulls: int = 1
    size_kb: int = 120
    languages: dict[str, int] = field(default_factory=lambda: {"Python": 900, "Shell": 100})
    topics: list[str] = field(default_factory=lambda: ["lake"])
    license: str | None = "Apache-2.0"
    archived: bool = False
    releases: list[Release] = field(default_factory=list)
    health: int = 71
    pushed_at: datetime = datetime(2026, 8, 1, 10, tzinfo=UTC)
    created_at: datetime = datetime(2020, 1, 2, 3, 4, 5, tzinfo=UTC)
    star_days: dict[date, int] = field(default_factory=dict)
    permission: str = "READ"

    @property
    def node_id(self) -> str:
        return f"R_{self.id}"

    @property
    def owner(self) -> str:
        return self.name.partition("/")[0]

    @property
    def language(self) -> str | None:
        return max(self.languages, key=lambda name: self.languages[name], default=None)


def instant(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"


def owner_id(repo: Repo) -> str:
    return repo.owner_id or f"O_{repo.owner.lower()}"


def as_rest(repo: Repo) -> Json:
    """A repository as REST shows it."""
    both = repo.open_issues + repo.open_pulls
    return {
        **shapes.addresses(repo.name),
        **shapes.switches(),
        "id": repo.id,
        "node_id": repo.node_id,
        "name": repo.name.partition("/")[2],
        "full_name": repo.name,
        "owner": {**shapes.user(repo.owner, "Organization"), "node_id": owner_id(repo)},
        "private": repo.private,
        "visibility": "private" if repo.private else "public",
        "description": None,
        "fork": False,
        "archived": repo.archived,
        "disabled": False,
        "stargazers_count": repo.stars,
        "watchers_count": repo.stars,
        "watchers": repo.stars,
        "subscribers_count": repo.watchers,
        "network_count": repo.forks,
        "forks_count": repo.forks,
        "forks": repo.forks,
        "open_issues_count": both,
        "open_issues": both,
        "size": repo.size_kb,
        "default_branch": "main",
        "language": repo.language,
        "license": shapes.license_of(repo.license),
        "topics": repo.topics,
        "created_at": instant(repo.created_at),
        "pushed_at": instant(repo.pushed_at),
        "updated_at": instant(repo.pushed_at),
        "permissions": {"admin": False, "maintain": False, "push": False, "triage": False, "pull": True},
    }


def pulls_as_rest(repo: Repo) -> list[Json]:
    return [shapes.pull(as_rest(repo), number) for number in range(repo.open_pulls)]


def community_profile(repo: Repo) -> Json:
    files = ("code_of_conduct", "code_of_conduct_file", "license", "contributing", "readme", "issue_template")
    return {
        "health_percentage": repo.health,
        "description": None,
        "documentation": None,
        "files": dict.fromkeys((*files, "pull_request_template")),
        "updated_at": None,
    }


def releases_as_rest(repo: Repo) -> list[Json]:
    return [
        {
            **shapes.release(repo.name, number, release.tag),
            "tag_name": release.tag,
            "draft": release.draft,
            "prerelease": release.prerelease,
            "published_at": None if release.draft else instant(repo.created_at + timedelta(days=number)),
            "assets": [
                {**shapes.asset(repo.name, one), "download_count": count} for one, count in enumerate(release.downloads)
            ],
        }
        for number, release in enumerate(repo.releases)
    ]


def as_node(repo: Repo) -> Json:
    """A repository as GraphQL shows it, with every field that our queries know."""
    shown = as_rest(repo)
    return {
        "id": repo.node_id,
        "databaseId": repo.id,
        "nameWithOwner": repo.name,
        "visibility": shown["visibility"].upper(),
        "viewerPermission": repo.permission,
        "owner": {"id": owner_id(repo), "login": repo.owner},
        "stargazerCount": repo.stars,
        "forkCount": repo.forks,
        "diskUsage": repo.size_kb,
        "isArchived": repo.archived,
        "isDisabled": False,
        "isFork": False,
        "createdAt": shown["created_at"],
        "pushedAt": shown["pushed_at"],
        "updatedAt": shown["updated_at"],
        "defaultBranchRef": {"name": "main"},
        "primaryLanguage": repo.language and {"name": repo.language},
        "licenseInfo": repo.license and {"spdxId": repo.license},
        "watchers": {"totalCount": repo.watchers},
        "issues": {"totalCount": repo.open_issues},
        "pullRequests": {"totalCount": repo.open_pulls},
        "releases": {"totalCount": len(repo.releases), "nodes": [_release(one, repo) for one in repo.releases[:10]]},
        "languages": {"edges": [{"size": size, "node": {"name": name}} for name, size in repo.languages.items()]},
        "repositoryTopics": {"nodes": [{"topic": {"name": name}} for name in repo.topics]},
    }


def _release(release: Release, repo: Repo) -> Json:
    return {
        "tagName": release.tag,
        "publishedAt": None if release.draft else instant(repo.created_at),
        "isPrerelease": release.prerelease,
        "isDraft": release.draft,
        "releaseAssets": {
            "totalCount": len(release.downloads),
            "nodes": [{"downloadCount": count} for count in release.downloads],
        },
    }


def star_weeks(repo: Repo, today: date) -> list[Json]:
    """The weeks of ``stargazers/history``, newest first, from Sunday to Saturday, empty ones included."""

    def sunday(day: date) -> date:
        return day - timedelta(days=day.isoweekday() % 7)

    weeks: list[Json] = []
    start, first = sunday(today), sunday(repo.created_at.date())
    while start >= first:
        days = [repo.star_days.get(start + timedelta(days=number), 0) for number in range(7)]
        midnight = datetime(start.year, start.month, start.day, tzinfo=UTC)
        weeks.append({"week": int(midnight.timestamp()), "total": sum(days), "days": days})
        start -= timedelta(days=7)
    return weeks
