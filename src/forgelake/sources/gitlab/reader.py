"""What GitLab tells of a token's person: their projects, confirmed addresses and merge requests."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from forgelake.model.errors import RetryError, SkipError
from forgelake.model.forge_repos import ContributionKind, ForgePerson, FoundContribution, ListedRepo
from forgelake.model.forge_tokens import TokenRefusedError
from forgelake.transport.exchange import Ask, Exchange
from forgelake.transport.urls import next_page, shown

_OK, _UNAUTHORIZED = 200, 401
_NEEDS_API: Final = "the token needs the scope read_api for this"


class GitlabReader:
    """See ``ForgeReader``."""

    def __init__(self, ask: Ask, base: str) -> None:
        self._ask = ask
        self._base = base

    def person(self) -> ForgePerson:
        """Whose the token is, with the addresses that GitLab has confirmed."""
        user: dict[str, Any] = _json(self._get("/user"))
        listed = [{"email": user.get("email"), "confirmed_at": user.get("confirmed_at")}]
        more = self._get("/user/emails")
        listed += _json(more) if more.status == _OK else []
        emails = dict.fromkeys(str(one["email"]) for one in listed if one.get("email") and one.get("confirmed_at"))
        return ForgePerson(str(user["id"]), str(user["username"]), tuple(emails))

    def repos(self, person: ForgePerson) -> Iterator[ListedRepo]:
        """Every project that the person is a member of, by keyset: pages by number end at 50,000."""
        asked = "/projects?membership=true&pagination=keyset&order_by=id&sort=asc&per_page=100"
        return (_repo(item, person) for item in self._all(asked))

    def contributions(self, person: ForgePerson) -> Iterator[FoundContribution]:
        """Merge requests of theirs, and others' that they are named a reviewer of.

        GitLab does not tell when somebody reviewed: the end of the request stands for it, else its beginning.
        """
        for item in self._all("/merge_requests?scope=created_by_me&state=all&per_page=100"):
            yield _contribution(item, ContributionKind.OPENED, item["created_at"])
            if item.get("merged_at"):
                yield _contribution(item, ContributionKind.MERGED, item["merged_at"])
        for item in self._all(f"/merge_requests?scope=all&state=all&reviewer_id={person.id}&per_page=100"):
            if str((item.get("author") or {}).get("id")) != person.id:
                at = item.get("merged_at") or item.get("closed_at") or item["created_at"]
                yield _contribution(item, ContributionKind.REVIEWED, at)

    def heads(self, names: Sequence[tuple[str, str]]) -> Mapping[str, str | None] | None:
        """GitLab has no short way."""
        del names
        return None

    def _all(self, path: str) -> Iterator[dict[str, Any]]:
        url: str | None = f"{self._base}{path}"
        while url is not None:
            page = _said(self._ask(url))
            yield from _json(page)
            url = next_page(self._base, page.headers.get("link", ""), url)

    def _get(self, path: str) -> Exchange:
        return _said(self._ask(f"{self._base}{path}"))


def _said(exchange: Exchange) -> Exchange:
    if exchange.status == _UNAUTHORIZED:
        message = "GitLab refuses the token (401): it is wrong, expired or revoked"
        raise TokenRefusedError(message)
    return exchange


def _json(exchange: Exchange) -> Any:
    if exchange.status != _OK:
        message = f"{shown(exchange.url)} answers {exchange.status}; {_NEEDS_API}"
        raise SkipError(message)
    try:
        return json.loads(exchange.body)
    except ValueError as error:
        message = f"{shown(exchange.url)} answers with something else than JSON"
        raise RetryError(message) from error


def _repo(item: Mapping[str, Any], person: ForgePerson) -> ListedRepo:
    name = item["path_with_namespace"]
    space = item.get("namespace") or {}
    return ListedRepo(
        id=str(item["id"]),
        name=name,
        owner=name.rpartition("/")[0],
        url=item["http_url_to_repo"],
        is_public=item["visibility"] == "public",
        is_own=space.get("kind") == "user" and str((item.get("owner") or {}).get("id")) == person.id,
        is_fork="forked_from_project" in item,
        is_archived=bool(item.get("archived")),
        stars=item.get("star_count"),
    )


def _contribution(item: Mapping[str, Any], kind: ContributionKind, at: str) -> FoundContribution:
    when = datetime.fromisoformat(at).astimezone(UTC)
    return FoundContribution(str(item["id"]), kind, when, str(item["project_id"]))
