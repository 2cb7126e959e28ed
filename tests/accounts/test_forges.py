"""What forges say of tokens, and where they are asked."""

import gzip
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from forgelake.accounts.forges import Forges
from forgelake.model.errors import ConfigurationError, RetryError, UsageError
from forgelake.model.forge_tokens import TokenFacts, TokenRefusedError
from forgelake.settings.loading import load
from forgelake.sources.github.inspecting import EMAILS, ORGS, PRIVATE, PULLS, TRAFFIC
from forgelake.sources.github.inspecting import inspect as inspect_github
from forgelake.sources.gitlab.inspecting import API, COMMITS
from forgelake.sources.gitlab.inspecting import inspect as inspect_gitlab
from forgelake.transport.client import HttpOptions
from forgelake.transport.exchange import Exchange
from tests.servers.azure_devops import AzureDevOps
from tests.servers.azure_devops import Token as AzureToken
from tests.servers.github_limits import Budget
from tests.servers.github_people import PeopleGitHub, Person
from tests.servers.gitlab import GitLab
from tests.servers.gitlab import Token as GitlabToken

QUICK = HttpOptions(attempts=1)


def forges(**variables: str) -> Forges:
    return Forges(load({f"FORGELAKE_{name}": value for name, value in variables.items()}, Path("/")), QUICK)


@pytest.fixture
def people() -> Iterator[PeopleGitHub]:
    with PeopleGitHub() as server:
        yield server


def at_github(people: PeopleGitHub, token: str) -> TokenFacts:
    return forges(GITHUB_API_URL=people.url).inspect("github", people.url, token)


def test_a_classic_token_tells_its_scopes_and_its_end(people: PeopleGitHub) -> None:
    people.expiry = "2026-12-01 10:00:00 UTC"
    token = people.give("ghp_a", Person("octocat", "read:org, repo, user"))
    end = datetime(2026, 12, 1, 10, tzinfo=UTC)
    assert at_github(people, token) == TokenFacts("classic", "octocat", ("read:org", "repo", "user"), end)
    assert [request.path for request in people.requests] == ["/user"]


def test_a_classic_token_without_scopes_lacks_everything_private(people: PeopleGitHub) -> None:
    facts = at_github(people, people.give("0" * 40, Person("octocat", "")))
    wanted = ((PRIVATE, "repo"), (PULLS, "repo"), (TRAFFIC, "repo"), (EMAILS, "user:email"), (ORGS, "read:org"))
    assert (facts.scopes, facts.missing) == ((), wanted)


def test_what_a_fine_grained_token_may_read_is_tried_on_a_private_repository(people: PeopleGitHub) -> None:
    token = people.give("github_pat_a", Person("octocat", None, {"contents=read", "pull_requests=read"}))
    repo = people.repo("octocat/secret")
    repo.private, repo.readers = True, {token}
    lacking = ((EMAILS, "Email addresses (read)"), (TRAFFIC, "Administration (read)"))
    assert at_github(people, token) == TokenFacts("fine-grained", "octocat", None, None, lacking)


def test_what_cannot_be_tried_is_unknown_and_not_missing(people: PeopleGitHub) -> None:
    token = people.give("github_pat_a", Person("octocat", None, {"email_addresses=read"}))
    facts = at_github(people, token)
    assert (facts.missing, facts.unknown) == ((), (PRIVATE, PULLS, TRAFFIC))


def test_github_refuses_or_is_limited(people: PeopleGitHub) -> None:
    with pytest.raises(TokenRefusedError, match="wrong, expired or revoked") as refused:
        at_github(people, "ghp_unknown")
    assert "ghp_unknown" not in str(refused.value)
    people.give("ghp_a", Person("octocat", "repo"))
    people.tokens["ghp_a"] = Budget(0)
    with pytest.raises(RetryError, match="limit"):
        at_github(people, "ghp_a")


def test_recorded_answers_of_github_are_understood(sample_data: Path) -> None:
    lines = gzip.decompress((sample_data / "http" / "github.jsonl.gz").read_bytes()).splitlines()
    recorded = [one for one in map(json.loads, lines) if one["url"] == "https://api.github.com/user"]
    answers = [one for one in recorded if one["method"] == "GET"]
    assert len(answers) > 20
    for one in answers:
        exchange = Exchange(
            one["url"], one["status"], {n.lower(): v for n, v in one["headers"].items()}, one["body"].encode()
        )
        if one["status"] != 200:
            with pytest.raises(TokenRefusedError):
                inspect_github(lambda _, said=exchange: said, "https://api.github.com", "x")
            continue
        facts = inspect_github(lambda _, said=exchange: said, "https://api.github.com", "x")
        assert facts.owner == json.loads(one["body"])["login"]
        assert ((PRIVATE, "repo") in facts.missing) == ("repo" not in (facts.scopes or ()))


@pytest.mark.parametrize(
    ("scopes", "owner", "missing"),
    [
        (["api"], "anna", ()),
        (["read_api", "read_repository"], "anna", ()),
        (["read_repository"], None, ((API, "read_api"),)),
        (["read_user"], "anna", ((COMMITS, "read_repository"), (API, "read_api"))),
    ],
)
def test_gitlab_tells_scopes_and_end(
    scopes: list[str], owner: str | None, missing: tuple[tuple[str, str], ...]
) -> None:
    with GitLab() as gitlab:
        gitlab.tokens["glpat-a"] = GitlabToken("anna", scopes, "2999-01-31")
        facts = forges(GITLAB_API_URL=gitlab.api_url).inspect("gitlab", gitlab.api_url, "glpat-a")
    end = datetime(2999, 1, 31, tzinfo=UTC)
    assert facts == TokenFacts("personal access token", owner, tuple(scopes), end, missing)


