"""Columns from decoded events, one event type at a time.

Events of one type fill the same few groups of columns ("facets"); only those are built, the others are
NULL. Building per type instead of per row is where most of the time goes or is saved.
"""

from collections.abc import Callable, Iterable
from datetime import date, timedelta
from operator import attrgetter
from typing import Any, Final, TypeAlias

import numpy as np
import pyarrow as pa

from forgelake.lake.columns import ARROW, Kind
from forgelake.lake.events import EVENTS
from forgelake.normalise.wire import Account, Branch, Event, FullRepo, Item, Payload, Release, Remark, Repo

Arrays: TypeAlias = dict[str, pa.Array]
Facet: TypeAlias = Callable[[list[Event], list[Payload]], Arrays]

KINDS: Final = {column.name: column.kind for column in EVENTS.columns}

EARLIEST, LATEST = date(2007, 10, 1), date(2100, 1, 1)
"""GitHub began in October 2007; an event outside these bounds is damage, not history."""

_EARLIEST_US, _LATEST_US = ((day - date(1970, 1, 1)) // timedelta(microseconds=1) for day in (EARLIEST, LATEST))
_NO_ACCOUNT, _NO_REPO, _NO_FULL_REPO, _NO_ITEM = Account(), Repo(), FullRepo(), Item()
_NO_PAYLOAD, _NO_REMARK, _NO_RELEASE, _NO_BRANCH = Payload(), Remark(), Release(), Branch()


def common(events: list[Event]) -> Arrays:
    """The columns that every event has, ``type`` and ``sources`` aside."""
    actors: list[Any] = [event.actor or _NO_ACCOUNT for event in events]
    repos = [event.repo or _NO_REPO for event in events]
    orgs = [event.org or _NO_ACCOUNT for event in events]
    # Written out, because here a comprehension is twice as fast as mapping an attrgetter.
    arrays = {
        "era": pa.array([event.era for event in events], pa.string()),
        "created_at": created([event.created_at for event in events]),
        "id": ids([event.id for event in events]),
        "actor_id": pa.array([actor.id for actor in actors], pa.int64()),
        "actor_login": pa.array([actor.login for actor in actors], pa.string()),
        "repo_id": pa.array([repo.id for repo in repos], pa.int64()),
        "repo_name": pa.array([repo.name for repo in repos], pa.string()),
        "org_id": pa.array([org.id for org in orgs], pa.int64()),
        "org_login": pa.array([org.login for org in orgs], pa.string()),
    }
    if arrays["id"].null_count:
        arrays["fingerprint"] = pa.array([event.fingerprint for event in events], pa.int64())
    return arrays


def ids(values: list[str | int | None]) -> pa.Array:
    """Event ids, which are texts of digits on the wire; the careful path hands on numbers.

    Raises:
        pa.ArrowInvalid, pa.ArrowTypeError, OverflowError: one of them is no 64-bit number.
    """
    if type(values[0]) is str:
        return pa.array(values, pa.string()).cast(pa.int64())
    return pa.array(values, pa.int64())


def typed(type_: str, events: list[Event], *, modern: bool) -> Arrays:
    """The columns that events of one type fill; of an older form or an unknown type, all of them."""
    facets = _OF_TYPE.get(type_, _ALL) if modern else (*_ALL, _legacy)
    payloads = [event.payload or _NO_PAYLOAD for event in events]
    arrays: Arrays = {}
    for facet in facets:
        arrays |= facet(events, payloads)
    return arrays


def instants(texts: Iterable[str | None]) -> pa.Array:
    """ISO 8601 texts with offset as instants.

    Raises:
        pa.ArrowInvalid: one of them is not an instant.
    """
    return pa.array(texts, pa.string()).cast(ARROW[Kind.INSTANT])


def created(texts: Iterable[str | None]) -> pa.Array:
    """Times of events.

    Raises:
        pa.ArrowInvalid: one of them is not an instant.
        ValueError: one of them lies outside the time in which GitHub can have had events.
    """
    times = instants(texts)
    numbers = times.cast(pa.int64()).to_numpy()
    if numbers.min() < _EARLIEST_US or numbers.max() >= _LATEST_US:
        message = f"a time outside {EARLIEST} to {LATEST}"
        raise ValueError(message)
    return times


def _column(name: str, objects: Iterable[Any], attribute: str) -> pa.Array:
    return pa.array(list(map(attrgetter(attribute), objects)), ARROW[KINDS[name]])


def _columns(objects: list[Any], names: dict[str, str]) -> Arrays:
    return {name: _column(name, objects, attribute) for name, attribute in names.items()}


def _action(_events: list[Event], payloads: list[Payload]) -> Arrays:
    return _columns(payloads, {"action": "action"})


def _ref(_events: list[Event], payloads: list[Payload]) -> Arrays:
    return _columns(payloads, {"ref": "ref", "ref_type": "ref_type"})


def _push(_events: list[Event], payloads: list[Payload]) -> Arrays:
    names = {"ref": "ref", "push_id": "push_id", "push_size": "size", "push_distinct_size": "distinct_size"}
    arrays = _columns(payloads, names | {"push_head": "head", "push_before": "before"})
    arrays["commit_count"] = pa.array([None if p.commits is None else len(p.commits) for p in payloads], pa.int64())
    return arrays


def _as_item(value: Item | int | None) -> Item | None:
    return value if type(value) is Item else None


def _item(_events: list[Event], payloads: list[Payload]) -> Arrays:
    """The issue, pull request or discussion that the event is about."""
    items = [_as_item(p.pull_request) or _as_item(p.issue) or p.discussion or _NO_ITEM for p in payloads]
    names = {"item_id": "id", "title": "title", "state": "state", "comments": "comments"}
    arrays = _columns(items, names | {"author_association": "author_association", "is_draft": "draft"})
    arrays["number"] = pa.array(
        [i.number if p.number is None else p.number for p, i in zip(payloads, items, strict=True)], pa.int64()
    )
    arrays["is_pull_request"] = pa.array([_is_pull(p) for p in payloads], pa.bool_())
    authors = [item.user if type(item.user) is Account else _NO_ACCOUNT for item in items]
    arrays |= _columns(authors, {"author_id": "id", "author_login": "login"})
    labels = [None if i.labels is None else [x.name for x in i.labels if x.name is not None] for i in items]
    arrays["labels"] = pa.array(labels, ARROW[Kind.TEXTS])
    arrays["opened_at"] = instants([item.created_at for item in items])
    arrays["closed_at"] = instants([item.closed_at for item in items])
    return arrays


def _is_pull(payload: Payload) -> bool | None:
    if type(payload.pull_request) is Item:
        return True
    # Before 2015 a comment's payload has only the issue's id, which does not say what the issue is.
    issue = payload.issue
    if type(issue) is Item and (payload.action is not None or issue.number is not None):
        return issue.pull_request is not None
    return None


def _pull(_events: list[Event], payloads: list[Payload]) -> Arrays:
    """What is said of pull requests only."""
    pulls = [_as_item(p.pull_request) or _NO_ITEM for p in payloads]
    names = {"additions": "additions", "deletions": "deletions", "changed_files": "changed_files"}
    arrays = _columns(pulls, names | {"pull_commits": "commits", "review_comments": "review_comments"})
    # Since 2025-10-07 a merge is an action of its own and the payload says nothing else of it.
    merged = [True if p.action == "merged" else i.merged for p, i in zip(payloads, pulls, strict=True)]
    arrays["merged"] = pa.array(merged, pa.bool_())
    arrays["merged_at"] = instants([pull.merged_at for pull in pulls])
    arrays |= _columns([i.merged_by or _NO_ACCOUNT for i in pulls], {"merged_by_id": "id", "merged_by_login": "login"})
    bases = [pull.base or _NO_BRANCH for pull in pulls]
    arrays |= _columns(bases, {"base_ref": "ref"})
    arrays |= _columns([pull.head or _NO_BRANCH for pull in pulls], {"head_ref": "ref"})
    return arrays | _facts([base.repo for base in bases])


def _facts(repos: list[FullRepo | None]) -> Arrays:
    known = [repo or _NO_FULL_REPO for repo in repos]
    return _columns(known, {"repo_language": "language", "repo_stars": "stargazers_count", "repo_forks": "forks_count"})


def _comment(_events: list[Event], payloads: list[Payload]) -> Arrays:
    remarks = [p.comment if type(p.comment) is Remark else _NO_REMARK for p in payloads]
    arrays = _columns(remarks, {"actor_association": "author_association"})
    ids = [p.comment_id if remark.id is None else remark.id for p, remark in zip(payloads, remarks, strict=True)]
    arrays["comment_id"] = pa.array(ids, pa.int64())
    return arrays


def _review(_events: list[Event], payloads: list[Payload]) -> Arrays:
    names = {"review_id": "id", "review_state": "state", "actor_association": "author_association"}
    return _columns([p.review or _NO_REMARK for p in payloads], names)


def _release(_events: list[Event], payloads: list[Payload]) -> Arrays:
    names = {"release_id": "id", "release_tag": "tag_name", "release_prerelease": "prerelease"}
    return _columns([p.release or _NO_RELEASE for p in payloads], names)


def _fork(_events: list[Event], payloads: list[Payload]) -> Arrays:
    forkees = [p.forkee if type(p.forkee) is FullRepo else _NO_FULL_REPO for p in payloads]
    ids = [p.forkee if type(p.forkee) is int else f.id for p, f in zip(payloads, forkees, strict=True)]
    return {"forkee_id": pa.array(ids, pa.int64()), "forkee_name": _column("forkee_name", forkees, "full_name")}


def _member(_events: list[Event], payloads: list[Payload]) -> Arrays:
    members = [p.member for p in payloads]
    accounts = [m if type(m) is Account else Account(login=m) if type(m) is str else _NO_ACCOUNT for m in members]
    return _columns(accounts, {"member_id": "id", "member_login": "login"})


def _legacy(events: list[Event], payloads: list[Payload]) -> Arrays:
    """What only the forms before 2015 carry, and the repository's facts that every timeline event carries."""
    actors = [event.actor if type(event.actor) is Account else _NO_ACCOUNT for event in events]
    arrays = _columns(actors, {"actor_type": "type"})
    arrays |= _columns([p.target or _NO_ACCOUNT for p in payloads], {"target_id": "id", "target_login": "login"})
    return arrays | _facts([event.facts for event in events])


_ISSUE = (_action, _item)
_PULL = (_action, _item, _pull)
# Later facets overwrite what earlier ones share with them (`ref`, `actor_association`), hence the order.
_ALL: tuple[Facet, ...] = (_action, _ref, _item, _pull, _review, _comment, _release, _fork, _member, _push, _ref)
_OF_TYPE: dict[str, tuple[Facet, ...]] = {
    "PushEvent": (_push,),
    "CreateEvent": (_ref,),
    "DeleteEvent": (_ref,),
    "WatchEvent": (_action,),
    "PublicEvent": (),
    "GollumEvent": (),
    "ForkEvent": (_action, _fork),
    "MemberEvent": (_action, _member),
    "ReleaseEvent": (_action, _release),
    "IssuesEvent": _ISSUE,
    "IssueCommentEvent": (*_ISSUE, _comment),
    "CommitCommentEvent": (_action, _comment),
    "PullRequestEvent": _PULL,
    "PullRequestReviewCommentEvent": (*_PULL, _comment),
    "PullRequestReviewEvent": (*_PULL, _review),
}


def repeated(text: str, count: int) -> pa.Array:
    """The same text in every row; laid out by hand, because pa.repeat appends one by one."""
    data = text.encode()
    offsets = np.arange(count + 1, dtype=np.int32) * len(data)
    return pa.StringArray.from_buffers(count, pa.py_buffer(offsets), pa.py_buffer(data * count))
