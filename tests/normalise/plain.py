"""What the columns of `events` mean, read from the raw JSON in the plainest way.

Written from the meanings of the columns alone, so that the product's own reading can be compared with it.
"""

import gzip
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

Raw = dict[str, Any]

_DECODER = json.JSONDecoder()
_ADDRESS = re.compile(r"https?://[^/]+/[^/]+/[^/]+/(issues|pull)/(\d+)")
_NUMBERED_BY_ADDRESS = ("IssueCommentEvent", "PullRequestReviewCommentEvent")


def raw_events(path: Path) -> Iterator[Raw]:
    """The objects of an hour, on lines or back to back."""
    text = gzip.decompress(path.read_bytes()).decode()
    position = 0
    while position < len(text):
        if text[position].isspace():
            position += 1
            continue
        value, position = _DECODER.raw_decode(text, position)
        yield value


def instant(text: str | None) -> datetime | None:
    """A time in any of the forms that the archives used."""
    if text is None:
        return None
    if text[4] == "/":
        return datetime.strptime(text, "%Y/%m/%d %H:%M:%S %z").astimezone(UTC)
    return datetime.fromisoformat(text).astimezone(UTC)


def era(raw: Raw) -> str:
    """The form of an event, by what it looks like and when it happened."""
    if "id" not in raw or "repository" in raw or isinstance(raw.get("actor"), str):
        return "timeline-2012"
    time = instant(raw["created_at"])
    assert time is not None
    if time.year < 2015:
        return "api-2011"
    return "api-2015" if time < datetime(2025, 10, 7, tzinfo=UTC) else "trimmed-2025"


def row(raw: Raw) -> Raw:
    """All columns of an event, ``sources`` and ``fingerprint`` aside."""
    payload = raw.get("payload") or {}
    columns: Raw = {
        "id": int(raw["id"]) if "id" in raw else None,
        "type": raw["type"],
        "action": payload.get("action"),
        "created_at": instant(raw["created_at"]),
        "era": era(raw),
    }
    return columns | _who_and_where(raw) | _git(raw["type"], payload) | _item(raw, payload) | _rest(raw, payload)


def _who_and_where(raw: Raw) -> Raw:
    actor, repository = raw.get("actor"), raw.get("repository")
    if not isinstance(actor, dict):
        actor = {"login": actor, "type": (raw.get("actor_attributes") or {}).get("type")}
    repo, org = raw.get("repo") or {}, raw.get("org") or {}
    if repository:
        repo = {"id": repository.get("id"), "name": _full_name(raw, repository)}
        org = {"login": repository.get("organization")}
    return {
        "actor_id": actor.get("id"),
        "actor_login": actor.get("login"),
        "actor_type": actor.get("type"),
        "repo_id": repo.get("id"),
        "repo_name": None if repo.get("name") == "/" else repo.get("name"),
        "org_id": org.get("id"),
        "org_login": org.get("login"),
    }


def _full_name(raw: Raw, repository: Raw) -> str | None:
    """Of some dozens of events an hour in 2013 the owner was published as an empty text."""
    owner, name = repository["owner"], repository["name"]
    if not owner and raw["type"] != "ForkEvent":
        owner = raw["url"].split("/")[3]
    owner = owner or repository.get("organization")
    return f"{owner}/{name}" if owner else None


def _git(type_: str, payload: Raw) -> Raw:
    push = payload if type_ == "PushEvent" else {}
    refs = payload if type_ in ("PushEvent", "CreateEvent", "DeleteEvent") else {}
    commits = push.get("commits", push.get("shas"))
    return {
        "ref": refs.get("ref", refs.get("object_name")),
        "ref_type": refs.get("ref_type", refs.get("object")),
        "push_id": push.get("push_id"),
        "push_size": push.get("size"),
        "push_distinct_size": push.get("distinct_size"),
        "push_head": push.get("head"),
        "push_before": push.get("before"),
        "commit_count": None if commits is None else len(commits),
    }


