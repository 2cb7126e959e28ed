"""What GitLab and Azure DevOps tell of a person, with their pages, limits and oddities."""

from datetime import UTC, datetime

import pytest

from forgelake.model.errors import RetryError, SkipError
from forgelake.model.forge_repos import ContributionKind, ForgePerson
from forgelake.model.forge_tokens import TokenRefusedError
from forgelake.sources.azure_devops.inspecting import headers as azure_headers
from forgelake.sources.azure_devops.reader import AzureReader
from forgelake.sources.gitlab.inspecting import headers as gitlab_headers
from forgelake.sources.gitlab.reader import GitlabReader
from forgelake.transport.client import HttpOptions
from forgelake.transport.paced import PacedClient
from tests.servers import azure_devops, gitlab
from tests.servers.azure_devops import ANNA

QUICK = HttpOptions(attempts=3, backoff_seconds=0.001, backoff_max_seconds=0.002)


def test_gitlab_lists_projects_by_keyset_and_what_a_person_did() -> None:
    with gitlab.GitLab() as server:
        server.tokens["glpat"] = gitlab.Token("anna", ["read_api"])
        server.projects = [
            gitlab.project(1, "anna/own", "https://g/anna/own.git", "public", owner=4),
            gitlab.project(2, "team/a/app", "https://g/team/a/app.git"),
            gitlab.project(3, "team/lib", "https://g/team/lib.git", "internal"),
        ]
        server.emails = [
            {"email": "two@example.org", "confirmed_at": "2021-01-01T00:00:00Z"},
            {"email": "not@example.org", "confirmed_at": None},
        ]
        mine: dict[str, object] = {
            "id": 7,
            "project_id": 2,
            "created_at": "2025-01-01T00:00:00.000Z",
            "merged_at": "2025-01-03T00:00:00Z",
        }
        theirs: dict[str, object] = {
            "id": 8,
            "project_id": 2,
            "created_at": "2025-02-01T00:00:00Z",
            "author": {"id": 5},
        }
        server.requests_made, server.reviews = [mine], [theirs, {**mine, "author": {"id": 4}}]
        server.refusals = 1
        with PacedClient(QUICK, gitlab_headers("glpat"), lambda _: None) as client:
            reader = GitlabReader(client.get, server.api_url)
            person = reader.person()
            repos = list(reader.repos(person))
            done = list(reader.contributions(person))
        assert person == ForgePerson("4", "anna", ("anna@example.org", "two@example.org"))
        assert [(one.name, one.owner, one.is_public, one.is_own, one.stars) for one in repos] == [
            ("anna/own", "anna", True, True, 3),
            ("team/a/app", "team/a", False, False, 3),
            ("team/lib", "team", False, False, 3),
        ]
        assert [(one.request, one.kind) for one in done] == [
            ("7", ContributionKind.OPENED), ("7", ContributionKind.MERGED), ("8", ContributionKind.REVIEWED),
        ]  # fmt: skip
        assert done[1].at == datetime(2025, 1, 3, tzinfo=UTC)


def test_gitlab_says_what_a_token_lacks_and_when_it_wants_to_be_asked_again() -> None:
    with gitlab.GitLab() as server:
        server.tokens["narrow"] = gitlab.Token("anna", ["read_repository"])
        with PacedClient(QUICK, gitlab_headers("narrow"), lambda _: None) as client:
            with pytest.raises(SkipError, match="read_api"):
                GitlabReader(client.get, server.api_url).person()
            server.limited = True
            with pytest.raises(RetryError, match="asked again in"):
                GitlabReader(client.get, server.api_url).person()
        server.limited = False
        with PacedClient(QUICK, gitlab_headers("unknown"), lambda _: None) as client, pytest.raises(TokenRefusedError):
            GitlabReader(client.get, server.api_url).person()


def test_azure_devops_lists_projects_page_by_page_and_only_votes_are_reviews() -> None:
    with azure_devops.AzureDevOps() as server:
        server.tokens["pat"] = azure_devops.Token("contoso", "Anna Example", {"code"})
        server.projects = [{"id": "p1", "name": "One", "visibility": "private"}, {"id": "p2", "name": "Two"}]
        remote = "https://contoso@dev.azure.com/contoso/One/_git/app"
        server.repos = {"p1": [{"id": "r1", "name": "app", "remoteUrl": remote}], "p2": []}

        def request(number: int, author: str, vote: int, status: str = "completed") -> dict[str, object]:
            return {
                "pullRequestId": number, "status": status, "createdBy": {"id": author}, "repository": {"id": "r1"},
                "creationDate": "2016-11-01T16:30:31.6655471Z", "closedDate": "2016-11-02T00:00:00Z",
                "reviewers": [{"id": ANNA, "vote": vote}],
            }  # fmt: skip

        more = [request(number, ANNA, 0, "active") for number in range(100, 250)]
        server.pulls = {"p1": [request(1, ANNA, 0), request(2, "ben", 10), request(3, "ben", 0), *more]}
        with PacedClient(QUICK, azure_headers("pat"), lambda _: None) as client:
            reader = AzureReader(client.get, f"{server.url}/contoso")
            person = reader.person()
            (repo,) = reader.repos(person)
            done = list(reader.contributions(person))
        assert person == ForgePerson(ANNA, "Anna Example", ("anna@example.org",))
        assert (repo.name, repo.owner, repo.url) == ("One/app", "One", "https://dev.azure.com/contoso/One/_git/app")
        kinds = [one.kind for one in done]
        assert (kinds.count(ContributionKind.OPENED), kinds.count(ContributionKind.MERGED)) == (151, 1)
        assert [one.request for one in done if one.kind is ContributionKind.REVIEWED] == ["2"]


@pytest.mark.parametrize("sign_in", [203, 302, 401])
def test_azure_devops_shows_a_page_to_sign_in_where_it_refuses(sign_in: int) -> None:
    with azure_devops.AzureDevOps() as server:
        server.sign_in = sign_in
        with PacedClient(QUICK, azure_headers("old"), lambda _: None) as client, pytest.raises(TokenRefusedError):
            list(AzureReader(client.get, f"{server.url}/contoso").repos(ForgePerson("x", None)))


def test_a_project_that_may_not_be_asked_is_left_out_unless_all_are() -> None:
    with azure_devops.AzureDevOps() as server:
        server.tokens["pat"] = azure_devops.Token("contoso", "Anna Example", {"code"})
        server.projects = [{"id": "gone", "name": "Gone"}, {"id": "p1", "name": "One"}]
        server.repos = {"p1": [{"id": "r1", "name": "app", "remoteUrl": "https://dev.azure.com/contoso/One/_git/app"}]}
        person = ForgePerson(ANNA, None)
        with PacedClient(QUICK, azure_headers("pat"), lambda _: None) as client:
            reader = AzureReader(client.get, f"{server.url}/contoso")
            assert [one.name for one in reader.repos(person)] == ["One/app"]
            assert list(reader.contributions(person)) == []
            server.repos = {}
            for told in (reader.repos(person), reader.contributions(person)):
                with pytest.raises(SkipError, match=r"Code \(Read\)"):
                    list(told)
