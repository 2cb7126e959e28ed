"""What Azure DevOps tells of a token's person in one organisation: repositories by project, and pull requests."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final, TypeVar
from urllib.parse import quote, urlsplit, urlunsplit

from forgelake.model.errors import SkipError
from forgelake.model.forge_repos import ContributionKind, ForgePerson, FoundContribution, ListedRepo
from forgelake.model.forge_tokens import TokenRefusedError
from forgelake.sources.azure_devops.inspecting import ANONYMOUS
from forgelake.transport.exchange import Ask, Exchange
from forgelake.transport.urls import shown

PAGE: Final = 100
_VERSION: Final = "api-version=7.1"
_OK, _FORBIDDEN, _NOT_FOUND = 200, 403, 404
_T = TypeVar("_T")


class AzureReader:
    """See ``ForgeReader``."""

    def __init__(self, ask: Ask, base: str) -> None:
        self._ask = ask
        self._base = base

    def person(self) -> ForgePerson:
        """Whose the token is; the name under which they sign in is an address that belongs to them."""
        user = self._get("_apis/connectionData")[0].get("authenticatedUser", {})
        if user.get("id", ANONYMOUS) == ANONYMOUS:
            raise _refused(self._base)
        account = str(((user.get("properties") or {}).get("Account") or {}).get("$value") or "")
        return ForgePerson(user["id"], user.get("providerDisplayName"), (account,) if "@" in account else ())

    def repos(self, person: ForgePerson) -> Iterator[ListedRepo]:
        """Every repository of every project; they belong to projects, never to a person."""
        del person
        return self._of_projects(self._repos)

    def contributions(self, person: ForgePerson) -> Iterator[FoundContribution]:
        """Pull requests of theirs, and others' that they have voted on.

        Azure DevOps does not tell when somebody voted: the end of the request stands for it, else its beginning.
        """
        return self._of_projects(lambda project: self._done(project, person.id))

    def heads(self, names: Sequence[tuple[str, str]]) -> Mapping[str, str | None] | None:
        """Azure DevOps has no short way."""
        del names
        return None

    def _of_projects(self, ask: Callable[[dict[str, Any]], Iterator[_T]]) -> Iterator[_T]:
        """What all projects tell. One that may not be asked is left out, as one is that was deleted a moment ago and is
        still listed; where none may be asked, it is the token.
        """
        told, refused = False, None
        for project in self._projects():
            try:
                yield from list(ask(project))
                told = True
            except SkipError as error:
                refused = error
        if refused is not None and not told:
            raise refused

    def _repos(self, project: Mapping[str, Any]) -> Iterator[ListedRepo]:
        listed, _ = self._get(f"{quote(project['id'])}/_apis/git/repositories?{_VERSION}")
        return (_repo(item, project) for item in listed["value"] if not item.get("isDisabled"))

    def _done(self, project: Mapping[str, Any], person: str) -> Iterator[FoundContribution]:
        for item in self._requests(project, f"creatorId={quote(person)}"):
            yield _contribution(item, ContributionKind.OPENED, item["creationDate"])
            if item["status"] == "completed":
                yield _contribution(item, ContributionKind.MERGED, item["closedDate"])
        for item in self._requests(project, f"reviewerId={quote(person)}"):
            voted = any(one["id"] == person and one.get("vote") for one in item.get("reviewers", ()))
            if voted and item["createdBy"]["id"] != person:
                at = item.get("closedDate") or item["creationDate"]
                yield _contribution(item, ContributionKind.REVIEWED, at)

    def _projects(self) -> Iterator[dict[str, Any]]:
        more = ""
        while True:
            page, said = self._get(f"_apis/projects?$top={PAGE}&{_VERSION}{more}")
            yield from page["value"]
            token = said.headers.get("x-ms-continuationtoken")
            if not token:
                return
            more = f"&continuationToken={quote(token)}"

    def _requests(self, project: Mapping[str, Any], criterion: str) -> Iterator[dict[str, Any]]:
        start = f"{quote(project['id'])}/_apis/git/pullrequests?searchCriteria.{criterion}&searchCriteria.status=all"
        skip = 0
        while True:
            page, _ = self._get(f"{start}&$top={PAGE}&$skip={skip}&{_VERSION}")
            yield from page["value"]
            if len(page["value"]) < PAGE:
                return
            skip += PAGE

    def _get(self, path: str) -> tuple[dict[str, Any], Exchange]:
        exchange = self._ask(f"{self._base}/{path}")
        if exchange.status in (_FORBIDDEN, _NOT_FOUND):
            message = f"{shown(exchange.url)} answers {exchange.status}; the token needs the scope Code (Read)"
            raise SkipError(message)
        # A token that is not taken brings a page to sign in, as 203, behind a redirect, or as 401.
        if exchange.status != _OK or "json" not in exchange.headers.get("content-type", ""):
            raise _refused(self._base)
        told: dict[str, Any] = json.loads(exchange.body)
        return told, exchange


def _refused(base: str) -> TokenRefusedError:
    return TokenRefusedError(f"Azure DevOps does not take the token at {base}: it is wrong, expired or revoked")


def _repo(item: Mapping[str, Any], project: Mapping[str, Any]) -> ListedRepo:
    parts = urlsplit(item["remoteUrl"])
    # It names the organisation as a user, which git would show to the server in place of ours.
    url = urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
    return ListedRepo(
        id=item["id"],
        name=f"{project['name']}/{item['name']}",
        owner=project["name"],
        url=url,
        is_public=project.get("visibility") == "public",
        is_fork=bool(item.get("isFork")),
    )


def _contribution(item: Mapping[str, Any], kind: ContributionKind, at: str) -> FoundContribution:
    repo = item["repository"]
    when = datetime.fromisoformat(at).astimezone(UTC)
    # A request's number is one of the organisation's, whatever project it is in.
    return FoundContribution(str(item["pullRequestId"]), kind, when, repo["id"])
