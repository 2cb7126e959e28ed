"""GitHub, GitLab and Azure DevOps as one person with one token sees them: the same repositories and the same acts."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, ClassVar, Final, Generic, TypeVar

from tests.servers import azure_devops, gitlab
from tests.servers.github_account import AccountGitHub, pull
from tests.servers.github_http import Served
from tests.servers.github_people import Person

_Server = TypeVar("_Server", bound=Served)

TOKEN: Final = "ghp_planted-token"
SECRET, OTHER = "One Two/_git/secret", "other.git"
"""What git serves; the first, which is private, lies below a name with a blank, as projects of Azure DevOps have."""

Address = Callable[[str], str]
"""The address at which git serves a folder."""


class Place(ABC, Generic[_Server]):
    """A forge with a private repository of the person's and others'.

    Attributes:
        variable: of the setting that names the API.
        listed: all repositories, each with its visibility and whether it is the person's own; the private one first.
        renamed: what the private one is called later.
        own, made_up: the person's addresses: one that the forge has confirmed, and others that it makes up, if it does.
        identities: what is known of the person from the token alone.
        asked: requests of the API, and of git, for one repository that stands where it stood.
        url: what the token is added for; None where the settings say it.
    """

    forge: ClassVar[str]
    variable: ClassVar[str]
    listed: ClassVar[tuple[tuple[str, str, bool], ...]]
    renamed: ClassVar[str]
    own: ClassVar[str]
    made_up: ClassVar[tuple[str, str]]
    identities: ClassVar[frozenset[str]]
    asked: ClassVar[tuple[int, int]]
    server: _Server
    url: str | None = None

    @abstractmethod
    def __init__(self, served: Address, head: Callable[[], str | None]) -> None:
        """Where git serves folders, and where the private repository stands."""

    @property
    def api(self) -> str:
        """What the settings name."""
        return self.server.url

    @abstractmethod
    def act(self) -> None:
        """Two requests are opened in the private repository, one is merged, somebody else's reviewed; one elsewhere."""

    @abstractmethod
    def rename(self, url: str) -> None:
        """The private repository is called otherwise, and git finds it elsewhere."""

    @abstractmethod
    def vanish(self) -> None:
        """The private repository is no more."""

    @abstractmethod
    def revoke(self) -> None:
        """The token is good for nothing."""


class OnGitHub(Place[AccountGitHub]):
    forge, variable = "github", "FORGELAKE_GITHUB_API_URL"
    listed = (("octocat/secret", "private", True), ("acme/other", "public", False))
    renamed = "octocat/renamed"
    own = "octocat@example.org"
    made_up = ("583231+octocat@users.noreply.github.com", "583231+old@users.noreply.github.com")
    identities = frozenset({own, "github.com/583231"})
    asked = (1, 0)

    def __init__(self, served: Address, head: Callable[[], str | None]) -> None:
        self.server = AccountGitHub()
        self.server.page = 1
        self.server.give(TOKEN, Person("octocat", "repo, user:email"))
        self.server.hosts("octocat/secret", served(SECRET), head, private=True).readers = {TOKEN}
        self.server.hosts("acme/other", served(OTHER), lambda: None)

    def act(self) -> None:
        secret, other = self.server.repos
        self.server.told.pulls = [
            pull(1, secret, "2025-03-01T00:00:00Z", "2025-03-02T00:00:00Z"),
            pull(2, other, "2025-04-01T00:00:00Z"),
            pull(3, secret, "2025-05-01T00:00:00Z"),
        ]
        theirs = pull(4, secret, "2025-06-01T00:00:00Z", author="mona")
        seen = {"occurredAt": "2025-06-02T00:00:00Z", "pullRequest": theirs}
        self.server.told.reviews = [seen, {**seen, "occurredAt": "2025-06-03T00:00:00Z"}]

    def rename(self, url: str) -> None:
        self.server.rename("octocat/secret", self.renamed)
        self.server.git[self.server.repos[0].id].url = url

    def vanish(self) -> None:
        self.server.repos[0].deleted = True

    def revoke(self) -> None:
        self.server.tokens.pop(TOKEN)


