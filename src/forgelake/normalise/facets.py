"""Columns from decoded events, one event type at a time.

Events of one type fill the same few groups of columns ("facets"); only those are built, the others are
NULL. Building per type instead of per row is where most of the time goes or is saved.
"""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa

from forgelake.lake.columns import ARROW, Kind
from forgelake.normalise.wire import Account, Base, Event, Facts, Forkee, Head, Item, Payload, Release, Remark, Repo

Arrays: TypeAlias = dict[str, pa.Array]
Facet: TypeAlias = Callable[[list[Event], list[Payload]], Arrays]

EARLIEST, LATEST = date(2007, 10, 1), date(2100, 1, 1)
"""GitHub began in October 2007; an event outside these bounds is damage, not history."""

_EARLIEST_US, _LATEST_US = ((day - date(1970, 1, 1)) // timedelta(microseconds=1) for day in (EARLIEST, LATEST))
_NO_ACCOUNT, _NO_REPO, _NO_FORKEE, _NO_FACTS, _NO_ITEM = Account(), Repo(), Forkee(), Facts(), Item()
_NO_PAYLOAD, _NO_REMARK, _NO_RELEASE, _NO_BASE, _NO_HEAD = Payload(), Remark(), Release(), Base(), Head()


def common(events: list[Event]) -> Arrays:
    """The columns that every event has, but for ``type``, ``era`` and ``sources``."""
    actors: list[Any] = [event.actor or _NO_ACCOUNT for event in events]
    repos = [event.repo or _NO_REPO for event in events]
    orgs = [event.org or _NO_ACCOUNT for event in events]
    arrays = {
        "created_at": created([event.created_at for event in events]),
        "id": ids([event.id for event in events]),
        "actor_id": _integers([actor.id for actor in actors]),
        "actor_login": _texts([actor.login for actor in actors]),
        "repo_id": _integers([repo.id for repo in repos]),
        "repo_name": _texts([repo.name for repo in repos]),
        "org_id": _integers([org.id for org in orgs]),
        "org_login": _texts([org.login for org in orgs]),
    }
    if arrays["id"].null_count:
        arrays["fingerprint"] = _integers([event.fingerprint for event in events])
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


def instants(texts: list[str | None]) -> pa.Array:
    """ISO 8601 texts with offset as instants.

    Raises:
        pa.ArrowInvalid: one of them is not an instant.
    """
    return _texts(texts).cast(ARROW[Kind.INSTANT])


def created(texts: list[str | None]) -> pa.Array:
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


def _texts(values: list[str | None]) -> pa.Array:
    return pa.array(values, ARROW[Kind.TEXT])


def _integers(values: list[int | None]) -> pa.Array:
    return pa.array(values, ARROW[Kind.INTEGER])


def _flags(values: list[bool | None]) -> pa.Array:
    return pa.array(values, ARROW[Kind.FLAG])


# Every column is a comprehension of its own: here that is twice as fast as mapping an attrgetter, and its types show.
def _action(_events: list[Event], payloads: list[Payload]) -> Arrays:
    return {"action": _texts([p.action for p in payloads])}


def _ref(_events: list[Event], payloads: list[Payload]) -> Arrays:
    return {"ref": _texts([p.ref for p in payloads]), "ref_type": _texts([p.ref_type for p in payloads])}


def _push(_events: list[Event], payloads: list[Payload]) -> Arrays:
    return {
        "ref": _texts([p.ref for p in payloads]),
        "push_id": _integers([p.push_id for p in payloads]),
        "push_size": _integers([p.size for p in payloads]),
        "push_distinct_size": _integers([p.distinct_size for p in payloads]),
        "push_head": _texts([p.head for p in payloads]),
        "push_before": _texts([p.before for p in payloads]),
        "commit_count": _integers([None if p.commits is None else len(p.commits) for p in payloads]),
    }


def _as_item(value: Item | int | None) -> Item | None:
    return value if type(value) is Item else None


def _item(_events: list[Event], payloads: list[Payload]) -> Arrays:
    """The issue, pull request or discussion that the event is about."""
    items = [_as_item(p.pull_request) or _as_item(p.issue) or p.discussion or _NO_ITEM for p in payloads]
    authors = [item.user if type(item.user) is Account else _NO_ACCOUNT for item in items]
    labels = [None if i.labels is None else [x.name for x in i.labels if x.name is not None] for i in items]
    return {
        "item_id": _integers([i.id for i in items]),
        "number": _integers([i.number if p.number is None else p.number for p, i in zip(payloads, items, strict=True)]),
        "is_pull_request": _flags([_is_pull(p) for p in payloads]),
        "title": _texts([i.title for i in items]),
        "state": _texts([i.state for i in items]),
        "is_draft": _flags([i.draft for i in items]),
        "author_id": _integers([a.id for a in authors]),
        "author_login": _texts([a.login for a in authors]),
        "author_association": _texts([i.author_association for i in items]),
        "comments": _integers([i.comments for i in items]),
        "labels": pa.array(labels, ARROW[Kind.TEXTS]),
        "opened_at": instants([i.created_at for i in items]),
        "closed_at": instants([i.closed_at for i in items]),
    }


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
    bases = [pull.base or _NO_BASE for pull in pulls]
    mergers = [pull.merged_by or _NO_ACCOUNT for pull in pulls]
    # Since 2025-10-07 a merge is an action of its own and the payload says nothing else of it.
    merged = [True if p.action == "merged" else pull.merged for p, pull in zip(payloads, pulls, strict=True)]
    return {
        "merged": _flags(merged),
        "merged_at": instants([pull.merged_at for pull in pulls]),
        "merged_by_id": _integers([m.id for m in mergers]),
        "merged_by_login": _texts([m.login for m in mergers]),
        "additions": _integers([pull.additions for pull in pulls]),
        "deletions": _integers([pull.deletions for pull in pulls]),
        "changed_files": _integers([pull.changed_files for pull in pulls]),
        "pull_commits": _integers([pull.commits for pull in pulls]),
        "review_comments": _integers([pull.review_comments for pull in pulls]),
        "base_ref": _texts([base.ref for base in bases]),
        "head_ref": _texts([(pull.head or _NO_HEAD).ref for pull in pulls]),
    } | _facts([base.repo for base in bases])


def _facts(repos: list[Facts | None]) -> Arrays:
    known = [repo or _NO_FACTS for repo in repos]
    return {
        "repo_language": _texts([facts.language for facts in known]),
        "repo_stars": _integers([facts.stargazers_count for facts in known]),
        "repo_forks": _integers([facts.forks_count for facts in known]),
    }


def _comment(_events: list[Event], payloads: list[Payload]) -> Arrays:
    remarks = [p.comment if type(p.comment) is Remark else _NO_REMARK for p in payloads]
    ids = [p.comment_id if remark.id is None else remark.id for p, remark in zip(payloads, remarks, strict=True)]
    return {"comment_id": _integers(ids), "actor_association": _texts([r.author_association for r in remarks])}


def _review(_events: list[Event], payloads: list[Payload]) -> Arrays:
    reviews = [p.review or _NO_REMARK for p in payloads]
    return {
        "review_id": _integers([r.id for r in reviews]),
        "review_state": _texts([r.state for r in reviews]),
        "actor_association": _texts([r.author_association for r in reviews]),
    }


def _release(_events: list[Event], payloads: list[Payload]) -> Arrays:
    releases = [p.release or _NO_RELEASE for p in payloads]
    return {
        "release_id": _integers([r.id for r in releases]),
        "release_tag": _texts([r.tag_name for r in releases]),
        "release_prerelease": _flags([r.prerelease for r in releases]),
    }


def _fork(_events: list[Event], payloads: list[Payload]) -> Arrays:
    forkees = [p.forkee if type(p.forkee) is Forkee else _NO_FORKEE for p in payloads]
    ids = [p.forkee if type(p.forkee) is int else f.id for p, f in zip(payloads, forkees, strict=True)]
    return {"forkee_id": _integers(ids), "forkee_name": _texts([f.full_name for f in forkees])}


def _member(_events: list[Event], payloads: list[Payload]) -> Arrays:
    members = [p.member for p in payloads]
    accounts = [m if type(m) is Account else Account(login=m) if type(m) is str else _NO_ACCOUNT for m in members]
    return {"member_id": _integers([a.id for a in accounts]), "member_login": _texts([a.login for a in accounts])}


def _legacy(events: list[Event], payloads: list[Payload]) -> Arrays:
    """What only the forms before 2015 carry, and the repository's facts that every timeline event carries."""
    actors = [event.actor if type(event.actor) is Account else _NO_ACCOUNT for event in events]
    targets = [p.target or _NO_ACCOUNT for p in payloads]
    return {
        "actor_type": _texts([actor.type for actor in actors]),
        "target_id": _integers([target.id for target in targets]),
        "target_login": _texts([target.login for target in targets]),
    } | _facts([event.facts for event in events])


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