def _item(raw: Raw, payload: Raw) -> Raw:
    pull, issue = payload.get("pull_request") or {}, payload.get("issue") or {}
    item = pull or payload.get("discussion") or (issue if isinstance(issue, dict) else {"id": issue})
    author, labels = item.get("user") or {}, item.get("labels")
    columns = {name: item.get(name) for name in ("title", "state", "comments", "author_association")}
    return columns | _numbered(raw, payload, item) | _pull(payload, pull) | {
        "item_id": item.get("id", payload.get("issue_id")),
        "author_id": author.get("id"),
        "author_login": author.get("login"),
        "labels": None if labels is None else [label["name"] for label in labels],
        "opened_at": instant(item.get("created_at")),
        "closed_at": instant(item.get("closed_at")),
    }  # fmt: skip


def _numbered(raw: Raw, payload: Raw, item: Raw) -> Raw:
    number = payload.get("number", item.get("number"))
    address = _ADDRESS.match(raw.get("url") or "") if raw["type"] in _NUMBERED_BY_ADDRESS else None
    is_pull: bool | None = None
    if "pull_request" in payload:
        is_pull = True
    elif isinstance(payload.get("issue"), dict):
        links = payload["issue"].get("pull_request") or {}
        is_pull = any(links.values())
    elif "issue" in payload:
        is_pull = False
    elif address and address[1] == "pull":
        is_pull = True
    return {"number": int(address[2]) if number is None and address else number, "is_pull_request": is_pull}


def _pull(payload: Raw, pull: Raw) -> Raw:
    issue = _object(payload, "issue") if _object(payload, "issue").get("pull_request") else {}
    names = ("additions", "deletions", "changed_files", "review_comments")
    merger = pull.get("merged_by") or {}
    return {name: pull.get(name) for name in names} | {
        "is_draft": (pull or issue).get("draft"),
        "merged": True if payload.get("action") == "merged" else pull.get("merged"),
        "merged_at": instant(pull.get("merged_at")),
        "merged_by_id": merger.get("id"),
        "merged_by_login": merger.get("login"),
        "pull_commits": pull.get("commits"),
        "base_ref": (pull.get("base") or {}).get("ref"),
        "head_ref": (pull.get("head") or {}).get("ref"),
    }


def _object(payload: Raw, name: str) -> Raw:
    value = payload.get(name)
    return value if isinstance(value, dict) else {}


def _rest(raw: Raw, payload: Raw) -> Raw:
    comment, review, release = (_object(payload, name) for name in ("comment", "review", "release"))
    forkee, member, target = (_object(payload, name) for name in ("forkee", "member", "target"))
    texts = {name: value for name, value in payload.items() if isinstance(value, str)}
    numbers = {name: value for name, value in payload.items() if isinstance(value, int)}
    repository = raw.get("repository") or {}
    base = (_object(payload, "pull_request").get("base") or {}).get("repo") or {} if era(raw) == "api-2015" else {}
    stars = repository.get("stargazers", repository.get("watchers"))
    return {
        "review_id": review.get("id"),
        "review_state": review.get("state"),
        "comment_id": comment.get("id", payload.get("comment_id")),
        "actor_association": (comment or review).get("author_association"),
        "release_id": release.get("id"),
        "release_tag": release.get("tag_name"),
        "release_prerelease": release.get("prerelease"),
        "forkee_id": forkee.get("id", numbers.get("forkee")),
        "forkee_name": forkee.get("full_name"),
        "member_id": member.get("id"),
        "member_login": member.get("login", texts.get("member")),
        "target_id": target.get("id"),
        "target_login": target.get("login"),
        "repo_language": base.get("language", repository.get("language")),
        "repo_stars": base.get("stargazers_count", stars),
        "repo_forks": base.get("forks_count", repository.get("forks")),
    }
