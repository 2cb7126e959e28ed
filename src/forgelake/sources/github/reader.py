"""What GitHub tells of a token's person: their repositories, addresses, pull requests and reviews.

Pull requests are asked by GraphQL from the person's own account, not by a search, which shows 1,000 results at most.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from forgelake.model.errors import RetryError, SkipError
from forgelake.model.forge_repos import ContributionKind, ForgePerson, FoundContribution, ListedRepo
from forgelake.model.forge_tokens import TokenRefusedError
from forgelake.sources.github.answer import OK, Answer, LimitedError
from forgelake.sources.github.client import GithubClient, RefusedTokenError
from forgelake.sources.github.graphql import HEAD, Data, found, resolving
from forgelake.sources.github.said import Said

NAMES: Final = 100
"""Repositories whose heads one query asks for; it costs one point."""

_REPO: Final = "repository { databaseId nameWithOwner url isPrivate }"
_PAGE: Final = "pageInfo { hasNextPage endCursor }"

PULLS: Final = f"""query ($after: String) {{ viewer {{
  pullRequests(first: 100, after: $after) {{ {_PAGE} nodes {{ id createdAt mergedAt {_REPO} }} }}
}} }}"""

REVIEWS: Final = f"""query ($from: DateTime!, $to: DateTime!, $after: String) {{ viewer {{
  contributionsCollection(from: $from, to: $to) {{
    pullRequestReviewContributions(first: 100, after: $after) {{
      {_PAGE} nodes {{ occurredAt pullRequest {{ id author {{ login }} {_REPO} }} }}
    }}
  }}
}} }}"""


class GithubReader:
    """See ``ForgeReader``."""

    def __init__(self, client: GithubClient, now: Callable[[], datetime]) -> None:
        self._client = client
        self._now = now

    def person(self) -> ForgePerson:
        """Whose the token is; addresses where it may read them."""
        user = self._object("/user")
        emails = self._get(self._client.api.url("/user/emails?per_page=100"))
        listed = json.loads(emails.body) if emails.status == OK else []
        return ForgePerson(
            str(user["id"]), str(user["login"]), tuple(str(one["email"]) for one in listed if one.get("verified"))
        )

    def repos(self, person: ForgePerson) -> Iterator[ListedRepo]:
        """Every repository that the token may read as owner, collaborator or member."""
        url: str | None = self._client.api.url("/user/repos?per_page=100&sort=full_name")
        while url is not None:
            page = self._get(url)
            for item in _list(page):
                yield _repo(item, person)
            url = page.next_url

    def contributions(self, person: ForgePerson) -> Iterator[FoundContribution]:
        """Pull requests of theirs, and others' that they have reviewed, each at the first review."""
        for node in self._nodes(PULLS, {}, ("pullRequests",)):
            yield _contribution(node, ContributionKind.OPENED, node["createdAt"])
            if node["mergedAt"]:
                yield _contribution(node, ContributionKind.MERGED, node["mergedAt"])
        reviewed: dict[str, FoundContribution] = {}
        for start, end in self._years():
            path = ("contributionsCollection", "pullRequestReviewContributions")
            for node in self._nodes(REVIEWS, {"from": start.isoformat(), "to": end.isoformat()}, path):
                request = node["pullRequest"]
                one = _contribution(request, ContributionKind.REVIEWED, node["occurredAt"])
                known = reviewed.get(one.request)
                if (request.get("author") or {}).get("login") != person.login and (known is None or one.at < known.at):
                    reviewed[one.request] = one
        yield from reviewed.values()

    def heads(self, names: Sequence[tuple[str, str]]) -> dict[str, str | None]:
        """Heads by id, a hundred in one query; where that takes GitHub too long, fewer."""
        if len(names) > NAMES:
            return self.heads(names[:NAMES]) | self.heads(names[NAMES:])
        query, variables = resolving([name for _, name in names], HEAD)
        try:
            told = self._graphql(query, variables).data
        except RetryError as error:
            if len(names) == 1 or isinstance(error, LimitedError):
                raise
            half = len(names) // 2
            return self.heads(names[:half]) | self.heads(names[half:])
        found_ids: dict[str, str | None] = {}
        for number, (repo_id, _) in enumerate(names):
            node = told.get(f"r{number}")
            if node and str(node["databaseId"]) == repo_id:
                found_ids[repo_id] = node["defaultBranchRef"] and node["defaultBranchRef"]["target"]["oid"]
        return found_ids

    def _years(self) -> Iterator[tuple[datetime, datetime]]:
        """The years of the account, one by one: GitHub tells contributions of one year at a time."""
        now = self._now().astimezone(UTC)
        start = _instant(self._object("/user")["created_at"])
        while start < now:
            end = start.replace(year=start.year + 1, day=min(start.day, 28))
            yield start, min(end, now)
            start = end

    def _nodes(self, query: str, variables: Mapping[str, object], path: Sequence[str]) -> Iterator[Mapping[str, Any]]:
        after: str | None = None
        while True:
            listed: Any = self._graphql(query, {**variables, "after": after}).data["viewer"]
            for name in path:
                listed = listed[name]
            # Of what the token may not see there are empty nodes.
            yield from (node for node in listed["nodes"] if node)
            if not listed["pageInfo"]["hasNextPage"]:
                return
            after = listed["pageInfo"]["endCursor"]

    def _graphql(self, query: str, variables: Mapping[str, object]) -> Data:
        answer = _told(lambda: self._client.graphql(query, variables))
        return found(Said(answer.url, answer.status, self._now(), answer.body))

    def _get(self, url: str) -> Answer:
        return _told(lambda: self._client.get(url))

    def _object(self, path: str) -> dict[str, Any]:
        answer = self._get(self._client.api.url(path))
        if answer.status != OK:
            message = f"GitHub does not tell {path} ({answer.status}): {answer.message}"
            raise SkipError(message)
        told: dict[str, Any] = json.loads(answer.body)
        return told


def _told(ask: Callable[[], Answer]) -> Answer:
    try:
        return ask()
    except RefusedTokenError:
        message = "GitHub refuses the token (401): it is wrong, expired or revoked"
        raise TokenRefusedError(message) from None


def _list(page: Answer) -> list[dict[str, Any]]:
    if page.status != OK:
        message = f"GitHub does not list the repositories ({page.status}): {page.message}"
        raise SkipError(message)
    items: list[dict[str, Any]] = json.loads(page.body)
    return items


def _repo(item: Mapping[str, Any], person: ForgePerson) -> ListedRepo:
    return ListedRepo(
        id=str(item["id"]),
        name=item["full_name"],
        owner=item["owner"]["login"],
        url=item["clone_url"],
        is_public=item.get("visibility", "private" if item["private"] else "public") == "public",
        is_own=str(item["owner"]["id"]) == person.id,
        is_fork=bool(item.get("fork")),
        is_archived=bool(item.get("archived")),
        stars=item.get("stargazers_count"),
    )


def _contribution(request: Mapping[str, Any], kind: ContributionKind, at: str) -> FoundContribution:
    repo = request["repository"]
    return FoundContribution(
        request["id"], kind, _instant(at), str(repo["databaseId"]), f"{repo['url']}.git", not repo["isPrivate"]
    )


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