def test_gitlab_refuses_or_is_limited_or_too_old() -> None:
    with GitLab() as gitlab:
        asked = forges(GITLAB_API_URL=gitlab.api_url)
        gitlab.tokens["revoked"] = GitlabToken("anna", ["api"], revoked=True)
        gitlab.tokens["expired"] = GitlabToken("anna", ["api"], "2020-01-01")
        gitlab.tokens["good"] = GitlabToken("anna", ["api"])
        for token in ("unknown", "revoked", "expired"):
            with pytest.raises(TokenRefusedError, match=r"wrong, expired or revoked.*read_repository"):
                asked.inspect("gitlab", gitlab.api_url, token)
        gitlab.has_self = False
        with pytest.raises(TokenRefusedError, match=r"no GitLab 15\.5"):
            asked.inspect("gitlab", gitlab.api_url, "good")
        gitlab.limited = True
        with pytest.raises(RetryError):
            asked.inspect("gitlab", gitlab.api_url, "good")


def test_a_recorded_token_of_gitlab_is_understood(sample_data: Path) -> None:
    folder = sample_data / "gitlab" / "recorded-go-gitlab"
    bodies = {
        "b/personal_access_tokens/self": (folder / "list_personal_access_tokens_single.json").read_bytes(),
        "b/user": (folder / "get_user.json").read_bytes(),
    }
    facts = inspect_gitlab(lambda url: Exchange(url, 200, {}, bodies[url]), "b", "x")
    assert facts == TokenFacts("personal access token", "john_smith", ("api",))


@pytest.mark.parametrize("sign_in", [203, 302, 401])
def test_azure_devops_is_tried(sign_in: int) -> None:
    with AzureDevOps() as azure:
        azure.sign_in = sign_in
        azure.tokens["good"] = AzureToken("contoso", "Anna Example", {"code"})
        azure.tokens["other"] = AzureToken("contoso", "anna@example.org", set())
        asked, base = forges(AZURE_DEVOPS_URL=azure.url), f"{azure.url}/contoso"
        good = asked.inspect("azure_devops", base, "good")
        assert (good.owner, good.missing, good.unknown) == ("Anna Example", (), ("when it ends",))
        other = asked.inspect("azure_devops", base, "other")
        assert [scope for _, scope in other.missing] == ["Code (Read)"]
        assert "@" not in str(other.owner)
        for organisation, token in (("contoso", "unknown"), ("fabrikam", "good")):
            with pytest.raises(TokenRefusedError, match="Code"):
                asked.inspect("azure_devops", f"{azure.url}/{organisation}", token)


def test_a_public_organisation_that_answers_anybody_does_not_make_a_token_good() -> None:
    with AzureDevOps() as azure:
        azure.public.add("contoso")
        with pytest.raises(TokenRefusedError):
            forges(AZURE_DEVOPS_URL=azure.url).inspect("azure_devops", f"{azure.url}/contoso", "unknown")


@pytest.mark.parametrize(
    ("forge", "url", "base"),
    [
        ("github", None, "https://api.github.com"),
        ("github", "https://github.com/", "https://api.github.com"),
        ("github", "https://git.example", "https://git.example/api/v3"),
        ("github", "https://git.example/api/v3", "https://git.example/api/v3"),
        ("github", "https://acme.ghe.com", "https://api.acme.ghe.com"),
        ("gitlab", None, "https://gitlab.com/api/v4"),
        ("gitlab", "https://gitlab.com", "https://gitlab.com/api/v4"),
        ("gitlab", "https://git.example:8443/gitlab/", "https://git.example:8443/gitlab/api/v4"),
        ("azure_devops", "https://dev.azure.com/contoso", "https://dev.azure.com/contoso"),
        ("azure_devops", "https://contoso.visualstudio.com", "https://contoso.visualstudio.com"),
    ],
)
def test_addresses_are_taken_as_people_know_them(forge: str, url: str | None, base: str) -> None:
    assert forges().base(forge, url) == base


def test_the_settings_redirect_what_is_asked_of_the_public_forges() -> None:
    asked = forges(GITLAB_API_URL="http://127.0.0.1:1/api/v4", AZURE_DEVOPS_URL="http://127.0.0.1:2")
    assert asked.base("gitlab", "https://gitlab.com") == "http://127.0.0.1:1/api/v4"
    assert asked.base("azure_devops", "https://dev.azure.com/contoso") == "http://127.0.0.1:2/contoso"


@pytest.mark.parametrize(
    "url",
    ["git.example", "ftp://git.example", "https://", "https://me:hidden@git.example", "https://git.example/?t=hidden"],
)  # fmt: skip
def test_what_is_no_address_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(UsageError, match="is written like https") as raised:
        forges().base("gitlab", url)
    assert "hidden" not in str(raised.value)


def test_a_forge_in_a_private_network_is_asked_only_where_that_is_allowed() -> None:
    with GitLab() as gitlab:
        gitlab.tokens["glpat-a"] = GitlabToken("anna", ["api"])
        base = forges().base("gitlab", gitlab.url)
        with pytest.raises(ConfigurationError, match="no public address"):
            forges().inspect("gitlab", base, "glpat-a")
        assert gitlab.requests == []
        assert forges(FORGES_PRIVATE_NETWORKS="127.0.0.0/8").inspect("gitlab", base, "glpat-a").owner == "anna"


def test_azure_devops_needs_an_organisation_and_unknown_forges_are_told() -> None:
    with pytest.raises(UsageError, match="ORGANISATION"):
        forges().base("azure_devops", None)
    with pytest.raises(UsageError, match="the forges are github, gitlab, azure_devops"):
        forges().base("ghp_planted", None)
