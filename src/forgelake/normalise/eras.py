"""Older forms of an event, brought into the one that the columns are built from.

The era is decided for each event, never for a file: files mix forms around the changes.
"""

import hashlib
import re

import msgspec

from forgelake.lake.columns import Era
from forgelake.normalise.wire import (
    FULL,
    TRIMMED,
    Account,
    Blank,
    Event,
    Facts,
    Item,
    Payload,
    Repo,
    Skeleton,
    TimelineRepo,
)

_SLASHED = re.compile(r"(\d{4})/(\d\d)/(\d\d) (\d\d:\d\d:\d\d) ([+-]\d\d):?(\d\d)")
MODERN_SINCE, TRIMMED_SINCE = "2015", "2025-10-07"

_ADDRESS = re.compile(r"https?://[^/]+/([^/]+)/([^/#?]+)")
_NUMBERED = re.compile(r"https?://[^/]+/[^/]+/[^/]+/(issues|pull)/(\d{1,18})(?:\D|$)")


def adapt(event: Event, skeleton: Skeleton) -> None:
    """Turn an event of 2011 to 2014, or one whose id was lost, into the form used since 2015, in place."""
    payload = event.payload
    event.created_at = iso(event.created_at)
    if payload is None:
        payload = event.payload = Payload()
    event.era = _era(event, event.created_at or "")
    if event.era == Era.TIMELINE_2012:
        _adapt_timeline(event)
    if event.id is None:
        event.fingerprint = fingerprint(event.url, skeleton.payload)
    if event.repo is not None and event.repo.name in ("/", ""):
        event.repo.name = None
    if event.type == "ForkApplyEvent":
        # Its head is a branch of the fork queue; nothing was pushed.
        payload.head = None
    _adapt_payload(payload)
    _adapt_number(payload, event.url or "")


def _era(event: Event, created_at: str) -> str:
    if event.repository is not None or isinstance(event.actor, str):
        return Era.TIMELINE_2012.value
    if created_at >= MODERN_SINCE:
        return TRIMMED if created_at >= TRIMMED_SINCE else FULL
    return Era.TIMELINE_2012.value if event.id is None else Era.API_2011.value


def iso(text: str | None) -> str | None:
    """``2012/04/11 15:01:33 -0700`` as ``2012-04-11T15:01:33-07:00``; anything else unchanged."""
    return None if text is None else _SLASHED.sub(r"\1-\2-\3T\4\5:\6", text)


def fingerprint(url: str | None, payload: msgspec.Raw) -> int:
    """A signed 64-bit hash of an event's address and payload, whatever the order of its keys."""
    canonical = msgspec.json.encode(msgspec.json.decode(payload), order="sorted")
    digest = hashlib.blake2b(canonical + b"\0" + (url or "").encode(), digest_size=8)
    return int.from_bytes(digest.digest(), "big", signed=True)


def _adapt_timeline(event: Event) -> None:
    if isinstance(event.actor, str):
        attributes = event.actor_attributes
        event.actor = Account(login=event.actor or None, type=attributes.type if attributes else None)
    repository = event.repository
    if repository is None:
        return
    event.repo = Repo(id=repository.id, name=_full_name(event, repository))
    if repository.organization:
        event.org = Account(login=repository.organization)
    # Stars were called watchers until the two were parted in 2012.
    stars = repository.watchers if repository.stargazers is None else repository.stargazers
    event.facts = Facts(language=repository.language, stargazers_count=stars, forks_count=repository.forks)


def _full_name(event: Event, repository: TimelineRepo) -> str | None:
    """The repository as owner/name; the owner was sometimes left empty, and then stands in the event's address."""
    owner, name = repository.owner, repository.name
    if not owner:
        found = _ADDRESS.match(event.url or "")
        # The address of a fork is the new repository's.
        by_address = found is not None and found[2] == name and event.type != "ForkEvent"
        owner = found[1] if found and by_address else repository.organization
    return f"{owner}/{name}" if owner and name else None


def _adapt_payload(payload: Payload) -> None:
    if payload.object is not None:
        payload.ref_type, payload.ref = payload.object, payload.object_name
    if payload.commits is None and payload.shas is not None:
        payload.commits = [Blank()] * len(payload.shas)
    issue, pull = payload.issue, payload.pull_request
    if isinstance(issue, int):
        payload.issue = Item(id=issue)
    elif issue is None and payload.issue_id is not None:
        payload.issue = Item(id=payload.issue_id)
    elif issue is not None and issue.pull_request is not None and not issue.pull_request.html_url:
        issue.pull_request = None
    if isinstance(pull, int):
        payload.pull_request = pull = Item(id=pull)
    if isinstance(pull, Item):
        pull.created_at, pull.closed_at = iso(pull.created_at), iso(pull.closed_at)
        pull.merged_at = iso(pull.merged_at)


def _adapt_number(payload: Payload, url: str) -> None:
    """A comment of the timeline form says only by its address what it is about."""
    found = _NUMBERED.match(url)
    if found is None or payload.number is not None or (payload.issue is None and "#" not in url):
        return
    payload.number = int(found[2])
    if found[1] == "pull" and payload.pull_request is None:
        payload.pull_request = payload.issue if isinstance(payload.issue, Item) else Item()
