"""The parts of an event that the lake keeps, as they stand on the wire, in the union of all eras.

msgspec decodes into these and skips everything else without building it, which is what makes
normalising cheaper than parsing. Fields stand in the order of the wire, where msgspec looks first.
A field that came in several shapes is a union.
"""

from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from forgelake.lake.columns import Era

FULL, TRIMMED = Era.API_2015.value, Era.TRIMMED_2025.value
Int = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]


class Blank(Struct, gc=False):
    """An object of which only the presence counts."""


class Links(Struct, gc=False):
    """Where an issue's pull request is; until 2014 plain issues had it too, with nothing in it."""

    html_url: str | None = None


class Account(Struct, gc=False):
    id: Int | None = None
    login: str | None = None
    type: str | None = None


class Repo(Struct, gc=False):
    id: Int | None = None
    name: str | None = None


class Forkee(Struct, gc=False):
    """The repository that a fork made."""

    id: Int | None = None
    full_name: str | None = None


class Facts(Struct, gc=False):
    """What is told of a repository at that time."""

    language: str | None = None
    stargazers_count: Int | None = None
    forks_count: Int | None = None


class TimelineRepo(Struct, gc=False):
    """A repository in the timeline form (2012-03 to 2014)."""

    id: Int | None = None
    name: str | None = None
    owner: str | None = None
    organization: str | None = None
    language: str | None = None
    stargazers: Int | None = None
    watchers: Int | None = None
    forks: Int | None = None


class Label(Struct, gc=False):
    name: str | None = None


class Head(Struct, gc=False):
    ref: str | None = None


class Base(Struct, gc=False):
    ref: str | None = None
    repo: Facts | None = None


class Item(Struct, gc=False):
    """An issue, pull request or discussion."""

    id: Int | None = None
    number: Int | None = None
    state: str | None = None
    title: str | None = None
    user: Account | str | None = None
    labels: list[Label] | None = None
    created_at: str | None = None
    closed_at: str | None = None
    merged_at: str | None = None
    draft: bool | None = None
    head: Head | None = None
    base: Base | None = None
    author_association: str | None = None
    merged: bool | None = None
    merged_by: Account | None = None
    comments: Int | None = None
    review_comments: Int | None = None
    commits: Int | None = None
    additions: Int | None = None
    deletions: Int | None = None
    changed_files: Int | None = None
    pull_request: Links | None = None


class Remark(Struct, gc=False):
    """A comment or review."""

    id: Int | None = None
    state: str | None = None
    author_association: str | None = None


class Release(Struct, gc=False):
    id: Int | None = None
    tag_name: str | None = None
    prerelease: bool | None = None


class Payload(Struct, gc=False):
    push_id: Int | None = None
    size: Int | None = None
    distinct_size: Int | None = None
    ref: str | None = None
    head: str | None = None
    before: str | None = None
    commits: list[Blank] | None = None
    ref_type: str | None = None
    action: str | None = None
    number: Int | None = None
    issue: Item | Int | None = None
    pull_request: Item | Int | None = None
    discussion: Item | None = None
    comment: Remark | Int | str | None = None
    review: Remark | None = None
    release: Release | None = None
    forkee: Forkee | Int | None = None
    member: Account | str | None = None
    # Only before 2015:
    shas: list[msgspec.Raw] | None = None
    issue_id: Int | None = None
    comment_id: Int | None = None
    object: str | None = None
    object_name: str | None = None
    target: Account | None = None


# Renamed so that no key of an event can set what is only ours to set.
class Event(Struct, gc=False, rename={"era": "(era)", "facts": "(facts)", "fingerprint": "(fingerprint)"}):
    id: str | int | None = None
    type: str | None = None
    actor: Account | str | None = None
    repo: Repo | None = None
    payload: Payload | None = None
    public: bool | None = None
    created_at: str | None = None
    org: Account | None = None
    # The timeline form:
    url: str | None = None
    repository: TimelineRepo | None = None
    actor_attributes: Account | None = None
    # Set where it is another one, by `decode.settle` and `eras.adapt`:
    era: str = FULL
    facts: Facts | None = None
    fingerprint: int | None = None


class Skeleton(Struct, gc=False):
    """An event's payload untouched, from which the fingerprint of events without id is made."""

    payload: msgspec.Raw = msgspec.Raw(b"null")


EVENTS: msgspec.json.Decoder[Event] = msgspec.json.Decoder(Event)
SKELETONS: msgspec.json.Decoder[Skeleton] = msgspec.json.Decoder(Skeleton)