class OnGitLab(Place[gitlab.GitLab]):
    forge, variable = "gitlab", "FORGELAKE_GITLAB_API_URL"
    listed = (
        ("anna/secret", "private", True), ("acme/team/other", "public", False), ("acme/inside", "private", False),
    )  # fmt: skip
    renamed = "anna/renamed"
    own = "anna@example.org"
    made_up = ("4-anna@users.noreply.gitlab.com", "4-old@users.noreply.gitlab.com")
    identities = frozenset({own, "two@example.org", "gitlab.com/4"})
    asked = (0, 1)

    def __init__(self, served: Address, head: Callable[[], str | None]) -> None:
        del head
        self.server = gitlab.GitLab()
        self.server.tokens[TOKEN] = gitlab.Token("anna", ["read_api", "read_repository"])
        self.server.emails = [
            {"email": "two@example.org", "confirmed_at": "2021-01-01T00:00:00Z"},
            {"email": "not@example.org", "confirmed_at": None},
        ]
        self.server.projects = [
            gitlab.project(1, "anna/secret", served(SECRET), owner=4),
            gitlab.project(2, "acme/team/other", served(OTHER), "public"),
            gitlab.project(3, "acme/inside", served("inside.git"), "internal"),
        ]

    @property
    def api(self) -> str:
        return self.server.api_url

    def act(self) -> None:
        def request(number: int, project: int, author: int = 4, merged: str | None = None) -> dict[str, object]:
            made = {"id": number, "project_id": project, "author": {"id": author}, "merged_at": merged}
            return {**made, "created_at": "2025-03-01T00:00:00.000Z"}

        merged = request(1, 1, merged="2025-03-02T00:00:00Z")
        self.server.requests_made = [merged, request(2, 2), request(3, 1)]
        self.server.reviews = [request(4, 1, author=5), merged]

    def rename(self, url: str) -> None:
        self.server.projects[0] |= {"path_with_namespace": self.renamed, "http_url_to_repo": url}

    def vanish(self) -> None:
        del self.server.projects[0]

    def revoke(self) -> None:
        self.server.tokens[TOKEN].revoked = True


class OnAzureDevOps(Place[azure_devops.AzureDevOps]):
    forge, variable = "azure_devops", "FORGELAKE_AZURE_DEVOPS_URL"
    listed = (("One Two/secret", "private", False), ("Open/other", "public", False))
    renamed = "One Two/renamed"
    own = "anna@example.org"
    made_up = (own, own)
    identities = frozenset({own, f"dev.azure.com/{azure_devops.ANNA}"})
    asked = (0, 1)

    def __init__(self, served: Address, head: Callable[[], str | None]) -> None:
        del head
        self.server = azure_devops.AzureDevOps()
        self.url = f"{self.server.url}/contoso"
        self.server.tokens[TOKEN] = azure_devops.Token("contoso", "Anna Example", {"code"})
        self.server.projects = [
            {"id": "p1", "name": "One Two", "visibility": "private"},
            {"id": "p2", "name": "Open", "visibility": "public"},
        ]
        self.server.repos = {"p1": [_repo("r1", served(SECRET))], "p2": [_repo("r2", served(OTHER))]}

    @property
    def api(self) -> str:
        return self.server.url

    def act(self) -> None:
        def request(number: int, repo: str, author: str = azure_devops.ANNA, vote: int = 0) -> dict[str, object]:
            return {
                "pullRequestId": number, "status": "active", "createdBy": {"id": author}, "repository": {"id": repo},
                "creationDate": "2025-03-01T16:30:31.6655471Z", "reviewers": [{"id": azure_devops.ANNA, "vote": vote}],
            }  # fmt: skip

        merged = {**request(1, "r1"), "status": "completed", "closedDate": "2025-03-02T00:00:00Z"}
        theirs = [request(4, "r1", "ben", 10), request(5, "r1", "ben")]
        self.server.pulls = {"p1": [merged, request(3, "r1"), *theirs], "p2": [request(2, "r2")]}

    def rename(self, url: str) -> None:
        self.server.repos["p1"] = [_repo("r1", url)]

    def vanish(self) -> None:
        """Its project is listed for a while, though nothing of it can be asked any more."""
        del self.server.repos["p1"]

    def revoke(self) -> None:
        del self.server.tokens[TOKEN]


def _repo(number: str, url: str) -> dict[str, Any]:
    """A repository with the address that Azure DevOps shows, which names the organisation as a user."""
    return {
        "id": number,
        "name": url.rpartition("/")[2].removesuffix(".git"),
        "remoteUrl": url.replace("//", "//contoso@"),
    }
