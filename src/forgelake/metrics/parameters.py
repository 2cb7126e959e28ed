"""The kinds of parameters that a metric may declare, beside the period that every metric has.

A kind is closed: what it takes is checked before it is bound, so that no answer is ever given to a mistyped question.
"""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Final, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from forgelake.metrics.intervals import Interval

EVENT_TYPES: Final = (
    "CommitCommentEvent", "CreateEvent", "DeleteEvent", "DiscussionEvent", "DownloadEvent", "FollowEvent",
    "ForkApplyEvent", "ForkEvent", "GistEvent", "GollumEvent", "IssueCommentEvent", "IssuesEvent", "MemberEvent",
    "PublicEvent", "PullRequestEvent", "PullRequestReviewCommentEvent", "PullRequestReviewEvent",
    "PullRequestReviewThreadEvent", "PushEvent", "ReleaseEvent", "SponsorshipEvent", "TeamAddEvent", "WatchEvent",
)  # fmt: skip
"""GitHub's public event types of all eras (GitHub's "GitHub event types", and the archive's own hours)."""

REPO_IDS: Final = "repo_ids"
"""In SQL, the ids of the repositories that ``repo`` or ``repos`` names, whenever they were called so: ``,5,7,``."""

RESERVED: Final = ("from", "to", "unit", "since", REPO_IDS)
"""Names in SQL that no parameter may take: also the period, the interval's word, the begin of the lookback."""


class Declared(BaseModel):
    """What is read from YAML: frozen, strict, and without room for keys that nobody reads."""

    model_config: ClassVar[ConfigDict] = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class IntervalParameter(Declared):
    """The width of a series' buckets; SQL gets its word as ``$unit``."""

    type: Literal["interval"]
    default: Annotated[Interval, Field(strict=False)] = Interval.DAY
    values: Annotated[tuple[Annotated[Interval, Field(strict=False)], ...], Field(min_length=1, strict=False)] = Field(
        tuple(Interval), description="widths that it takes; data that is kept by day knows no hours"
    )
    description: str = "Width of a bucket: h(our), d(ay), w(eek), m(onth), q(uarter) or y(ear)."


class NameParameter(Declared):
    """Something by its name; NULL in SQL where it is not given. ``repos`` are up to ten, divided by commas."""

    type: Literal["repo", "repos", "org", "actor", "topic", "event_type"]
    required: bool = False
    default: str | None = None
    description: str = ""


class EnumParameter(Declared):
    """One of a few words."""

    type: Literal["enum"]
    values: Annotated[tuple[str, ...], Field(min_length=2, strict=False)]
    default: str
    description: str = ""


class IntegerParameter(Declared):
    """A whole number with bounds, both included."""

    type: Literal["integer"]
    default: int
    minimum: int
    maximum: int
    description: str = ""


class NumberParameter(Declared):
    """A number with bounds, both included."""

    type: Literal["number"]
    default: float
    minimum: float
    maximum: float
    description: str = ""


Parameter: TypeAlias = Annotated[
    IntervalParameter | NameParameter | EnumParameter | IntegerParameter | NumberParameter, Field(discriminator="type")
]
Parameters: TypeAlias = Mapping[str, Any]
